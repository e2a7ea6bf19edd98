/** Transactions of tools in a SQLite file: what only SQLite does. */
import { sql } from 'kysely';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import { LedgerUnavailable } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { dataLedger } from './outside';
import { claimOf, granted } from './temporary-ledger';

const DONE: ToolOutcome = { kind: 'succeeded', result: 'moved' };
const MOVE = { tool: 'move', effect: 'transactional' } as const;

describe('a transaction in a SQLite file', () => {
  it('hands the errors of its own statements to the tool', async () => {
    const { ledger, visits, visit } = await dataLedger();
    const end = await ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
      await visit(tx, 'tue-9');
      await expect(visit(tx, 'tue-9')).rejects.toThrow(/UNIQUE constraint failed/);
      return { outcome: DONE };
    });
    expect(end).toMatchObject({ kind: 'settled' });
    expect(await visits()).toEqual(['tue-9']);
  });

  it.each(['attach database "x" as y', 'pragma synchronous = off'])('refuses %j', async (statement) => {
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

  it('after the database itself rolled back is not committed by itself', async () => {
    const { ledger, visits, visit } = await dataLedger();
    const end = await ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
      await visit(tx, 'tue-9');
      await sql`insert or rollback into visits values ('tue-9')`.execute(tx).catch(() => undefined);
      await visit(tx, 'wed-9').catch(() => undefined);
      return { outcome: DONE };
    });
    expect(end).toMatchObject({
      kind: 'body_failed',
      error: expect.objectContaining({ message: expect.stringMatching(/rolled the transaction back/) }),
    });
    expect(await visits()).toEqual([]);
    granted(await ledger.claimToolCall(claimOf('c2')));
  });
});

describe('a ledger that is busy', () => {
  it('makes others of its process wait, and fails them when the wait is over', async () => {
    const { ledger } = await dataLedger({ lockWaitMs: 60 });
    let release = () => {};
    const busy = ledger.runTransactional(claimOf('c1', MOVE), 5_000, async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return { outcome: DONE };
    });
    await expect(ledger.claimToolCall(claimOf('c2'))).rejects.toThrow(LedgerUnavailable);
    expect(await ledger.readCall('session-1/c2')).toBeUndefined();
    release();
    await busy;
    granted(await ledger.claimToolCall(claimOf('c2')));
  });

  it('never blocks the event loop while another connection has it locked', async () => {
    const { ledger, url } = await dataLedger({ lockWaitMs: 400 });
    const other = new (nodeSqlite().DatabaseSync)(url);
    other.exec('begin immediate');
    let beats = 0;
    const heart = setInterval(() => (beats += 1), 10);
    await expect(ledger.claimToolCall(claimOf('c1'))).rejects.toThrow(/kept the ledger locked for 400 ms/);
    clearInterval(heart);
    expect(beats).toBeGreaterThan(10);
    other.exec('rollback');
    other.close();
    granted(await ledger.claimToolCall(claimOf('c1')));
  });
});
