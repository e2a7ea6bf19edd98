/** Opening a ledger on Postgres: what is made, and one sentence for each thing that may be wrong. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { LedgerOpenError, shownLedgerUrl } from '../../../activities/ledger/ledger-url';
import { openLedger } from '../../../activities/ledger/open-ledger';
import { pickFreePort } from '../../../worker/dev-server/ports';
import { queryOnce, sharedPostgresUrl, startPostgres, type TestPostgres } from '../../support/postgres';
import { fromOutside } from './outside';
import { claimOf, granted, temporaryLedger, temporaryLedgerUrl } from './temporary-ledger';

function changed(url: string, change: (url: URL) => void): string {
  const parsed = new URL(url);
  change(parsed);
  return parsed.href;
}

/** What opening fails with; the password must not be in it. */
async function refusal(url: string): Promise<string> {
  const opened = openLedger({ name: 'data', url });
  await expect(opened).rejects.toThrow(LedgerOpenError);
  const message = await opened.then(
    () => '',
    (error: unknown) => (error as Error).message,
  );
  expect(message).toMatch(/^ledger "data"/);
  expect(message).not.toContain('\n');
  expect(message).not.toMatch(/not-a-secret|hunter2/);
  return message;
}

describe('a ledger on Postgres', () => {
  it('has one id for ever, and its tables in the schema that the address names', async () => {
    const url = await temporaryLedgerUrl('postgres');
    const first = await temporaryLedger({ url });
    const again = await temporaryLedger({ url });
    const elsewhere = await temporaryLedger({ url: await temporaryLedgerUrl('postgres') });
    expect(first.dialect).toBe('postgres');
    expect(again.id).toBe(first.id);
    expect(elsewhere.id).not.toBe(first.id);
    granted(await first.claimToolCall(claimOf('c1')));
    expect(await again.calls({ sessionNamespace: 'session-1' })).toHaveLength(1);
    expect(await elsewhere.calls({ sessionNamespace: 'session-1' })).toHaveLength(0);
  });

  it('has no more connections than its address says, however much it has to do', async () => {
    const name = `few-${randomUUID()}`;
    const url = changed(await temporaryLedgerUrl('postgres'), (parsed) => {
      parsed.searchParams.set('pool_size', '3');
      parsed.searchParams.set('application_name', name);
    });
    const ledger = await temporaryLedger({ url });
    let inside = 0;
    let allInside = () => {};
    const threeInside = new Promise<void>((resolve) => (allInside = resolve));
    let letGo = () => {};
    const counting = new Promise<void>((resolve) => (letGo = resolve));
    const calls = Array.from({ length: 60 }, (_, index) =>
      ledger.runTransactional(claimOf(`c${index}`, { effect: 'transactional' }), 5_000, async () => {
        inside += 1;
        if (inside === 3) allInside();
        await counting;
        return { outcome: { kind: 'succeeded', result: index } };
      }),
    );
    const counted = async () => {
      const query = `select count(*)::int as count from pg_stat_activity where application_name = $1`;
      return (await queryOnce<{ count: number }>(sharedPostgresUrl(), query, [name]))[0]?.count;
    };
    await threeInside;
    const during = await counted();
    letGo();
    await Promise.all(calls);
    expect([during, await counted()]).toEqual([3, 3]);
  });

  it('tells the server who it is', async () => {
    const ledger = await temporaryLedger({ url: await temporaryLedgerUrl('postgres') });
    const end = await ledger.runTransactional(claimOf('c1', { effect: 'transactional' }), 5_000, async (tx) => {
      const { rows } = await sql<{ name: string }>`select current_setting('application_name') as name`.execute(tx);
      return { outcome: { kind: 'succeeded', result: rows[0]?.name ?? null } };
    });
    expect(end).toMatchObject({ outcome: { result: 'holdfast' } });
  });

  it('reads the clock of the server in whole ms', async () => {
    const ledger = await temporaryLedger({ url: await temporaryLedgerUrl('postgres') });
    const now = await ledger.now();
    expect(Number.isInteger(now)).toBe(true);
    expect(Math.abs(now - Date.now())).toBeLessThan(60_000);
  });
});

