/** What may be deleted, and what is kept whatever its age. */
import type { Ledger } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { claimOf, granted, temporaryLedger } from './temporary-ledger';

const DONE: ToolOutcome = { kind: 'succeeded', result: 'booked' };
const FAILED: ToolOutcome = { kind: 'failed', reason: 'tool_error', message: 'taken' };
const UNKNOWN: ToolOutcome = { kind: 'unknown', message: '?' };

async function ran(
  ledger: Ledger,
  call: string,
  outcome: ToolOutcome = DONE,
  key?: string,
  undoes?: string,
): Promise<void> {
  const named = key === undefined ? {} : { businessKey: key, sameAs: '""' };
  const { fence } = granted(await ledger.claimToolCall(claimOf(call, { ...named, tool: undoes ? 'cancel' : 'book' })));
  const releases = undoes === undefined ? undefined : { tenant: 'clinic', tool: 'book', keys: [undoes] };
  await ledger.settleToolCall({ callKey: `session-1/${call}`, fence, outcome, releases });
}

/** One row of each sort. */
async function allSorts(ledger: Ledger): Promise<void> {
  await ran(ledger, 'plain');
  await ran(ledger, 'failed', FAILED, 'k-failed');
  await ran(ledger, 'undone', DONE, 'k-undone');
  await ran(ledger, 'undoes', DONE, undefined, 'k-undone');
  await ran(ledger, 'live', DONE, 'k-live');
  await ledger.claimToolCall(claimOf('repeat', { businessKey: 'k-live', sameAs: '""' }));
  await ran(ledger, 'unresolved', UNKNOWN, 'k-unresolved');
  await ran(ledger, 'lost', UNKNOWN);
  await ledger.claimToolCall(claimOf('started', { businessKey: 'k-started', sameAs: '""' }));
  await ledger.beginModelCall({ callKey: 'session-1/m-open', attempt: 1, owner: 'test:1', estimate: 1 });
  await ledger.beginModelCall({ callKey: 'session-1/m-answered', attempt: 1, owner: 'test:1', estimate: 1 });
  await ledger.recordModelCall({ callKey: 'session-1/m-answered', attempt: 1, answer: 'hi' });
}

const idsOf = async (ledger: Ledger) =>
  (await ledger.calls({ sessionNamespace: 'session-1' })).map((row) => row.callId).sort();

it('deletes what is settled and nobody needs, and says how much that would be', async () => {
  const ledger = await temporaryLedger();
  await allSorts(ledger);
  const before = await idsOf(ledger);
  const settledBefore = (await ledger.now()) + 1_000;
  const gone = { calls: 6, effects: 2, segments: 0 };
  expect(await ledger.prune({ settledBefore, dryRun: true })).toEqual(gone);
  expect(await idsOf(ledger)).toEqual(before);
  expect(await ledger.prune({ settledBefore })).toEqual(gone);
  expect(await idsOf(ledger)).toEqual(['live', 'lost', 'm-open', 'started', 'unresolved']);
  expect(await ledger.prune({ settledBefore })).toEqual({ calls: 0, effects: 0, segments: 0 });
  // The keys that are live still keep a repeat from happening, the others are free.
  for (const [key, kind] of [
    ['k-live', 'deduplicated'],
    ['k-unresolved', 'deduplicated'],
    ['k-started', 'held'],
    ['k-failed', 'run'],
    ['k-undone', 'run'],
  ] as const) {
    expect(await ledger.claimToolCall(claimOf(`new ${key}`, { businessKey: key, sameAs: '""' }))).toMatchObject({
      kind,
    });
  }
});

it('keeps what was settled later', async () => {
  const ledger = await temporaryLedger();
  const settledBefore = await ledger.now();
  await allSorts(ledger);
  expect(await ledger.prune({ settledBefore, dryRun: true })).toEqual({ calls: 0, effects: 0, segments: 0 });
  expect(await ledger.prune({ settledBefore })).toEqual({ calls: 0, effects: 0, segments: 0 });
});

it('never gives a generation of a key a second time while a call is left that has it', async () => {
  const ledger = await temporaryLedger();
  await ran(ledger, 'c1', UNKNOWN, 'k');
  await ran(ledger, 'c2', DONE, undefined, 'k');
  expect(await ledger.prune({ settledBefore: (await ledger.now()) + 1_000 })).toEqual({
    calls: 1,
    effects: 0,
    segments: 0,
  });
  await ran(ledger, 'c3', UNKNOWN, 'k');
  expect(await ledger.readCall('session-1/c3')).toMatchObject({ generation: 2 });
  const decision = { as: 'applied', outcome: { kind: 'succeeded', result: 'booked' } } as const;
  await ledger.resolveToolCall({ callKey: 'session-1/c3', tool: 'book', actId: 'a', decision });
  expect(await ledger.readCall('session-1/c1')).toMatchObject({ state: 'unresolved' });
});

it('goes through many rows some at a time, while others write', async () => {
  const ledger = await temporaryLedger();
  const calls = 1_200;
  for (let call = 0; call < calls; call += 1) {
    const callKey = `session-2/c${String(call).padStart(4, '0')}`;
    await ledger.refuseToolCall({
      ...claimOf('x', call % 10 === 0 ? { businessKey: `k${call}` } : {}),
      callKey,
      outcome: { kind: 'cancelled', message: 'stopped' },
      ifCutOff: { kind: 'unknown', message: '?' },
    });
  }
  await allSorts(ledger);
  const [pruned] = await Promise.all([
    ledger.prune({ settledBefore: (await ledger.now()) + 1_000 }),
    ran(ledger, 'meanwhile', UNKNOWN),
  ]);
  expect(pruned).toEqual({ calls: calls + 6, effects: 2, segments: 0 });
  expect(await ledger.calls({ sessionNamespace: 'session-2' })).toEqual([]);
  expect(await idsOf(ledger)).toContain('meanwhile');
});

it('keeps what says that a key was used for something undone, while a call may still be run under it', async () => {
  const ledger = await temporaryLedger();
  const key = { businessKey: 'k', sameAs: '""', effect: 'at-most-once' } as const;
  const { fence } = granted(await ledger.claimToolCall(claimOf('c1', key)));
  await ledger.settleToolCall({ callKey: 'session-1/c1', fence, outcome: UNKNOWN });
  await ledger.claimToolCall(claimOf('c2', key));
  const absent = { tool: 'book', actId: 'a1', decision: { as: 'absent' } } as const;
  await ledger.resolveToolCall({ ...absent, callKey: 'session-1/c1' });
  // The second runs it, under the first one's key at the destination, and it is undone.
  await ran(ledger, 'c2', DONE, 'k');
  await ran(ledger, 'c3', DONE, undefined, 'k');
  await ledger.prune({ settledBefore: (await ledger.now()) + 1_000 });
  expect(granted(await ledger.claimToolCall(claimOf('c1', key))).idempotencyKey).toBe('session-1/c1.g3');
});
