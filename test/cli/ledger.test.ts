/** `holdfast ledger show` and `ledger prune`, on a ledger with a row of each sort. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openLedger, type Ledger, type LedgerCall } from '../../activities/ledger';
import { connect, type SessionClient } from '../../client';
import type { ToolOutcome } from '../../workflows/contracts';
import { startStubWorker, type StubWorker } from '../client/stub-worker';
import { eventually } from '../support/eventually';
import { queryOnce, temporaryDatabase } from '../support/postgres';
import { TestServer } from '../support/temporal-server';
import { cli, FakeIo } from './fake-io';

const DONE = { kind: 'succeeded', result: 'booked' } as const;
const HASH = 'a'.repeat(64);

let folder: string;
let url: string;
let ledger: Ledger;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-cli-ledger-'));
  url = path.join(folder, 'ledger.sqlite');
  ledger = await openLedger({ name: 'default', url });
});

afterEach(async () => {
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

async function call(callKey: string, outcome?: ToolOutcome, businessKey?: string, leaseMs = 60_000): Promise<void> {
  const row = { callKey, tenant: '', tool: 'book', effect: 'idempotent', argsHash: HASH, args: { slot: 9 } } as const;
  const claim = await ledger.claimToolCall({
    ...row,
    attempt: 1,
    owner: 'test:1',
    leaseMs,
    keyValidForMs: 1,
    businessKey,
  });
  if (claim.kind !== 'run') throw new Error(`not granted: ${claim.kind}`);
  if (outcome) await ledger.settleToolCall({ callKey, fence: claim.fence, outcome });
}

/** Calls of the session `ns` and of others. */
async function rows(ns: string): Promise<void> {
  await call(`${ns}/t1.s1.c1`, DONE, 'p7:tue\u001b[2J');
  await call(`${ns}/t1.s1.c2`, { kind: 'unknown', message: '?' });
  const decision = { as: 'give_up', outcome: { kind: 'unknown', message: 'nobody knows' } } as const;
  await ledger.resolveToolCall({ callKey: `${ns}/t1.s1.c2`, tool: 'book', actId: 'a', by: 'ada', decision });
  await call(`${ns}/h1/t1.s1.c1`, undefined, undefined, -1);
  await ledger.beginModelCall({ callKey: `${ns}/t1.s1`, attempt: 1, owner: 'test:1', estimate: 1 });
  await call('other/t1.s1.c1', DONE);
}

