/** What a person says of a call that may have happened, and what it does to the calls that share its effect. */
import { CallMismatch, type CallResolution, type Ledger } from '../../../activities/ledger/port';
import type { SucceededOutcome, UnknownOutcome } from '../../../workflows/contracts/tool';
import { claimOf, granted, temporaryLedger } from './temporary-ledger';

const KEY = { businessKey: 'p7:tue-9', sameAs: '{"slot":"tue-9"}', effect: 'at-most-once' } as const;
const DONE: SucceededOutcome = { kind: 'succeeded', result: { id: 'a-1' } };
const CUT_OFF: UnknownOutcome = { kind: 'unknown', message: 'cut off' };
const GIVEN_UP: UnknownOutcome = { kind: 'unknown', message: 'nobody can say' };

const APPLIED = { as: 'applied', outcome: DONE } as const;
const ABSENT = { as: 'absent' } as const;
const GIVE_UP = { as: 'give_up', outcome: GIVEN_UP } as const;

function says(call: string, decision: CallResolution['decision'], actId = `act-${call}`): CallResolution {
  return { callKey: `session-1/${call}`, tool: 'book', actId, by: 'ada', reason: 'looked it up', decision };
}

/** Its holder died, and the next attempt settled it as unknown. */
async function unresolved(ledger: Ledger, call: string, overrides: Parameters<typeof claimOf>[1] = KEY): Promise<void> {
  granted(await ledger.claimToolCall(claimOf(call, { ...overrides, leaseMs: -1 })));
  await unknownNow(ledger, call, overrides);
}

async function unknownNow(ledger: Ledger, call: string, overrides: Parameters<typeof claimOf>[1] = KEY): Promise<void> {
  const claim = await ledger.claimToolCall(claimOf(call, overrides));
  if (claim.kind !== 'unknown') throw new Error(`expected unknown, got ${claim.kind}`);
  await ledger.settleToolCall({ callKey: `session-1/${call}`, fence: claim.fence, outcome: CUT_OFF });
}

const rowsOf = async (ledger: Ledger) =>
  (await ledger.calls({ sessionNamespace: 'session-1' })).map((row) => [row.callId, row.state, row.effectState]);

describe('applied', () => {
  it('gives the call its outcome, and repeats theirs', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 'c1');
    expect(await ledger.resolveToolCall(says('c1', APPLIED))).toEqual({ kind: 'resolved' });
    expect(await ledger.claimToolCall(claimOf('c1', KEY))).toMatchObject({ kind: 'replayed', outcome: DONE });
    expect(await ledger.claimToolCall(claimOf('c2', KEY))).toMatchObject({
      kind: 'deduplicated',
      outcome: { ...DONE, sameAsCall: 'c1' },
    });
    expect(await ledger.readCall('session-1/c1')).toMatchObject({
      state: 'succeeded',
      effectState: 'succeeded',
      resolution: { as: 'applied', actId: 'act-c1', by: 'ada', reason: 'looked it up', at: expect.any(Number) },
    });
  });

  it('through any call that shares the effect: one that took it over, one that lost it, one that was told the same', async () => {
    for (const through of ['c1', 'c2', 'c3']) {
      const ledger = await temporaryLedger();
      granted(await ledger.claimToolCall(claimOf('c1', { ...KEY, leaseMs: -1 })));
      await unknownNow(ledger, 'c2');
      expect(await ledger.claimToolCall(claimOf('c3', KEY))).toMatchObject({ kind: 'deduplicated', outcome: CUT_OFF });
      expect(await ledger.resolveToolCall(says(through, APPLIED))).toEqual({ kind: 'resolved' });
      expect(await rowsOf(ledger)).toEqual(['c1', 'c2', 'c3'].map((call) => [call, 'succeeded', 'succeeded']));
      for (const other of ['c1', 'c2', 'c3']) {
        const again = await ledger.resolveToolCall(says(other, ABSENT, 'later'));
        expect(again).toMatchObject({
          kind: 'resolved_before',
          as: 'applied',
          actId: `act-${through}`,
          outcome: { result: DONE.result },
        });
      }
    }
  });

  it('releases what the success undoes', async () => {
    const ledger = await temporaryLedger();
    const booked = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: booked.fence, outcome: DONE });
    await unresolved(ledger, 'c2', { effect: 'at-most-once', tool: 'cancel' });
    const releases = { tenant: 'clinic', tool: 'book', keys: [KEY.businessKey] };
    await ledger.resolveToolCall({ ...says('c2', { ...APPLIED, releases }), tool: 'cancel' });
    expect(granted(await ledger.claimToolCall(claimOf('c3', KEY))).generation).toBe(2);
  });

  it('fences whoever comes back: it can leave evidence only', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 'c1');
    await ledger.resolveToolCall(says('c1', APPLIED));
    const late = { callKey: 'session-1/c1', fence: 2, outcome: CUT_OFF };
    expect(await ledger.settleToolCall(late)).toBe('fenced');
    expect(await ledger.readCall('session-1/c1')).toMatchObject({ outcome: DONE, lateEvidence: [{ fence: 2 }] });
  });
});

