/** Transactions of tools on Postgres: what only Postgres does. */
import { sql } from 'kysely';
import { z } from 'zod';
import { defineTool, ledgerNamed } from '../../../agents';
import { TransactionTimedOut } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { desk } from '../tools/tool-harness';
import { dataLedger, fromOutside } from './outside';
import { claimOf, useDialect } from './temporary-ledger';

useDialect('postgres');

const DONE: ToolOutcome = { kind: 'succeeded', result: 'moved' };
const MOVE = { tool: 'move', effect: 'transactional' } as const;

it.each([
  'start transaction',
  '/* a /* nested */ comment */ commit',
  'savepoint x',
  "prepare transaction 'x'",
  'set search_path = public',
  'set local transaction isolation level serializable',
  'reset all',
])('a tool may not say %j', async (statement) => {
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

it('a second statement behind a semicolon does not run', async () => {
  const { ledger, visits, visit } = await dataLedger();
  const end = await ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
    await visit(tx, 'tue-9');
    await sql.raw('select 1; commit').execute(tx);
    return { outcome: DONE };
  });
  expect(end).toMatchObject({
    kind: 'body_failed',
    error: expect.objectContaining({ message: expect.stringMatching(/multiple commands/) }),
  });
  expect(await visits()).toEqual([]);
});

it('a commit inside a block of code does not run', async () => {
  const { ledger, visits, visit } = await dataLedger();
  const end = await ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
    await visit(tx, 'tue-9');
    await sql.raw('do $$ begin commit; end $$').execute(tx);
    return { outcome: DONE };
  });
  expect(end.kind).toBe('body_failed');
  expect(await visits()).toEqual([]);
});

it('an error that the tool caught has undone everything, and is told so', async () => {
  const { ledger, visits, visit } = await dataLedger();
  const end = await ledger.runTransactional(claimOf('c1', MOVE), 5_000, async (tx) => {
    await visit(tx, 'tue-9');
    await expect(visit(tx, 'tue-9')).rejects.toMatchObject({ code: '23505' });
    return { outcome: DONE };
  });
  expect(end).toMatchObject({
    kind: 'body_failed',
    error: expect.objectContaining({
      message: expect.stringMatching(/a statement of this transaction failed \(duplicate key .* undoes all of it/),
    }),
  });
  expect(await visits()).toEqual([]);
});

it('a statement that outlives its body is given up, and keeps nobody waiting', async () => {
  const { ledger, visits, visit } = await dataLedger();
  const slow = { ...MOVE, businessKey: 'tue-9', sameAs: '{}' };
  const end = await ledger.runTransactional(claimOf('c1', slow), 100, async (tx) => {
    await visit(tx, 'tue-9');
    await sql`select pg_sleep(10)`.execute(tx);
    return { outcome: DONE };
  });
  expect(end).toMatchObject({ kind: 'body_failed', error: expect.any(TransactionTimedOut) });
  const startedAt = performance.now();
  const again = await ledger.runTransactional(claimOf('c1', slow), 5_000, async (tx) => {
    await visit(tx, 'tue-9');
    return { outcome: DONE };
  });
  expect(again).toMatchObject({ kind: 'settled' });
  expect(performance.now() - startedAt).toBeLessThan(5_000);
  expect(await visits()).toEqual(['tue-9']);
});

it('settings of a tool that are local to its transaction end with it', async () => {
  const { ledger } = await dataLedger();
  const read = async (call: string, statement?: string) =>
    ledger.runTransactional(claimOf(call, MOVE), 5_000, async (tx) => {
      if (statement !== undefined) await sql.raw(statement).execute(tx);
      const { rows } = await sql<{
        tenant: string | null;
      }>`select current_setting('app.tenant', true) as tenant`.execute(tx);
      return { outcome: { kind: 'succeeded', result: rows[0]?.tenant ?? '' } };
    });
  expect(await read('c1', `set local app.tenant = 'clinic'`)).toMatchObject({ outcome: { result: 'clinic' } });
  expect(await read('c2')).toMatchObject({ outcome: { result: '' } });
});

it('the data of a tool commits with its row, through the activity, with its own types', async () => {
  const { ledger, url } = await dataLedger();
  await fromOutside(
    url,
    'create table appointment (slot text primary key, patient integer not null, at timestamptz not null)',
  );
  type Clinic = { appointment: { slot: string; patient: number; at: Date } };
  const book = defineTool({
    name: 'book',
    description: 'books',
    effect: 'transactional',
    input: z.object({ slot: z.string(), patient: z.number() }),
    ledger: ledgerNamed<Clinic>('data'),
    key: ({ slot }) => slot,
    run: async ({ slot, patient }, { tx }) => {
      const row = { slot, patient, at: new Date(0) };
      const made = await tx.insertInto('appointment').values(row).returning(['slot', 'at']).executeTakeFirstOrThrow();
      return { slot: made.slot, at: made.at.toISOString() };
    },
  });
  const { call } = desk([book], [ledger]);
  const args = { slot: 'tue-9', patient: 7 };
  const outcome = { kind: 'succeeded', result: { slot: 'tue-9', at: '1970-01-01T00:00:00.000Z' } };
  expect(await call(book, { args })).toMatchObject({ outcome, ledger: 'ran' });
  expect(await call(book, { args, info: { attempt: 2 } })).toMatchObject({ outcome, ledger: 'replayed' });
  expect(await call(book, { args, callId: 't1.s2.c1-00000000' })).toMatchObject({ ledger: 'deduplicated' });
  expect(await fromOutside(url, 'select slot, patient from appointment')).toEqual([{ slot: 'tue-9', patient: 7 }]);
});

it('NUL and half a surrogate pair come back as they were', async () => {
  const { ledger } = await dataLedger();
  const text = 'a\0b \ud800 \udfff 😀';
  const outcome: ToolOutcome = { kind: 'succeeded', result: { text } };
  const request = claimOf('c1', { ...MOVE, args: { text } });
  expect(await ledger.runTransactional(request, 5_000, async () => ({ outcome }))).toMatchObject({ outcome });
  expect(await ledger.calls({ sessionNamespace: 'session-1' })).toMatchObject([{ args: { text }, outcome }]);
});
