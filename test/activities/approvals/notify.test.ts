/** Telling people that something waits: by what the worker was given, in bounded time, and never with a secret in a failure. */
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createNotifyActivity, type Notify } from '../../../activities/approvals/notify-activity';
import type { NotifyInput } from '../../../workflows/contracts/approval';
import { quiet } from '../model/model-fixture';

const event: NotifyInput = {
  agent: 'clerk',
  sessionId: 's-1',
  kind: 'asked',
  item: { kind: 'approval', id: 't1.s1.c1-00000000', summary: 'pay(cents=500)', since: 1, unblockedBy: 'decide' },
};

async function notifyWith(notify: Notify | undefined, input: unknown = event, startToCloseTimeoutMs = 30_000) {
  const environment = new MockActivityEnvironment({ startToCloseTimeoutMs }, { logger: quiet });
  try {
    await environment.run(createNotifyActivity({ notify }), input as NotifyInput);
    return 'done';
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return { type: error.type, final: error.nonRetryable === true, message: error.message };
  }
}

test('the function is given the event as it is, and a signal', async () => {
  const seen: unknown[] = [];
  const done = await notifyWith(async (given, { signal }) => {
    seen.push(given, signal.aborted);
  });
  expect(done).toBe('done');
  expect(seen).toEqual([event, false]);
});

test('what it throws is a failure that is tried again, without the secrets in it', async () => {
  const failed = { type: 'ToolFailed', final: false };
  const throwing = (message: string) => () => {
    throw new Error(message);
  };
  expect(await notifyWith(throwing('mail server said 550'))).toMatchObject({
    ...failed,
    message: 'nobody was notified: mail server said 550',
  });
  expect(await notifyWith(throwing('401 Bearer abcdefgh12345678'))).toMatchObject({
    message: 'nobody was notified: 401 Bearer [redacted]',
  });
  expect(await notifyWith(async () => Promise.reject(new Error('later')))).toMatchObject(failed);
});

test('one that does not end is given up in time, whether it heeds its signal or not', async () => {
  let aborted = false;
  const deaf: Notify = (_event, { signal }) =>
    new Promise(() => signal.addEventListener('abort', () => (aborted = true)));
  expect(await notifyWith(deaf, event, 100)).toMatchObject({
    type: 'ToolFailed',
    message: expect.stringContaining('notify did not end in time') as string,
  });
  expect(aborted).toBe(true);
});

test('a worker that was given none leaves it to another', async () => {
  expect(await notifyWith(undefined)).toMatchObject({ type: 'ToolFailed', final: false });
});

test.each<[string, unknown]>([
  ['no object', null],
  ['no event that is known', { ...event, kind: 'closed' }],
  ['nothing that waits', { ...event, item: undefined }],
])('an input that is %s is refused for good', async (_what, input) => {
  expect(await notifyWith(() => undefined, input)).toMatchObject({ type: 'BadActivityInput', final: true });
});
