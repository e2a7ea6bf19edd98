/** Acts that meet a run which is just closing, over a client that fails as told. */
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import { SessionClosed, SessionNotFound } from '../../client';
import { overRuns } from '../../client/over-runs';
import type { Service } from '../../client/service';

const notFound = () => new WorkflowNotFoundError('workflow execution already completed', 's', undefined);
const outlived = () =>
  new WorkflowUpdateFailedError('closed', ApplicationFailure.nonRetryable('closed', 'AcceptedUpdateCompletedWorkflow'));
const refused = () => new WorkflowUpdateFailedError('no', ApplicationFailure.nonRetryable('no', 'Refused'));

type RunStatus = 'RUNNING' | 'CONTINUED_AS_NEW' | 'COMPLETED' | 'none';

/** Says of the session's newest run what it is told; time passes only by waiting. */
class FakeService {
  now = 0;
  described = 0;
  constructor(private readonly status: RunStatus) {}

  asService(): Service {
    const describe = async () => {
      this.described += 1;
      if (this.status === 'none') throw notFound();
      return { status: { name: this.status } };
    };
    const result = async () => ({ status: 'completed', reason: 'ended', turns: 1, usage: {} });
    const fake = {
      namespace: 'default',
      clock: { now: () => this.now, sleep: async (ms: number) => void (this.now += ms) },
      lifetime: { run: (_connection: unknown, call: () => Promise<unknown>) => call() },
      client: {
        withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
        workflow: { getHandle: () => ({ describe, result }) },
      },
    };
    return fake as unknown as Service;
  }
}

/** Fails with each of `failures`, in turn, and then answers. */
function act(fake: FakeService, failures: readonly Error[]) {
  const left = [...failures];
  const calls: number[] = [];
  const answer = overRuns(fake.asService(), { doing: 'ending session s', sessionId: 's' }, 10_000, async () => {
    calls.push(fake.now);
    const failure = left.shift();
    if (failure) throw failure;
    return 'done';
  });
  return { answer, calls };
}

describe('an act', () => {
  it.each([
    ['was taken in by a run that closed before it was answered', outlived],
    ['came to a run that was over', notFound],
  ])('that %s is done in the next run', async (_what, failure) => {
    for (const status of ['RUNNING', 'CONTINUED_AS_NEW'] as const) {
      const fake = new FakeService(status);
      const { answer, calls } = act(fake, [failure(), failure()]);
      expect(await answer).toBe('done');
      expect(calls).toHaveLength(3);
      expect(fake.described).toBe(2);
    }
  });

  it('is told how the session ended, where it did', async () => {
    const { answer, calls } = act(new FakeService('COMPLETED'), [outlived()]);
    await expect(answer).rejects.toBeInstanceOf(SessionClosed);
    expect(calls).toHaveLength(1);
  });

  it('is told that there is no such session', async () => {
    const { answer } = act(new FakeService('none'), [notFound()]);
    await expect(answer).rejects.toBeInstanceOf(SessionNotFound);
  });

  it('is not done again where the session refused it', async () => {
    const { answer, calls } = act(new FakeService('RUNNING'), [refused()]);
    await expect(answer).rejects.toMatchObject({ code: 'REFUSED' });
    expect(calls).toHaveLength(1);
  });

  it('ends with its time, however often runs close under it', async () => {
    const fake = new FakeService('RUNNING');
    const { answer } = act(
      fake,
      Array.from({ length: 1_000 }, () => notFound()),
    );
    await expect(answer).rejects.toBeInstanceOf(SessionNotFound);
    expect(fake.now).toBeLessThanOrEqual(10_000);
  });
});