describe('absent', () => {
  it('makes the call as if it had never run, under the same idempotency key and in the next generation', async () => {
    const ledger = await temporaryLedger();
    const claim = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    await ledger.bodyFailed({
      callKey: 'session-1/c1',
      fence: claim.fence,
      message: 'x',
      applied: 'maybe',
      allowed: 1,
    });
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: claim.fence, outcome: CUT_OFF });
    expect(await ledger.resolveToolCall(says('c1', ABSENT))).toEqual({ kind: 'resolved' });
    expect(await ledger.renewLease('session-1/c1', claim.fence, 60_000)).toBe(false);
    expect(await ledger.resolveToolCall(says('c1', APPLIED, 'another'))).toEqual({
      kind: 'resolved_before',
      as: 'absent',
      actId: 'act-c1',
    });
    const again = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    expect(again).toMatchObject({
      idempotencyKey: 'session-1/c1',
      generation: 2,
      bodyFailures: 0,
      mayHaveApplied: false,
      absentCountsInMs: 0,
    });
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: again.fence, outcome: DONE });
    expect(await rowsOf(ledger)).toEqual([['c1', 'succeeded', 'succeeded']]);
    // The act is answered as the first time, another one is told how the call ended.
    expect(await ledger.resolveToolCall(says('c1', APPLIED))).toEqual({
      kind: 'resolved_before',
      as: 'absent',
      actId: 'act-c1',
    });
    expect(await ledger.resolveToolCall(says('c1', GIVE_UP, 'another'))).toEqual({
      kind: 'not_unresolved',
      state: 'succeeded',
      outcome: DONE,
    });
  });

  it('can be said again of a call that was cut off again', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 'c1');
    await ledger.resolveToolCall(says('c1', ABSENT));
    await unresolved(ledger, 'c1');
    expect(await ledger.resolveToolCall(says('c1', ABSENT))).toMatchObject({ kind: 'resolved_before', as: 'absent' });
    expect(await ledger.resolveToolCall(says('c1', APPLIED, 'second'))).toEqual({ kind: 'resolved' });
    expect(await ledger.readCall('session-1/c1')).toMatchObject({
      state: 'succeeded',
      resolution: { actId: 'second' },
    });
  });

  it('lets one of the calls that share the effect run it, and answers the others with its outcome', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 'c1');
    await ledger.claimToolCall(claimOf('c2', KEY));
    await ledger.resolveToolCall(says('c2', ABSENT));
    const run = granted(await ledger.claimToolCall(claimOf('c2', KEY)));
    expect(run).toMatchObject({ generation: 2, idempotencyKey: 'session-1/c1', mayHaveApplied: false });
    expect(await ledger.claimToolCall(claimOf('c1', KEY))).toMatchObject({ kind: 'held' });
    await ledger.settleToolCall({ callKey: 'session-1/c2', fence: run.fence, outcome: DONE });
    expect(await ledger.claimToolCall(claimOf('c1', KEY))).toMatchObject({ kind: 'deduplicated', generation: 2 });
  });

  it('gives a call a key of its own where another one has used the shared one for an effect that was undone since', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 'c1');
    await ledger.claimToolCall(claimOf('c2', KEY));
    await ledger.resolveToolCall(says('c1', ABSENT));
    const first = granted(await ledger.claimToolCall(claimOf('c2', KEY)));
    await ledger.settleToolCall({ callKey: 'session-1/c2', fence: first.fence, outcome: DONE });
    const cancel = granted(await ledger.claimToolCall(claimOf('c3', { tool: 'cancel' })));
    const releases = { tenant: 'clinic', tool: 'book', keys: [KEY.businessKey] };
    await ledger.settleToolCall({ callKey: 'session-1/c3', fence: cancel.fence, outcome: DONE, releases });
    const second = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    expect(first.idempotencyKey).toBe('session-1/c1');
    expect(second).toMatchObject({ idempotencyKey: 'session-1/c1.g3', generation: 3 });
  });

  it('does not free a key that is live through a later call', async () => {
    const ledger = await temporaryLedger();
    const idempotent = { ...KEY, effect: 'idempotent' } as const;
    granted(await ledger.claimToolCall(claimOf('c1', { ...idempotent, leaseMs: -1 })));
    const adopter = granted(await ledger.claimToolCall(claimOf('c2', { ...idempotent, leaseMs: -1 })));
    const { callKey, tenant, tool, effect, argsHash, args, attempt, owner } = claimOf('c1', idempotent);
    const call = { callKey, tenant, tool, effect, argsHash, args, attempt, owner };
    await ledger.refuseToolCall({ ...call, outcome: { kind: 'cancelled', message: 'x' }, ifCutOff: CUT_OFF });
    await ledger.renewLease('session-1/c2', adopter.fence, 60_000);
    expect(await ledger.resolveToolCall(says('c1', APPLIED))).toMatchObject({
      kind: 'not_unresolved',
      state: 'started',
    });
    await ledger.settleToolCall({ callKey: 'session-1/c2', fence: adopter.fence, outcome: DONE });
    expect(await ledger.resolveToolCall(says('c1', ABSENT))).toEqual({ kind: 'resolved' });
    expect(await ledger.claimToolCall(claimOf('c1', idempotent))).toMatchObject({ kind: 'deduplicated', byCall: 'c2' });
  });

  it('starts the time anew that the destination remembers the key', async () => {
    const ledger = await temporaryLedger();
    const forgotten = { effect: 'idempotent', keyValidForMs: -1 } as const;
    await unresolved(ledger, 'c1', forgotten);
    await ledger.resolveToolCall(says('c1', ABSENT));
    granted(await ledger.claimToolCall(claimOf('c1', { effect: 'idempotent', leaseMs: -1 })));
    expect(await ledger.claimToolCall(claimOf('c1'))).toMatchObject({ kind: 'run', mayHaveApplied: true });
  });
});

