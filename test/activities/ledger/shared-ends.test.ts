/** How a call ends whose effect several calls share: each must get what is true of it, and what is undone must give the key back. */
import type { CallResolution, Ledger } from '../../../activities/ledger/port';
import type { SucceededOutcome, UnknownOutcome } from '../../../workflows/contracts/tool';
import { claimOf, granted, temporaryLedger } from './temporary-ledger';

const KEY = { businessKey: 'p7:tue-9', sameAs: '{"slot":"tue-9"}', effect: 'at-most-once' } as const;
const DONE: SucceededOutcome = { kind: 'succeeded', result: { id: 'a-1' } };
const CUT_OFF: UnknownOutcome = { kind: 'unknown', message: 'cut off' };
const GIVEN_UP: UnknownOutcome = { kind: 'unknown', message: 'nobody can say' };
const APPLIED = { as: 'applied', outcome: DONE } as const;

function says(callKey: string, actId: string, decision: CallResolution['decision']): CallResolution {
  return { callKey, tool: 'book', actId, decision };
}

async function unresolved(ledger: Ledger, callKey: string): Promise<void> {
  const claim = { ...claimOf('x', KEY), callKey };
  granted(await ledger.claimToolCall({ ...claim, leaseMs: -1 }));
  const unknown = await ledger.claimToolCall(claim);
  if (unknown.kind !== 'unknown') throw new Error(unknown.kind);
  await ledger.settleToolCall({ callKey, fence: unknown.fence, outcome: CUT_OFF });
}

/** As the activity does it: the call's own key is given back, where its own call has the effect. */
async function undone(ledger: Ledger, callKey: string): Promise<void> {
  const undo = { ...claimOf('x', { tool: 'book.undo' }), callKey: `${callKey}.undo` };
  const { fence } = granted(await ledger.claimToolCall(undo));
  const releases = { tenant: 'clinic', tool: 'book', keys: [KEY.businessKey], ownedBy: callKey };
  await ledger.settleToolCall({ callKey: undo.callKey, fence, outcome: DONE, releases });
}

describe('a call that a person said to have happened through a repeat of it', () => {
  it('is the one that can be undone, and gives the key back', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 's1/c1');
    await ledger.claimToolCall({ ...claimOf('x', KEY), callKey: 's2/c2' });
    expect(await ledger.resolveToolCall(says('s2/c2', 'a1', APPLIED))).toEqual({ kind: 'resolved' });
    expect(await ledger.readCall('s1/c1')).toMatchObject({ state: 'succeeded', sameAsCall: undefined });
    expect(await ledger.readCall('s2/c2')).toMatchObject({ state: 'succeeded', sameAsCall: 's1/c1' });
    await undone(ledger, 's1/c1');
    expect(granted(await ledger.claimToolCall(claimOf('c3', KEY)))).toMatchObject({ generation: 2 });
  });

  it('or the repeat is, where somebody gave the first one up', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 's1/c1');
    await ledger.resolveToolCall(says('s1/c1', 'a1', { as: 'give_up', outcome: GIVEN_UP }));
    await ledger.claimToolCall({ ...claimOf('x', KEY), callKey: 's2/c2' });
    await ledger.claimToolCall({ ...claimOf('x', KEY), callKey: 's2/c3' });
    await ledger.resolveToolCall(says('s2/c3', 'a2', APPLIED));
    expect(await ledger.readCall('s2/c3')).toMatchObject({ state: 'succeeded', sameAsCall: undefined });
    expect(await ledger.readCall('s2/c2')).toMatchObject({ state: 'succeeded', sameAsCall: 's2/c3' });
    await undone(ledger, 's2/c3');
    expect(granted(await ledger.claimToolCall(claimOf('c4', KEY)))).toMatchObject({ generation: 2 });
  });
});

it('an act of one session is no repeat of an act under the same id in another', async () => {
  const ledger = await temporaryLedger();
  await unresolved(ledger, 's1/c1');
  await ledger.claimToolCall({ ...claimOf('x', KEY), callKey: 's2/c2' });
  await ledger.resolveToolCall(says('s1/c1', 'act-2', { as: 'absent' }));
  // The second session runs it, dies, and its person looks it up: it did happen this time.
  await unresolved(ledger, 's2/c2');
  expect(await ledger.resolveToolCall(says('s2/c2', 'act-2', APPLIED))).toEqual({ kind: 'resolved' });
  expect(await ledger.readCall('s2/c2')).toMatchObject({ state: 'succeeded' });
});

describe('a call whose effect another one took over', () => {
  const message = 'the turn was stopped';

  it('is not cancelled by the cancel of that one: it can run', async () => {
    const ledger = await temporaryLedger();
    const first = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    const failure = { callKey: 'session-1/c1', fence: first.fence, message: 'x', applied: 'no', allowed: 3 } as const;
    await ledger.bodyFailed(failure);
    const second = granted(await ledger.claimToolCall(claimOf('c2', KEY)));
    await ledger.settleToolCall({
      callKey: 'session-1/c2',
      fence: second.fence,
      outcome: { kind: 'cancelled', message },
    });
    const again = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    expect(again).toMatchObject({ bodyFailures: 1, mayHaveApplied: false, generation: 2 });
  });

  it('is not refused because that one is', async () => {
    const ledger = await temporaryLedger();
    const first = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    const failed = { fence: first.fence, message: 'x', applied: 'no', allowed: 3 } as const;
    await ledger.bodyFailed({ ...failed, callKey: 'session-1/c1' });
    const second = granted(await ledger.claimToolCall(claimOf('c2', KEY)));
    await ledger.bodyFailed({ ...failed, callKey: 'session-1/c2', fence: second.fence });
    const { callKey, tenant, tool, effect, argsHash, args, attempt, owner } = claimOf('c2', KEY);
    await ledger.refuseToolCall({
      ...{ callKey, tenant, tool, effect, argsHash, args, attempt, owner },
      outcome: { kind: 'rejected', reason: 'not_permitted', message },
      ifCutOff: CUT_OFF,
    });
    expect(granted(await ledger.claimToolCall(claimOf('c1', KEY)))).toMatchObject({ generation: 2 });
  });
});
