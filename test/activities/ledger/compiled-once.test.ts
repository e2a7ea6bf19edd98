/** Statements that are built once and run with the values of each call. */
import { sql, type CompiledQuery } from 'kysely';
import { compiledOnce, repeatedAs } from '../../../activities/ledger/compiled-once';
import { openSqlite } from '../../../activities/ledger/open-sqlite';
import type { OpenedDatabase } from '../../../activities/ledger/opened-database';
import { temporaryLedgerUrl } from './temporary-ledger';

const opened: OpenedDatabase[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((database) => database.close()));
});

async function database(): Promise<OpenedDatabase> {
  const made = await openSqlite('data', await temporaryLedgerUrl('sqlite'), 1_000);
  opened.push(made);
  return made;
}

it('each run has its own values, and the statement is built once for a handle and its transactions', async () => {
  const { writer, reader } = await database();
  let built = 0;
  const add = compiledOnce<{ readonly a: number; readonly b: number }, { sum: number }>((db, values) => {
    built += 1;
    return db.selectNoFrom(sql<number>`${values.a} + 10 * ${values.b}`.as('sum'));
  });
  expect((await add(writer, { a: 1, b: 2 })).rows).toEqual([{ sum: 21 }]);
  expect((await add(writer, { a: 3, b: 4 })).rows).toEqual([{ sum: 43 }]);
  expect((await writer.transaction().execute((trx) => add(trx, { a: 5, b: 6 }))).rows).toEqual([{ sum: 65 }]);
  expect(built).toBe(1);
  expect((await add(reader, { a: 7, b: 8 })).rows).toEqual([{ sum: 87 }]);
  expect(built).toBe(2);
});

it('what is the same in every run is a value of the statement', async () => {
  const { reader } = await database();
  const read = compiledOnce<{ readonly given: string }, { fixed: string; given: string }>((db, values) =>
    db.selectNoFrom([sql<string>`${'fixed'}`.as('fixed'), sql<string>`${values.given}`.as('given')]),
  );
  expect((await read(reader, { given: 'a' })).rows).toEqual([{ fixed: 'fixed', given: 'a' }]);
});

it('a statement that calculates with a value where it is built is refused, since it would be the same for all', async () => {
  const { reader } = await database();
  const wrong = compiledOnce<{ readonly leaseMs: number }, { sum: never }>((db, values) =>
    db.selectNoFrom(sql<never>`${values.leaseMs + 1}`.as('sum')),
  );
  expect(() => wrong(reader, { leaseMs: 1 })).toThrow('leaseMs is not known when the statement is built');
});

it('only such a statement has a name, that of its text', async () => {
  const { reader } = await database();
  const run = jest.spyOn(reader, 'executeQuery');
  const one = compiledOnce<object, { one: number }>((db) => db.selectNoFrom(sql<number>`1`.as('one')));
  const two = compiledOnce<object, { two: number }>((db) => db.selectNoFrom(sql<number>`2`.as('two')));
  for (const statement of [one, one, two]) await statement(reader, {});
  const [first, again, other] = run.mock.calls.map(([query]) => repeatedAs(query as CompiledQuery));
  expect(first).toMatch(/^holdfast_[0-9a-f]{20}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  expect(repeatedAs(reader.selectNoFrom(sql`1`.as('one')).compile())).toBeUndefined();
});