describe('give up', () => {
  it('lets the outcome stand and keeps the key; a later call for it can be resolved by itself', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 'c1');
    expect(await ledger.resolveToolCall(says('c1', GIVE_UP))).toEqual({ kind: 'resolved' });
    const told = { kind: 'resolved_before', as: 'give_up', actId: 'act-c1', outcome: GIVEN_UP };
    expect(await ledger.resolveToolCall(says('c1', GIVE_UP))).toEqual(told);
    expect(await ledger.resolveToolCall(says('c1', APPLIED, 'another'))).toEqual(told);
    expect(await rowsOf(ledger)).toEqual([['c1', 'unresolved', 'unresolved']]);
    expect(await ledger.claimToolCall(claimOf('c2', KEY))).toMatchObject({ kind: 'deduplicated', outcome: GIVEN_UP });
    expect(await ledger.resolveToolCall(says('c2', APPLIED))).toEqual({ kind: 'resolved' });
    expect(await ledger.claimToolCall(claimOf('c3', KEY))).toMatchObject({
      kind: 'deduplicated',
      byCall: 'c2',
      outcome: { result: DONE.result },
    });
    expect(await ledger.claimToolCall(claimOf('c1', KEY))).toMatchObject({ kind: 'replayed', outcome: GIVEN_UP });
  });

  it('is not taken back by somebody who finds out later, through another call, that it did not happen', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 'c1');
    await ledger.resolveToolCall(says('c1', GIVE_UP));
    await ledger.claimToolCall(claimOf('c2', KEY));
    await ledger.resolveToolCall(says('c2', ABSENT));
    expect(await ledger.claimToolCall(claimOf('c1', KEY))).toMatchObject({ kind: 'replayed', outcome: GIVEN_UP });
    expect(granted(await ledger.claimToolCall(claimOf('c2', KEY)))).toMatchObject({ generation: 2 });
  });
});

describe('nothing to resolve', () => {
  it('changes nothing: no such call, one that runs, one with an outcome', async () => {
    const ledger = await temporaryLedger();
    expect(await ledger.resolveToolCall(says('c1', ABSENT))).toEqual({ kind: 'not_unresolved', state: 'none' });
    const { fence } = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    expect(await ledger.resolveToolCall(says('c1', ABSENT))).toEqual({ kind: 'not_unresolved', state: 'started' });
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence, outcome: DONE });
    expect(await ledger.resolveToolCall(says('c1', ABSENT))).toEqual({
      kind: 'not_unresolved',
      state: 'succeeded',
      outcome: DONE,
    });
    expect((await ledger.readCall('session-1/c1'))?.resolution).toBeUndefined();
  });

  it('is refused under the key of a call of another tool, or of the model', async () => {
    const ledger = await temporaryLedger();
    await unresolved(ledger, 'c1');
    await expect(ledger.resolveToolCall({ ...says('c1', ABSENT), tool: 'cancel' })).rejects.toThrow(CallMismatch);
    await ledger.beginModelCall({ callKey: 'session-1/m1', attempt: 1, owner: 'test:1', estimate: 1 });
    await expect(ledger.resolveToolCall(says('m1', ABSENT))).rejects.toThrow(CallMismatch);
  });
});

it('many say something at once: one decision holds, and all are told it', async () => {
  const ledger = await temporaryLedger();
  await unresolved(ledger, 'c1');
  const decisions = [APPLIED, GIVE_UP, ABSENT, APPLIED];
  const ends = await Promise.all(
    decisions.map((decision, index) => ledger.resolveToolCall(says('c1', decision, `act-${index}`))),
  );
  const first = ends.findIndex((end) => end.kind === 'resolved');
  expect(ends.filter((end) => end.kind === 'resolved')).toHaveLength(1);
  const others = ends.filter((end) => end.kind !== 'resolved');
  for (const end of others) {
    expect(end).toMatchObject({ kind: 'resolved_before', as: decisions[first]?.as, actId: `act-${first}` });
  }
});