describe('a ledger on Postgres that cannot be opened says why', () => {
  it('a wrong password', async () => {
    const url = changed(sharedPostgresUrl(), (parsed) => (parsed.password = 'hunter2'));
    expect(await refusal(url)).toMatch(/the password of the user holdfast is wrong/);
  });

  it('no such database', async () => {
    const url = changed(sharedPostgresUrl(), (parsed) => (parsed.pathname = '/nowhere'));
    expect(await refusal(url)).toMatch(/database "nowhere" does not exist; make it with: create database "nowhere"/);
  });

  it('no such schema', async () => {
    const url = changed(sharedPostgresUrl(), (parsed) => parsed.searchParams.set('options', '-c search_path=nowhere'));
    expect(await refusal(url)).toMatch(/no schema to make the tables in; make the one that search_path names/);
  });

  it('a user who may make no tables', async () => {
    const url = await temporaryLedgerUrl('postgres');
    const schema = /search_path=(\w+)/.exec(decodeURIComponent(url).replace('+', ' '))?.[1] ?? '';
    const role = `${schema}_guest`;
    await fromOutside(url, `create role ${role} login password 'hunter2'`);
    await fromOutside(url, `grant usage on schema ${schema} to ${role}`);
    try {
      const guest = changed(url, (parsed) => {
        parsed.username = role;
        parsed.password = 'hunter2';
      });
      expect(await refusal(guest)).toMatch(/may not do what the ledger needs .*permission denied for schema/);
    } finally {
      await fromOutside(url, `revoke all on schema ${schema} from ${role}`);
      await fromOutside(url, `drop role ${role}`);
    }
  });

  it('nobody at that address, after some seconds', async () => {
    const url = `postgres://ann:hunter2@127.0.0.1:${await pickFreePort('127.0.0.1')}/x`;
    expect(await refusal(url)).toMatch(/nobody answers there .*is it running/);
  });

  it('TLS where the server has none', async () => {
    const url = changed(sharedPostgresUrl(), (parsed) => parsed.searchParams.set('sslmode', 'require'));
    expect(await refusal(url)).toMatch(/does not support SSL connections; say sslmode=disable/);
  });

  it('tables of a later version, which stay as they are', async () => {
    const url = await temporaryLedgerUrl('postgres');
    await (await openLedger({ name: 'data', url })).close();
    await fromOutside(url, `insert into holdfast_migrations values ('9999-later', 'now')`);
    expect(await refusal(url)).toMatch(/made by a later version \(it has 9999-later\); upgrade Holdfast here/);
  });

  it.each([
    ['postgres://ann:hun/ter2@db:5432/x', /its address cannot be read/],
    ['postgres://ann:hunter2@db:port/x', /its address cannot be read/],
    ['postgres://ann:hunter2@db/x?pool_size=1', /pool_size must be a whole number from 2 to 1000/],
    ['postgres://ann:hunter2@db/x?prepared_statements=no', /prepared_statements must be on or off/],
    ['postgres://ann:hunter2@db/x?sslmode=verify-ca', /sslrootcert/],
    ['postgres://ann:hunter2@db/x?sslmode=verify-full&sslrootcert=/no/such/file', /\/no\/such\/file/],
  ])('%s', async (url, words) => {
    expect(await refusal(url)).toMatch(words);
  });
});

describe('an address as people see it', () => {
  it.each([
    ['postgres://ann:hunter2@db:5432/x?sslmode=require&password=hunter2', 'postgres://ann@db:5432/x'],
    ['postgresql:///x', 'postgres:///x'],
    ['postgres://ann:hun ter2@:::', 'postgres://…'],
    ['/data/ledger.sqlite', '/data/ledger.sqlite'],
  ])('%s', (url, shown) => {
    expect(shownLedgerUrl(url)).toBe(shown);
  });
});

describe('a Postgres that is just starting', () => {
  let postgres: TestPostgres | undefined;
  afterEach(async () => postgres?.stop());

  it('is waited for', async () => {
    postgres = await startPostgres();
    await postgres.kill();
    const opening = openLedger({ name: 'data', url: postgres.url });
    opening.catch(() => undefined);
    await sleep(300);
    await postgres.start();
    const ledger = await opening;
    granted(await ledger.claimToolCall(claimOf('c1')));
    await ledger.close();
  });
});
