/** Claims: who may run, who is answered with what is recorded, who must wait. DESIGN section 5, rules 1 to 4. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger, ToolCallClaimRequest } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { claimOf, granted, temporaryLedger } from './temporary-ledger';

const DONE: ToolOutcome = { kind: 'succeeded', result: { id: 'a-1' } };
const KEY = { businessKey: 'p7:tue-9', sameAs: '{"slot":"tue-9"}' };

/** Claims and settles. */
async function ran(ledger: Ledger, request: ToolCallClaimRequest, outcome: ToolOutcome = DONE): Promise<void> {
  const claim = granted(await ledger.claimToolCall(request));
  expect(await ledger.settleToolCall({ callKey: request.callKey, fence: claim.fence, outcome })).toBe('settled');
}

/** A claim whose process died: its lease is over and nobody gave it back. */
async function died(ledger: Ledger, request: ToolCallClaimRequest): Promise<number> {
  const claim = granted(await ledger.claimToolCall({ ...request, leaseMs: 1 }));
  const end = await ledger.now();
  while ((await ledger.now()) <= end + 1) await sleep(1);
  return claim.fence;
}

describe('a call', () => {
  it('is claimed, settled, and then answers every later attempt', async () => {
    const ledger = await temporaryLedger();
    const claim = granted(await ledger.claimToolCall(claimOf('c1')));
    expect(claim).toMatchObject({ fence: 1, idempotencyKey: 'session-1/c1', bodyFailures: 0, mayHaveApplied: false });
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: 1, outcome: DONE });
    expect(await ledger.claimToolCall(claimOf('c1', { attempt: 2 }))).toEqual({
      kind: 'replayed',
      outcome: DONE,
      generation: undefined,
    });
    const [row] = await ledger.calls({ sessionNamespace: 'session-1' });
    expect(row).toMatchObject({
      callId: 'c1',
      state: 'succeeded',
      tool: 'book',
      args: { slot: 'tue-9' },
      outcome: DONE,
      attempt: 1,
    });
  });

  it('is held while its lease lasts, then fenced, and the earlier attempt can only leave evidence', async () => {
    const ledger = await temporaryLedger();
    const first = granted(await ledger.claimToolCall(claimOf('c1', { leaseMs: 80 })));
    const held = await ledger.claimToolCall(claimOf('c1', { attempt: 2 }));
    if (held.kind !== 'held') throw new Error(`expected held, got ${held.kind}`);
    expect(held.retryInMs).toBeGreaterThan(0);
    expect(held.retryInMs).toBeLessThanOrEqual(80);
    await sleep(held.retryInMs + 5);
    const second = granted(await ledger.claimToolCall(claimOf('c1', { attempt: 2 })));
    expect(second).toMatchObject({ fence: 2, idempotencyKey: 'session-1/c1', mayHaveApplied: true });
    expect(await ledger.renewLease('session-1/c1', first.fence, 1000)).toBe(false);
    expect(await ledger.settleToolCall({ callKey: 'session-1/c1', fence: first.fence, outcome: DONE })).toBe('fenced');
    expect(
      await ledger.bodyFailed({ callKey: 'session-1/c1', fence: 1, message: 'x', applied: 'no', allowed: 3 }),
    ).toEqual({ kind: 'fenced' });
    expect(await ledger.renewLease('session-1/c1', second.fence, 1000)).toBe(true);
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: 2, outcome: { kind: 'unknown', message: '?' } });
    const [row] = await ledger.calls({ sessionNamespace: 'session-1' });
    expect(row).toMatchObject({ state: 'unresolved', fence: 2, lateEvidence: [{ fence: 1, outcome: DONE }] });
  });

  it('has fences of its own: the first attempt after a reset does not pass for the first attempt before it', async () => {
    const ledger = await temporaryLedger();
    await died(ledger, claimOf('c1', { attempt: 1 }));
    expect(granted(await ledger.claimToolCall(claimOf('c1', { attempt: 1 }))).fence).toBe(2);
    expect(await ledger.settleToolCall({ callKey: 'session-1/c1', fence: 1, outcome: DONE })).toBe('fenced');
  });

  it('is settled once, however often its holder says so', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1'));
    expect(
      await ledger.settleToolCall({ callKey: 'session-1/c1', fence: 1, outcome: { kind: 'unknown', message: 'late' } }),
    ).toBe('settled');
    expect(await ledger.claimToolCall(claimOf('c1'))).toMatchObject({ kind: 'replayed', outcome: DONE });
  });

  it('counts failures of its body, gives the lease back between them and keeps it after the last', async () => {
    const ledger = await temporaryLedger();
    const fail = (fence: number, applied: 'no' | 'maybe') =>
      ledger.bodyFailed({ callKey: 'session-1/c1', fence, message: 'boom', applied, allowed: 3 });
    const first = granted(await ledger.claimToolCall(claimOf('c1')));
    expect(await fail(first.fence, 'no')).toEqual({ kind: 'counted', failures: 1, mayHaveApplied: false });
    const second = granted(await ledger.claimToolCall(claimOf('c1', { attempt: 2 })));
    expect(second).toMatchObject({ bodyFailures: 1, mayHaveApplied: false });
    expect(await fail(second.fence, 'maybe')).toEqual({ kind: 'counted', failures: 2, mayHaveApplied: true });
    const third = granted(await ledger.claimToolCall(claimOf('c1', { attempt: 3 })));
    expect(third).toMatchObject({ bodyFailures: 2, mayHaveApplied: true });
    // A promise about the third attempt says nothing about the second.
    expect(await fail(third.fence, 'no')).toEqual({ kind: 'counted', failures: 3, mayHaveApplied: true });
    expect(await ledger.claimToolCall(claimOf('c1', { attempt: 4 }))).toMatchObject({ kind: 'held' });
    const [row] = await ledger.calls({ sessionNamespace: 'session-1' });
    expect(row).toMatchObject({ bodyFailures: 3, lastError: 'boom', attempt: 3 });
  });

  it('is refused for other arguments or another tool under the same key', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1'));
    await expect(ledger.claimToolCall(claimOf('c1', { args: { slot: 'wed-9' } }))).rejects.toThrow(
      /claimed with other arguments.*nothing was run/,
    );
    await expect(ledger.claimToolCall(claimOf('c1', { tool: 'cancel' }))).rejects.toThrow(
      /belongs to a call of book, not of cancel/,
    );
  });

  it('is unknown once its destination has forgotten the key, and only if it may have happened', async () => {
    const ledger = await temporaryLedger();
    await died(ledger, claimOf('c1', { keyValidForMs: 1 }));
    const claim = await ledger.claimToolCall(claimOf('c1', { attempt: 2 }));
    expect(claim).toMatchObject({
      kind: 'unknown',
      fence: 2,
      message: expect.stringMatching(/no longer remembers the key/),
    });
    const promised = granted(await ledger.claimToolCall(claimOf('c2', { keyValidForMs: 1 })));
    await ledger.bodyFailed({
      callKey: 'session-1/c2',
      fence: promised.fence,
      message: 'refused',
      applied: 'no',
      allowed: 3,
    });
    await sleep(5);
    granted(await ledger.claimToolCall(claimOf('c2', { attempt: 2, keyValidForMs: 1 })));
  });

  it('can be looked at without being claimed', async () => {
    const ledger = await temporaryLedger();
    expect(await ledger.readCall('session-1/c1')).toBeUndefined();
    await died(ledger, claimOf('c1'));
    expect(await ledger.readCall('session-1/c1')).toMatchObject({ state: 'started', fence: 1, heldForMs: 0 });
    granted(await ledger.claimToolCall(claimOf('c1', { attempt: 2 })));
    const held = (await ledger.readCall('session-1/c1'))?.heldForMs;
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(60_000);
    await ran(ledger, claimOf('c2'));
    expect(await ledger.readCall('session-1/c2')).toMatchObject({ state: 'succeeded', outcome: DONE, heldForMs: 0 });
  });
});

