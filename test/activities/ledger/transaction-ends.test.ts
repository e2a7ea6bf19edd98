/** A tool's transaction that ends otherwise than the ledger meant: nothing of it may be committed by itself, and it keeps nobody waiting. */
import path from 'node:path';
import { sql, type Transaction } from 'kysely';
import { jsonContentCodec } from '../../../activities/ledger/content-codec';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import { TransactionTimedOut } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { claimOf, granted, temporaryFolder, temporaryLedger } from './temporary-ledger';

const DONE: ToolOutcome = { kind: 'succeeded', result: 'moved' };
const MOVE = { tool: 'move', effect: 'transactional' } as const;

async function visitsLedger(options: Parameters<typeof temporaryLedger>[0] = {}) {
  const url = path.join(temporaryFolder(), 'data.sqlite');
  const data = new (nodeSqlite().DatabaseSync)(url);
  data.exec('create table visits (slot text unique)');
  data.close();
  const ledger = await temporaryLedger({ name: 'data', url, ...options });
  const visits = () => {
    const look = new (nodeSqlite().DatabaseSync)(url, { readOnly: true });
    const rows = look.prepare('select slot from visits').all();
    look.close();
    return rows.map((row) => row.slot);
  };
  return { ledger, visits };
}

const visit = (tx: Transaction<unknown>, slot: string) => sql`insert into visits values (${slot})`.execute(tx);

/** Writes on without waiting for anything but the database, until it is refused. */
async function writeOn(tx: Transaction<unknown>): Promise<number> {
  for (let count = 0; ; count += 1) {
    try {
      await visit(tx, `late-${count}`);
    } catch {
      return count;
    }
  }
}

describe('what a body writes', () => {
  it.each(['throws', 'returns'])(
    'behind the back of its transaction when it %s is not committed by itself',
    async (how) => {
      const { ledger, visits } = await visitsLedger();
      let behind: Promise<number> = Promise.resolve(0);
      const end = await ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
        await visit(tx, 'tue-9');
        behind = writeOn(tx);
        if (how === 'throws') throw new Error('boom');
        return { outcome: DONE };
      });
      const atItsEnd = visits();
      await behind;
      expect(visits()).toEqual(atItsEnd);
      expect(end.kind).toBe(how === 'throws' ? 'body_failed' : 'settled');
      if (how === 'throws') expect(atItsEnd).toEqual([]);
    },
  );

  it('after the database itself rolled back is not committed by itself', async () => {
    const { ledger, visits } = await visitsLedger();
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
    expect(visits()).toEqual([]);
    granted(await ledger.claimToolCall(claimOf('c2')));
  });
});

describe('the bound of a transaction', () => {
  it('holds for a body that never waits, and lets timers run meanwhile', async () => {
    const { ledger, visits } = await visitsLedger();
    let beats = 0;
    const heart = setInterval(() => (beats += 1), 10);
    const end = await ledger.runTransactional(claimOf('c1', MOVE), 300, async (tx) => {
      await writeOn(tx);
      return { outcome: DONE };
    });
    clearInterval(heart);
    expect(end).toMatchObject({ kind: 'body_failed', error: expect.any(TransactionTimedOut) });
    expect(beats).toBeGreaterThan(3);
    expect(visits()).toEqual([]);
  });

  it('holds for a codec that does not answer: others can write again', async () => {
    let stuck = true;
    const codec = {
      ...jsonContentCodec,
      encode: (value: Parameters<typeof jsonContentCodec.encode>[0]) =>
        stuck && JSON.stringify(value) === JSON.stringify(DONE)
          ? new Promise<string>(() => {})
          : jsonContentCodec.encode(value),
    };
    const { ledger, visits } = await visitsLedger({ codec });
    const run = () =>
      ledger.runTransactional(claimOf('c1', MOVE), 100, async (tx) => {
        await visit(tx, 'tue-9');
        return { outcome: DONE };
      });
    expect(await run()).toMatchObject({ kind: 'body_failed', error: expect.any(TransactionTimedOut) });
    expect(visits()).toEqual([]);
    stuck = false;
    expect(await run()).toMatchObject({ kind: 'settled' });
    expect(visits()).toEqual(['tue-9']);
  });
});
