/** A tool's transaction that ends otherwise than the ledger meant: nothing of it may be committed by itself, and it keeps nobody waiting. */
import type { Transaction } from 'kysely';
import { jsonContentCodec } from '../../../activities/ledger/content-codec';
import { TransactionTimedOut } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { dataLedger, type DataLedger } from './outside';
import { claimOf } from './temporary-ledger';

const DONE: ToolOutcome = { kind: 'succeeded', result: 'moved' };
const MOVE = { tool: 'move', effect: 'transactional' } as const;

/** Writes on without waiting for anything but the database, until it is refused. */
async function writeOn({ visit }: Pick<DataLedger, 'visit'>, tx: Transaction<unknown>): Promise<number> {
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
      const { ledger, visits, visit } = await dataLedger();
      let behind: Promise<number> = Promise.resolve(0);
      const end = await ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
        await visit(tx, 'tue-9');
        behind = writeOn({ visit }, tx);
        if (how === 'throws') throw new Error('boom');
        return { outcome: DONE };
      });
      const atItsEnd = await visits();
      await behind;
      expect(await visits()).toEqual(atItsEnd);
      expect(end.kind).toBe(how === 'throws' ? 'body_failed' : 'settled');
      if (how === 'throws') expect(atItsEnd).toEqual([]);
    },
  );
});

describe('the bound of a transaction', () => {
  it('holds for a body that never waits, and lets timers run meanwhile', async () => {
    const { ledger, visits, visit } = await dataLedger();
    let beats = 0;
    const heart = setInterval(() => (beats += 1), 10);
    const end = await ledger.runTransactional(claimOf('c1', MOVE), 300, async (tx) => {
      await writeOn({ visit }, tx);
      return { outcome: DONE };
    });
    clearInterval(heart);
    expect(end).toMatchObject({ kind: 'body_failed', error: expect.any(TransactionTimedOut) });
    expect(beats).toBeGreaterThan(3);
    expect(await visits()).toEqual([]);
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
    const { ledger, visits, visit } = await dataLedger({ codec });
    const run = () =>
      ledger.runTransactional(claimOf('c1', MOVE), 100, async (tx) => {
        await visit(tx, 'tue-9');
        return { outcome: DONE };
      });
    expect(await run()).toMatchObject({ kind: 'body_failed', error: expect.any(TransactionTimedOut) });
    expect(await visits()).toEqual([]);
    stuck = false;
    expect(await run()).toMatchObject({ kind: 'settled' });
    expect(await visits()).toEqual(['tue-9']);
  });
});
