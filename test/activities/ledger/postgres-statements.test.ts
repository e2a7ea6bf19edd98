/** What the ledger sends to Postgres for a call: few statements, which the server keeps prepared where it can. */
import { Client } from 'pg';
import type { Ledger } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { dataLedger } from './outside';
import { claimOf, granted, temporaryLedger, temporaryLedgerUrl, useDialect } from './temporary-ledger';

useDialect('postgres');

const DONE: ToolOutcome = { kind: 'succeeded', result: 'booked' };
const MOVE = { tool: 'move', effect: 'transactional' } as const;

afterEach(() => jest.restoreAllMocks());

async function ran(ledger: Ledger, call: string): Promise<void> {
  const { fence } = granted(await ledger.claimToolCall(claimOf(call)));
  expect(await ledger.settleToolCall({ callKey: `session-1/${call}`, fence, outcome: DONE })).toBe('settled');
}

/** The connection that the ledger uses while it has one thing to do at a time. */
async function connectionOf(ledger: Ledger): Promise<Client> {
  const sent = jest.spyOn(Client.prototype, 'query');
  await ledger.now();
  const [client] = sent.mock.contexts;
  sent.mockRestore();
  return client as Client;
}

async function prepared(connection: Client): Promise<readonly string[]> {
  const names = `select name from pg_prepared_statements where name like 'holdfast%'`;
  return (await connection.query<{ name: string }>(names)).rows.map(({ name }) => name);
}

async function urlWith(change: (parameters: URLSearchParams) => void): Promise<string> {
  const url = new URL(await temporaryLedgerUrl());
  change(url.searchParams);
  return url.href;
}

it('a call without a business key is one round trip for its claim and one for its outcome', async () => {
  const { ledger } = await dataLedger();
  await ran(ledger, 'c1');
  const sent = jest.spyOn(Client.prototype, 'query');
  await ran(ledger, 'c2');
  expect(sent).toHaveBeenCalledTimes(2);
});

it('a claim waits for whoever is about the same call, and no longer than it may', async () => {
  const { ledger } = await dataLedger({ lockWaitMs: 150 });
  let release = () => {};
  let began = () => {};
  const inBody = new Promise<void>((resolve) => (began = resolve));
  const busy = ledger.runTransactional(claimOf('c1', MOVE), 5_000, async () => {
    began();
    await new Promise<void>((resolve) => (release = resolve));
    return { outcome: DONE };
  });
  await inBody;
  granted(await ledger.claimToolCall(claimOf('c2', { tool: 'move' })));
  const same = claimOf('c1', { tool: 'move' });
  await expect(ledger.claimToolCall(same)).rejects.toThrow(/others kept what was needed locked for too long/);
  const waiting = ledger.claimToolCall(same);
  release();
  expect(await busy).toMatchObject({ kind: 'settled' });
  expect(await waiting).toMatchObject({ kind: 'replayed', outcome: DONE });
});

it('bounds of a statement end with it', async () => {
  const { ledger } = await dataLedger({ lockWaitMs: 150 });
  await ran(ledger, 'c1');
  const connection = await connectionOf(ledger);
  expect((await connection.query('show lock_timeout')).rows).toEqual([{ lock_timeout: '0' }]);
});

it('an outcome is on disk when it is told although the server would not wait for that', async () => {
  const url = await urlWith((parameters) =>
    parameters.set('options', `${parameters.get('options') ?? ''} -c synchronous_commit=off`),
  );
  const ledger = await temporaryLedger({ url });
  const sent = jest.spyOn(Client.prototype, 'query');
  await ran(ledger, 'c1');
  const texts = sent.mock.calls.map(([query]) => (query as unknown as { text: string }).text);
  expect(texts).toHaveLength(2);
  for (const text of texts) expect(text).toContain(`set_config('synchronous_commit', 'on', true)`);
});

describe('prepared statements', () => {
  it('are kept on the connection', async () => {
    const { ledger } = await dataLedger();
    await ran(ledger, 'c1');
    expect(await prepared(await connectionOf(ledger))).toHaveLength(2);
  });

  it('are not used where the address says so', async () => {
    const ledger = await temporaryLedger({ url: await urlWith((given) => given.set('prepared_statements', 'off')) });
    await ran(ledger, 'c1');
    expect(await prepared(await connectionOf(ledger))).toEqual([]);
  });

  /** No call may be lost by it, and none may be run by a statement of somebody else. */
  async function goesOnWithout(ledger: Ledger): Promise<void> {
    await ran(ledger, 'after');
    expect(await ledger.readCall('session-1/after')).toMatchObject({ state: 'succeeded', fence: 1 });
    const sent = jest.spyOn(Client.prototype, 'query');
    await ran(ledger, 'later');
    expect(sent).toHaveBeenCalledTimes(2);
    for (const [query] of sent.mock.calls) expect(query).not.toHaveProperty('name');
  }

  it('are given up behind a pooler that hands out a connection without them', async () => {
    const { ledger } = await dataLedger();
    await ran(ledger, 'c1');
    await (await connectionOf(ledger)).query('deallocate all');
    await goesOnWithout(ledger);
  });

  it('are given up behind a pooler that hands out a connection on which somebody else has prepared them', async () => {
    const { ledger, url } = await dataLedger();
    await ran(ledger, 'c1');
    const names = await prepared(await connectionOf(ledger));
    const another = await temporaryLedger({ name: 'data', url });
    const connection = await connectionOf(another);
    for (const name of names) await connection.query(`prepare ${name} as select 1`);
    await goesOnWithout(another);
  });

  it('are given up in the middle of a transaction, which is tried again', async () => {
    const { ledger } = await dataLedger();
    const key = (slot: string) => ({ businessKey: slot, sameAs: '{}' });
    granted(await ledger.claimToolCall(claimOf('c1', key('tue-9'))));
    await (await connectionOf(ledger)).query('deallocate all');
    expect(granted(await ledger.claimToolCall(claimOf('c2', key('wed-9')))).generation).toBe(1);
    await goesOnWithout(ledger);
  });
});
