/** A call that is closed without running: nobody may run it afterwards, not even an attempt that was on its way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CallMismatch, type RefusalRequest } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { claimOf, granted, temporaryLedger } from './temporary-ledger';

const CANCELLED = { kind: 'cancelled', message: 'stopped' } as const;
const CUT_OFF = { kind: 'unknown', message: 'cut off' } as const;
const DONE: ToolOutcome = { kind: 'succeeded', result: 'booked' };
const KEY = { businessKey: 'p7:tue-9', sameAs: '{"slot":"tue-9"}' };

function refusalOf(call: string, overrides: Partial<RefusalRequest> = {}): RefusalRequest {
  const { callKey, tenant, tool, effect, argsHash, args, attempt, owner } = claimOf(call);
  return {
    callKey,
    tenant,
    tool,
    effect,
    argsHash,
    args,
    attempt,
    owner,
    outcome: CANCELLED,
    ifCutOff: CUT_OFF,
    ...overrides,
  };
}

describe('a call that is refused', () => {
  it('before anybody claimed it cannot be claimed by an attempt that was paused', async () => {
    const ledger = await temporaryLedger();
    expect(await ledger.refuseToolCall(refusalOf('c1'))).toEqual({ kind: 'refused', outcome: CANCELLED });
    expect(await ledger.claimToolCall(claimOf('c1', KEY))).toMatchObject({ kind: 'replayed', outcome: CANCELLED });
    const body = jest.fn();
    expect(
      await ledger.runTransactional(claimOf('c1', { ...KEY, effect: 'transactional' }), 1_000, body),
    ).toMatchObject({
      kind: 'replayed',
      outcome: CANCELLED,
    });
    expect(body).not.toHaveBeenCalled();
    expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([
      { state: 'failed', outcome: CANCELLED },
    ]);
    expect(granted(await ledger.claimToolCall(claimOf('c2', KEY))).generation).toBe(1);
  });

  it('after it was settled keeps its outcome', async () => {
    const ledger = await temporaryLedger();
    const { fence } = granted(await ledger.claimToolCall(claimOf('c1')));
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence, outcome: DONE });
    expect(await ledger.refuseToolCall(refusalOf('c1'))).toMatchObject({ kind: 'settled', outcome: DONE });
  });

  it('is left alone while it runs, then closed as unknown, and its runner can only leave evidence', async () => {
    const ledger = await temporaryLedger();
    const { fence } = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    expect(await ledger.refuseToolCall(refusalOf('c1'))).toMatchObject({ kind: 'held' });
    await ledger.renewLease('session-1/c1', fence, -1);
    expect(await ledger.refuseToolCall(refusalOf('c1'))).toEqual({ kind: 'refused', outcome: CUT_OFF, generation: 1 });
    expect(await ledger.settleToolCall({ callKey: 'session-1/c1', fence, outcome: DONE })).toBe('fenced');
    expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([
      { state: 'unresolved', effectState: 'unresolved', lateEvidence: [{ fence, outcome: DONE }] },
    ]);
  });

  it('is left alone while another call runs the effect it had begun', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall(claimOf('c1', { ...KEY, leaseMs: 1 })));
    await sleep(5);
    const second = granted(await ledger.claimToolCall(claimOf('c2', KEY)));
    expect(await ledger.refuseToolCall(refusalOf('c1'))).toMatchObject({ kind: 'held' });
    await ledger.settleToolCall({ callKey: 'session-1/c2', fence: second.fence, outcome: DONE });
    expect(await ledger.refuseToolCall(refusalOf('c1'))).toMatchObject({
      kind: 'settled',
      outcome: { kind: 'succeeded' },
    });
  });

  it('gives its business key back where its attempts promised that nothing was applied', async () => {
    const ledger = await temporaryLedger();
    const { fence } = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    await ledger.bodyFailed({ callKey: 'session-1/c1', fence, message: 'busy', applied: 'no', allowed: 3 });
    expect(await ledger.refuseToolCall(refusalOf('c1'))).toMatchObject({ kind: 'refused', outcome: CANCELLED });
    expect(granted(await ledger.claimToolCall(claimOf('c2', KEY))).generation).toBe(2);
  });

  it('under the key of another call is a bug', async () => {
    const ledger = await temporaryLedger();
    await ledger.claimToolCall(claimOf('c1'));
    await expect(ledger.refuseToolCall(refusalOf('c1', { argsHash: 'f'.repeat(64) }))).rejects.toThrow(CallMismatch);
  });
});