describe('holdfast ledger show', () => {
  it('shows the calls under a key, to people', async () => {
    await rows('run-1');
    const run = await cli(['ledger', 'show', '--namespace-key', 'run-1', '--ledger', url]);
    expect(run.code).toBe(0);
    expect(run.err).toEqual([`4 calls under run-1 in the ledger ${ledger.id}`]);
    const lines = run.out.map((line) => line.split(/ {2,}/).map((cell) => cell.trim()));
    expect(lines[0]).toEqual([
      'call',
      'tool',
      'effect',
      'state',
      'claims',
      'key',
      'gen',
      'started',
      'settled',
      'outcome',
      'evidence',
    ]);
    const line = (id: string) => run.out.find((one) => one.startsWith(`${id} `)) ?? '';
    expect(line('t1.s1.c1')).toMatch(/book +idempotent +succeeded +1 +p7:tue\\x1b\[2J +1 +20\S+Z +20\S+Z +succeeded$/);
    expect(line('t1.s1.c2')).toMatch(/unresolved .* unknown \(ada said give up\)$/);
    expect(line('h1/t1.s1.c1')).toMatch(/started .* waits to be run$/);
    expect(line('t1.s1')).toMatch(/\(model\) +started/);
  });

  it('shows them to programs, from the ledger of the environment', async () => {
    await rows('run-1');
    const io = new FakeIo(false, { HOLDFAST_LEDGER_URL: url });
    const run = await cli(['ledger', 'show', '--namespace-key', 'run-1', '-o', 'json'], '', io);
    const calls = JSON.parse(run.out.join('\n')) as LedgerCall[];
    expect(calls.map((one) => one.callKey).sort()).toEqual([
      'run-1/h1/t1.s1.c1',
      'run-1/t1.s1',
      'run-1/t1.s1.c1',
      'run-1/t1.s1.c2',
    ]);
    expect(calls.find((one) => one.callId === 't1.s1.c2')).toMatchObject({ resolution: { as: 'give_up', by: 'ada' } });
  });

  it('says so where there is nothing', async () => {
    const io = new FakeIo(false, { HOLDFAST_DATA_DIR: folder });
    expect(await cli(['ledger', 'show', '--namespace-key', 'nobody'], '', io)).toMatchObject({
      code: 0,
      out: [],
      err: [`no calls under nobody in the ledger ${ledger.id}`],
    });
  });

  it.each<[string, readonly string[], RegExp]>([
    ['no ledger', ['--namespace-key', 'x', '--ledger', '/nowhere/ledger.sqlite'], /there is no ledger at \/nowhere/],
    ['neither session nor key', [], /takes the id of a session, or --namespace-key/],
    ['both', ['s1', '--namespace-key', 'x'], /takes the id of a session, or --namespace-key/],
  ])('refuses %s', async (_, args, words) => {
    const run = await cli(['ledger', 'show', ...args], '', new FakeIo(false, { HOLDFAST_LEDGER_URL: url }));
    expect(run).toMatchObject({ code: 2, out: [] });
    expect(run.err).toEqual([expect.stringMatching(words)]);
  });

  describe('of a session', () => {
    let server: TestServer;
    let worker: StubWorker;
    let client: SessionClient;
    beforeAll(async () => {
      server = await TestServer.start();
      worker = await startStubWorker({ address: server.address });
      client = await connect({ address: server.address, taskQueue: worker.taskQueue });
    });
    afterAll(async () => {
      await client?.close();
      await worker?.stop();
      await server?.stop();
    });

    it('finds them by its id, also when it has ended', async () => {
      const session = await client.startSession({ agent: 'parrot' });
      await session.send('hi');
      await rows(await session.firstRunId());
      const args = ['ledger', 'show', session.id, '--address', server.address, '--ledger', url];
      expect((await cli(args)).out).toHaveLength(5);
      await session.end();
      await session.result();
      expect((await cli(args)).out).toHaveLength(5);
      const gone = await cli(['ledger', 'show', 'nobody-here', '--address', server.address, '--ledger', url]);
      expect(gone.err).toEqual([expect.stringContaining('there is no session nobody-here')]);
    });
  });
});

describe('a database that holds no ledger', () => {
  it('is left as it is', async () => {
    const file = path.join(folder, 'shop.sqlite');
    const shop = new DatabaseSync(file);
    shop.exec('create table orders (id integer)');
    shop.close();
    const before = readFileSync(file);
    for (const command of [
      ['show', '--namespace-key', 'x'],
      ['prune', '--older-than', '90d', '--dry-run'],
    ]) {
      const run = await cli(['ledger', ...command, '--ledger', file]);
      expect(run).toMatchObject({ code: 1, out: [] });
      expect(run.err).toEqual([expect.stringMatching(/shop\.sqlite could not be opened: it holds no ledger/)]);
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('is left as it is on Postgres', async () => {
    const database = await temporaryDatabase();
    try {
      const run = await cli(['ledger', 'show', '--namespace-key', 'x', '--ledger', database.url]);
      expect(run.err).toEqual([expect.stringMatching(/could not be opened: it holds no ledger/)]);
      const tables = `select count(*)::int as n from pg_class where relname like 'holdfast%' and relnamespace = current_schema()::regnamespace`;
      expect(await queryOnce(database.url, tables)).toEqual([{ n: 0 }]);
    } finally {
      await database.drop();
    }
  });
});

describe('holdfast ledger prune', () => {
  const prune = (...args: readonly string[]) => cli(['ledger', 'prune', '--ledger', url, ...args]);

  it('refuses what is less than a day, or no duration', async () => {
    await rows('run-1');
    for (const [age, words] of [
      ['23h', /--older-than 23h is less than a day: .*--force/],
      ['soon', /--older-than must be a positive duration/],
    ] as const) {
      const run = await prune('--older-than', age);
      expect(run).toMatchObject({ code: 2, out: [] });
      expect(run.err).toEqual([expect.stringMatching(words)]);
    }
    expect((await cli(['ledger', 'prune', '--ledger', url])).err.join(' ')).toMatch(/--older-than <duration>/);
    expect(await ledger.calls({ sessionNamespace: 'other' })).toHaveLength(1);
  });

  it('deletes nothing that is young', async () => {
    await rows('run-1');
    expect((await prune('--older-than', '1d')).out[0]).toMatch(/^deleted 0 calls and 0 effects settled before 20\S+Z/);
  });

  it('says what it would delete, deletes it, and says what it kept', async () => {
    await rows('run-1');
    const settled = await ledger.now();
    await eventually('the clock to move on', async () => (await ledger.now()) > settled + 1);
    const args = ['--older-than', '1ms', '--force'];
    const dry = await prune(...args, '--dry-run');
    expect(dry.out[0]).toMatch(/^would delete 1 call and 0 effects settled before/);
    expect(await ledger.calls({ sessionNamespace: 'other' })).toHaveLength(1);
    const run = await prune(...args);
    expect(run).toMatchObject({ code: 0, err: [] });
    expect(run.out).toEqual([
      expect.stringMatching(/^deleted 1 call and 0 effects settled before 20\S+Z from the ledger /),
      expect.stringMatching(/^kept calls that are started or unresolved, keys that are in use/),
    ]);
    expect(await ledger.calls({ sessionNamespace: 'other' })).toHaveLength(0);
    expect(await ledger.calls({ sessionNamespace: 'run-1' })).toHaveLength(4);
    const json = JSON.parse((await prune(...args, '--json')).out.join('\n')) as unknown;
    expect(json).toMatchObject({ ledger: ledger.id, dryRun: false, calls: 0, effects: 0 });
  });

  it('needs no codecs for a sealed ledger', async () => {
    const sealed = path.join(folder, 'sealed.sqlite');
    const codec = { encode: async <T>(payloads: T) => payloads, decode: async <T>(payloads: T) => payloads };
    await (await openLedger({ name: 'default', url: sealed, payloadCodecs: [codec] })).close();
    expect((await cli(['ledger', 'prune', '--ledger', sealed, '--older-than', '90d'])).code).toBe(0);
    expect((await cli(['ledger', 'show', '--namespace-key', 'x', '--ledger', sealed])).err).toEqual([
      expect.stringContaining('holds sealed content'),
    ]);
  });
});
