import { ApplicationFailure } from '@temporalio/common';
import { loggable } from '../../worker/runtime';

test('of a failed activity the log has the type and nothing that was said', () => {
  const error = ApplicationFailure.create({
    type: 'ModelBadRequest',
    message: 'canary-1',
    details: [{ sent: 'canary-2' }],
  });
  const line = JSON.stringify(loggable({ activityId: 't1.s1.m', error }));
  expect(JSON.parse(line)).toEqual({ activityId: 't1.s1.m', failure: 'ModelBadRequest' });
});

test('other errors come with their words, which JSON alone would drop', () => {
  const line = JSON.stringify(loggable({ error: new TypeError('no such thing') }));
  expect(JSON.parse(line)).toMatchObject({ error: { name: 'TypeError', message: 'no such thing' } });
  expect(loggable({ error: 'text' })).toEqual({ error: 'text' });
  expect(loggable({ attempt: 1 })).toEqual({ attempt: 1 });
});
