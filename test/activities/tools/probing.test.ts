/** `reconcile` that misbehaves: bounded, counted apart from failures of the effect, and never a reason to send anything again. */
import type { Tool } from '../../../agents';
import { callKey, died, policy, stage, timesOut } from './charging';
import { desk } from './tool-harness';

describe('a probe', () => {
  const nonsense = async () => ({ kind: 'perhaps' }) as never;
  const fails = async () => {
    throw new Error('502');
  };

  it.each<[string, () => Promise<never>, RegExp]>([
    ['throws', fails, /could not be asked.*3 tries; the last time: 502/],
    ['answers nonsense', nonsense, /must answer/],
    ['answers nothing', async () => undefined as never, /must answer/],
  ])('that %s is tried as often as the policy allows, and then a person is asked', async (_what, trouble, words) => {
    const { tool, callUntilReported, destination, ledger } = await stage();
    await died(ledger);
    destination.trouble.push(trouble, trouble, trouble);
    const { report, thrown } = await callUntilReported(tool, { policy });
    expect(thrown).toMatchObject([{ thrown: 'ToolFailed' }, { thrown: 'ToolFailed' }]);
    expect(report).toMatchObject({
      outcome: { kind: 'unknown', message: expect.stringMatching(words) },
      unresolved: { bodyFailures: 0 },
    });
    expect(destination).toMatchObject({ applied: [], asked: [callKey, callKey, callKey] });
  });

  it('that fails once does not count as a failure of the body', async () => {
    const { tool, callUntilReported, destination, ledger } = await stage();
    await died(ledger, destination);
    destination.trouble.push(fails);
    expect((await callUntilReported(tool, { policy: { ...policy, attempts: 2 } })).report).toMatchObject({
      outcome: { kind: 'succeeded' },
    });
    expect(await ledger.readCall(callKey)).toMatchObject({ bodyFailures: 0 });
    expect(destination.applied).toEqual([callKey]);
  });

  it('that hangs is broken off within the attempt, its signal aborted, and the lease given back', async () => {
    const { tool, call, destination, ledger } = await stage();
    await died(ledger);
    let aborted: AbortSignal | undefined;
    const hangs: Tool = { ...tool, reconcile: (_args, ctx) => timesOut(void (aborted = ctx.signal)) };
    const end = await desk([hangs], [ledger]).call(hangs, {
      policy: { ...policy, startToCloseMs: 400 },
      info: { attempt: 2 },
    });
    expect(end).toMatchObject({ thrown: 'ToolFailed', message: expect.stringMatching(/did not answer within/) });
    expect(aborted?.aborted).toBe(true);
    expect(await ledger.readCall(callKey)).toMatchObject({ state: 'started', heldForMs: 0 });
    expect(await call(tool, { policy, info: { attempt: 3 } })).toMatchObject({ outcome: { kind: 'succeeded' } });
    expect(destination.applied).toEqual([callKey]);
  });
});
