import { ApplicationFailure, defaultPayloadConverter, type ProtoFailure } from '@temporalio/common';
import { failureConverter } from '../../workflows/failure-converter';

const read = (failure: ProtoFailure) => failureConverter.failureToError(failure, defaultPayloadConverter);

describe('the failure converter', () => {
  it.each<[string, ProtoFailure]>([
    ['an activity of no type', { message: 'x', activityFailureInfo: {} }],
    ['a child of no name', { message: 'x', childWorkflowExecutionFailureInfo: {} }],
  ])('reads a failure of %s as one that could not be read', (_, failure) => {
    expect(read(failure)).toBeInstanceOf(ApplicationFailure);
    expect(read(failure)).toMatchObject({
      type: 'UnreadableFailure',
      message: expect.stringMatching(/^x \(the failure/),
    });
  });

  it('leaves what is around a cause as it is', () => {
    const failure = { message: 'x', applicationFailureInfo: { type: 'T' }, cause: { activityFailureInfo: {} } };
    expect(read(failure)).toMatchObject({ type: 'T', message: 'x', cause: { type: 'UnreadableFailure' } });
  });
});