describe('a business key', () => {
  it('answers a repeat by another call with the first outcome, and goes on doing so after the effect is undone', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1', KEY));
    const repeat = await ledger.claimToolCall({ ...claimOf('c2', KEY), callKey: 'session-2/c2' });
    const told = { ...DONE, sameAsCall: 'c1' };
    expect(repeat).toEqual({ kind: 'deduplicated', outcome: told, byCall: 'c1', generation: 1 });
    const cancel = granted(await ledger.claimToolCall(claimOf('c3', { tool: 'cancel' })));
    const releases = { tenant: 'clinic', tool: 'book', keys: ['p7:tue-9'] };
    await ledger.settleToolCall({ callKey: 'session-1/c3', fence: cancel.fence, outcome: DONE, releases });
    const again = await ledger.claimToolCall({ ...claimOf('c2', KEY), callKey: 'session-2/c2', attempt: 2 });
    expect(again).toEqual({ kind: 'replayed', outcome: told, generation: 1 });
  });

  it('refuses other values while it is live', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1', KEY));
    const other = await ledger.claimToolCall(
      claimOf('c2', { ...KEY, args: { slot: 'wed-9' }, sameAs: '{"slot":"wed-9"}' }),
    );
    expect(other).toEqual({ kind: 'conflict', byCall: 'c1', generation: 1, sameAs: KEY.sameAs });
  });

  it('books, cancels and books again', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1', KEY));
    const cancel = granted(await ledger.claimToolCall(claimOf('c2', { tool: 'cancel' })));
    const releases = { tenant: 'clinic', tool: 'book', keys: ['p7:tue-9', 'never-booked'] };
    await ledger.settleToolCall({ callKey: 'session-1/c2', fence: cancel.fence, outcome: DONE, releases });
    const again = granted(await ledger.claimToolCall(claimOf('c3', KEY)));
    expect(again).toMatchObject({ generation: 2, idempotencyKey: 'session-1/c3' });
    await ledger.settleToolCall({ callKey: 'session-1/c3', fence: again.fence, outcome: DONE });
    const rows = await ledger.calls({ sessionNamespace: 'session-1' });
    expect(rows.map((row) => [row.callId, row.generation, row.effectState])).toEqual([
      ['c1', 1, 'reversed'],
      ['c2', undefined, undefined],
      ['c3', 2, 'succeeded'],
    ]);
  });

  it('is free again after a failure, not after an outcome that is unknown', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1', KEY), { kind: 'failed', reason: 'tool_error', message: 'taken' });
    await ran(ledger, claimOf('c2', KEY), { kind: 'unknown', message: 'cut off' });
    expect(await ledger.claimToolCall(claimOf('c3', KEY))).toMatchObject({
      kind: 'deduplicated',
      outcome: { kind: 'unknown' },
      generation: 2,
    });
  });

  it('belongs to a tenant and a tool', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1', KEY));
    expect(granted(await ledger.claimToolCall(claimOf('c2', { ...KEY, tenant: 'other' }))).generation).toBe(1);
    expect(granted(await ledger.claimToolCall(claimOf('c3', { ...KEY, tool: 'reserve' }))).generation).toBe(1);
  });

  it('is held while the call that has it runs', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    expect(await ledger.claimToolCall(claimOf('c2', KEY))).toMatchObject({ kind: 'held' });
  });

  it('is taken over from a call that died, with its idempotency key, and both get the one outcome', async () => {
    const ledger = await temporaryLedger();
    const dead = await died(ledger, claimOf('c1', KEY));
    expect(await ledger.claimToolCall(claimOf('c2', { ...KEY, sameAs: '{"slot":"other"}' }))).toMatchObject({
      kind: 'conflict',
    });
    const adopter = granted(await ledger.claimToolCall(claimOf('c2', KEY)));
    expect(adopter).toMatchObject({ idempotencyKey: 'session-1/c1', generation: 1, mayHaveApplied: true });
    // The dead call was only asleep: it is fenced, and waits for the one that runs now.
    expect(await ledger.renewLease('session-1/c1', dead, 1000)).toBe(false);
    expect(await ledger.settleToolCall({ callKey: 'session-1/c1', fence: dead, outcome: DONE })).toBe('fenced');
    expect(await ledger.claimToolCall(claimOf('c1', { ...KEY, attempt: 2 }))).toMatchObject({ kind: 'held' });
    await ledger.settleToolCall({ callKey: 'session-1/c2', fence: adopter.fence, outcome: DONE });
    expect(await ledger.claimToolCall(claimOf('c1', { ...KEY, attempt: 3 }))).toEqual({
      kind: 'replayed',
      outcome: { ...DONE, sameAsCall: 'c2' },
      generation: 1,
    });
  });

  it('is taken back by the first call when the one that took it over died too', async () => {
    const ledger = await temporaryLedger();
    await died(ledger, claimOf('c1', KEY));
    await died(ledger, claimOf('c2', KEY));
    const back = granted(await ledger.claimToolCall(claimOf('c1', { ...KEY, attempt: 2 })));
    expect(back).toMatchObject({ idempotencyKey: 'session-1/c1', generation: 1 });
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: back.fence, outcome: DONE });
    expect(await ledger.claimToolCall(claimOf('c2', { ...KEY, attempt: 2 }))).toMatchObject({
      kind: 'replayed',
      outcome: DONE,
    });
  });

  it('that changes with the tool between two attempts does not change what the destination recognises the call by', async () => {
    const ledger = await temporaryLedger();
    granted(await ledger.claimToolCall(claimOf('c1', { ...KEY, leaseMs: -1 })));
    const adopter = granted(await ledger.claimToolCall(claimOf('c2', { ...KEY, leaseMs: -1 })));
    expect(adopter.idempotencyKey).toBe('session-1/c1');
    const later = granted(await ledger.claimToolCall(claimOf('c2', { ...KEY, businessKey: 'p7 at tue-9' })));
    expect(later).toMatchObject({ idempotencyKey: 'session-1/c1', mayHaveApplied: true });
  });

  it('is given by a call that was cancelled to the next one', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1', KEY), { kind: 'cancelled', message: 'stopped' });
    expect(granted(await ledger.claimToolCall(claimOf('c2', KEY))).generation).toBe(2);
  });
});

describe('the rows of a session', () => {
  it('are those of its children too, and of no other session', async () => {
    const ledger = await temporaryLedger();
    await ran(ledger, claimOf('c1'));
    await ran(ledger, { ...claimOf('c2'), callKey: 'session-1/h1/c2' });
    await ran(ledger, { ...claimOf('c3'), callKey: 'session-10/c3' });
    const rows = await ledger.calls({ sessionNamespace: 'session-1' });
    expect(rows.map((row) => row.callKey)).toEqual(['session-1/c1', 'session-1/h1/c2']);
  });
});
