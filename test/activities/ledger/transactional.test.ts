/** Transactional calls: the tool's writes and the record of them are one commit, or neither is there. DESIGN section 5, rule 8. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { TransactionTimedOut } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { dataLedger } from './outside';
import { claimOf, granted, temporaryLedger } from './temporary-ledger';

const DONE: ToolOutcome = { kind: 'succeeded', result: 'moved' };
const MOVE = { tool: 'move', effect: 'transactional' } as const;
const KEY = { businessKey: 'p7:tue-9', sameAs: '{"slot":"tue-9"}' };

describe('a transactional call', () => {
  it('commits its writes with its row, and answers later attempts from it', async () => {
    const { ledger, visits, visit } = await dataLedger();
    let runs = 0;
    const run = () =>
      ledger.runTransactional(claimOf('c1', { ...MOVE, ...KEY }), 5_000, async (tx, claim) => {
        runs += 1;
        expect(claim).toMatchObject({ idempotencyKey: 'session-1/c1', generation: 1, bodyFailures: 0 });
        await visit(tx, 'tue-9');
        return { outcome: DONE };
      });
    expect(await run()).toEqual({ kind: 'settled', outcome: DONE, generation: 1 });
    expect(await run()).toEqual({ kind: 'replayed', outcome: DONE, generation: 1 });
    expect(runs).toBe(1);
    expect(await visits()).toEqual(['tue-9']);
    expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([
      { state: 'succeeded', effectState: 'succeeded', fence: 1 },
    ]);
  });

  it.each<ToolOutcome>([
    { kind: 'failed', reason: 'tool_error', message: 'taken' },
    { kind: 'cancelled', message: 'stopped' },
  ])('takes back its writes when it ends $kind, and records that', async (outcome) => {
    const { ledger, visits, visit } = await dataLedger();
    const request = claimOf('c1', { ...MOVE, ...KEY });
    const run = () =>
      ledger.runTransactional(request, 5_000, async (tx) => {
        await visit(tx, 'tue-9');
        return { outcome, releases: { tenant: 'clinic', tool: 'book', keys: ['x'] } };
      });
    expect(await run()).toEqual({ kind: 'settled', outcome, generation: undefined });
    expect(await run()).toMatchObject({ kind: 'replayed', outcome });
    expect(await visits()).toEqual([]);
    expect(
      await ledger.runTransactional({ ...request, callKey: 'session-1/c2' }, 5_000, async () => ({ outcome: DONE })),
    ).toMatchObject({
      kind: 'settled',
      generation: 1,
    });
  });

  it('counts what its body throws and leaves nothing behind', async () => {
    const { ledger, visits, visit } = await dataLedger();
    const run = () =>
      ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
        await visit(tx, 'tue-9');
        throw new RangeError('boom');
      });
    expect(await run()).toMatchObject({ kind: 'body_failed', failures: 1, fence: 1, error: new RangeError('boom') });
    expect(await run()).toMatchObject({ kind: 'body_failed', failures: 2, fence: 2 });
    expect(await visits()).toEqual([]);
    const outcome: ToolOutcome = { kind: 'failed', reason: 'attempts_exhausted', message: 'boom' };
    expect(await ledger.settleToolCall({ callKey: 'session-1/c1', fence: 2, outcome })).toBe('settled');
    expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([
      { state: 'failed', bodyFailures: 2, lastError: 'RangeError: boom', outcome },
    ]);
  });

  it('is rolled back when its time is up, and can write nothing afterwards', async () => {
    const { ledger, visits, visit } = await dataLedger();
    let late: Promise<unknown> = Promise.resolve();
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => (wake = resolve));
    const end = await ledger.runTransactional(claimOf('c1', MOVE), 50, (tx) => {
      const body = visit(tx, 'tue-9')
        .then(() => asleep)
        .then(() => visit(tx, 'wed-9'));
      late = body.catch((error: unknown) => error);
      return body.then(() => ({ outcome: DONE }));
    });
    expect(end).toMatchObject({ kind: 'body_failed', failures: 1, error: expect.any(TransactionTimedOut) });
    wake();
    expect(String(await late)).toMatch(/rolled back|over/);
    expect(await visits()).toEqual([]);
  });

  it.each(['commit', ' -- hm\n ROLLBACK', '/* x */ begin'])('does not let its tool say %j', async (statement) => {
    const { ledger, visits, visit } = await dataLedger();
    const end = await ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
      await visit(tx, 'tue-9');
      await sql.raw(statement).execute(tx);
      return { outcome: DONE };
    });
    expect(end).toMatchObject({
      kind: 'body_failed',
      error: expect.objectContaining({ message: expect.stringMatching(/is not allowed here/) }),
    });
    expect(await visits()).toEqual([]);
  });

  it('marks what it undid in the same commit', async () => {
    const { ledger } = await dataLedger();
    const booked = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
    await ledger.settleToolCall({ callKey: 'session-1/c1', fence: booked.fence, outcome: DONE });
    const releases = { tenant: 'clinic', tool: 'book', keys: ['p7:tue-9'] };
    const undone = await ledger.runTransactional(claimOf('c2', MOVE), 5_000, async () => ({ outcome: DONE, releases }));
    expect(undone.kind).toBe('settled');
    expect(granted(await ledger.claimToolCall(claimOf('c3', KEY))).generation).toBe(2);
  });

  it('is not run where an attempt from before it was transactional may have happened', async () => {
    const { ledger } = await dataLedger();
    granted(await ledger.claimToolCall(claimOf('c1', { ...KEY, tool: 'move', leaseMs: 1 })));
    await sleep(5);
    const body = jest.fn();
    expect(await ledger.runTransactional(claimOf('c1', { ...MOVE, ...KEY }), 5_000, body)).toMatchObject({
      kind: 'settled',
      outcome: { kind: 'unknown', message: expect.stringMatching(/before the tool became transactional/) },
    });
    expect(body).not.toHaveBeenCalled();
    expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([
      { state: 'unresolved', effectState: 'unresolved' },
    ]);
  });

  it('runs once when two workers run it at once', async () => {
    const { ledger, url, visits, visit } = await dataLedger();
    const other = await temporaryLedger({ name: 'data', url });
    const ends = await Promise.all(
      [ledger, other, ledger, other].map((one) =>
        one.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
          await visit(tx, 'tue-9');
          return { outcome: DONE };
        }),
      ),
    );
    expect(ends.map((end) => end.kind).sort()).toEqual(['replayed', 'replayed', 'replayed', 'settled']);
    expect(await visits()).toEqual(['tue-9']);
  });
});
