import { QueryNotRegisteredError, ServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { readServiceFailure } from '../../client/service-failure';
import { TAKEN_IN_AGAIN } from '../../workflows/contracts';

/** As grpc-js makes them: the server's words behind the code. */
function grpcError(code: number, details: string): Error {
  const status = Object.assign(new Error(`${code} SOME_NAME: ${details}`), { code, details, metadata: {} });
  return new ServiceError('Workflow Update failed', { cause: status });
}

test.each([
  [14, 'connection refused', 'retry'],
  [8, 'namespace rate limit exceeded', 'retry'],
  [4, 'deadline exceeded', 'deadline'],
  [5, 'workflow not found for ID: s1', 'not_found'],
  [7, 'request unauthorized', 'denied'],
  [3, 'search attribute HoldfastAgent is not defined', 'invalid'],
  [9, 'no poller seen for task queue recently', 'no_poller'],
  // The session never saw these updates: they are sent again under the same id.
  [9, 'Unable to perform workflow execution update due to unexpected workflow task failure.', 'retry'],
  [9, 'Unable to perform workflow execution update due to Workflow Task in failed state.', 'retry'],
  // A run that has only just begun.
  [9, 'Workflow task is not scheduled yet.', 'retry'],
  [9, 'workflow execution is paused', 'invalid'],
])('code %i, "%s" means %s', (code, details, kind) => {
  expect(readServiceFailure(grpcError(code, details))).toMatchObject({ kind });
});

test.each([
  // As the server makes it where a task was completed without the update that came with it.
  ['UnprocessedUpdate', { kind: 'retry' }],
  ['AcceptedUpdateCompletedWorkflow', { kind: 'closed_underway' }],
  ['Refused', { kind: 'refused', type: 'Refused', message: 'no' }],
])('an update that failed as %s means %o', (type, meaning) => {
  const failed = new WorkflowUpdateFailedError('failed', ApplicationFailure.nonRetryable('no', type));
  expect(readServiceFailure(failed)).toMatchObject(meaning);
});

test('a query that failed since it brought something is asked again, and no other', () => {
  expect(readServiceFailure(new QueryNotRegisteredError(`failed: ${TAKEN_IN_AGAIN}`, 3))).toMatchObject({
    kind: 'retry',
  });
  expect(readServiceFailure(new QueryNotRegisteredError('no such query', 3))).toMatchObject({ kind: 'query_failed' });
});
