/**
 * A Postgres that goes away at any moment: every call says that the ledger is unavailable, or what is true; nothing is lost that was said
 * to be recorded, nothing ends this process, and all goes on once the server is back.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger } from '../../../activities/ledger/open-ledger';
import { LedgerUnavailable, type Ledger } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { eventually } from '../../support/eventually';
import { startPostgres, type TestPostgres } from '../../support/postgres';
import { claimOf, granted } from './claim-of';
import { fromOutside } from './outside';

const DONE: ToolOutcome = { kind: 'succeeded', result: 'booked' };
const MOVE = { tool: 'move', effect: 'transactional' } as const;

let postgres: TestPostgres;
let ledger: Ledger;
const strays: unknown[] = [];
const onStray = (error: unknown) => strays.push(error);

beforeAll(async () => {
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
  postgres = await startPostgres();
  ledger = await openLedger({ name: 'data', url: postgres.url, lockWaitMs: 3_000 });
  await fromOutside(postgres.url, 'create table visits (slot text primary key)');
});

afterAll(async () => {
  await ledger.close();
  await postgres.stop();
  process.off('unhandledRejection', onStray);
  process.off('uncaughtException', onStray);
});

afterEach(() => {
  expect(strays).toEqual([]);
});

/** Until the server is back, as Temporal would try again. */
async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  return eventually('the ledger to be back', async () => {
    try {
      return { value: await work() };
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerUnavailable);
      return undefined;
    }
  }).then(({ value }) => value);
}

it('killed while nothing is under way: the next call says so, and all goes on when it is back', async () => {
  granted(await ledger.claimToolCall(claimOf('idle')));
  await postgres.kill();
  await expect(ledger.claimToolCall(claimOf('away'))).rejects.toThrow(LedgerUnavailable);
  await expect(ledger.readCall('session-1/idle')).rejects.toThrow(
    /the ledger cannot be used: Postgres cannot be reached/,
  );
  await postgres.start();
  expect(await tryAgain(() => ledger.claimToolCall(claimOf('idle')))).toMatchObject({ kind: 'held' });
});

it.each(['kill', 'stop'] as const)(
  '%s in the middle of a tool’s transaction: nothing of it is kept, and it runs again',
  async (how) => {
    const request = claimOf(`in-body-${how}`, MOVE);
    const run = (inBody: () => Promise<void>) =>
      ledger.runTransactional(request, 5_000, async (tx) => {
        const table = tx.withTables<{ visits: { slot: string } }>();
        await table.insertInto('visits').values({ slot: how }).execute();
        await inBody();
        await table.selectFrom('visits').selectAll().execute();
        return { outcome: DONE };
      });
    const away = how === 'kill' ? () => postgres.kill() : () => postgres.stop({ forGood: false });
    await expect(run(away)).rejects.toThrow(LedgerUnavailable);
    await postgres.start();
    expect(await tryAgain(() => run(async () => {}))).toMatchObject({ kind: 'settled' });
    expect(await fromOutside(postgres.url, `select slot from visits where slot = '${how}'`)).toHaveLength(1);
  },
);

it('killed again and again under load: what was said to be recorded is there, and every call ends once', async () => {
  const CALLS = 60;
  const told = new Map<string, ToolOutcome>();
  const one = async (number: number) => {
    const request = claimOf(`load-${number}`, { leaseMs: 300 });
    for (;;) {
      const claim = await tryAgain(() => ledger.claimToolCall(request));
      if (claim.kind === 'held') await sleep(Math.min(claim.retryInMs, 50));
      else if (claim.kind === 'replayed') return;
      else {
        const outcome: ToolOutcome = { kind: 'succeeded', result: `${number} by ${granted(claim).fence}` };
        await sleep(Math.random() * 20);
        const settle = { callKey: request.callKey, fence: granted(claim).fence, outcome };
        if ((await tryAgain(() => ledger.settleToolCall(settle))) === 'settled') told.set(request.callKey, outcome);
      }
    }
  };
  let going = true;
  const kills = (async () => {
    for (let kill = 0; kill < 4; kill += 1) {
      await sleep(60 + Math.random() * 100);
      await postgres.kill();
      await postgres.start();
    }
    going = false;
  })();
  let next = 0;
  const lane = async () => {
    while (next < CALLS || going) {
      await one(next);
      next += 1;
    }
  };
  await Promise.all([kills, ...Array.from({ length: 6 }, lane)]);
  const rows = (await ledger.calls({ sessionNamespace: 'session-1' })).filter((row) => row.callId.startsWith('load-'));
  expect(rows.length).toBeGreaterThanOrEqual(CALLS);
  expect(rows.every((row) => row.state === 'succeeded')).toBe(true);
  expect(told.size).toBe(rows.length);
  for (const row of rows) expect(row.outcome).toEqual(told.get(row.callKey));
});

describe('a connection that breaks during a commit', () => {
  let proxy: Server;
  let cut = false;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    proxy = createServer((client) => {
      const server = connect(postgres.port, '127.0.0.1');
      for (const socket of [client, server]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => (client.destroy(), server.destroy()));
      }
      client.on('data', (data) => {
        server.write(data);
        // The commit arrives, its answer does not.
        if (cut && data.includes('commit\0')) {
          cut = false;
          server.removeAllListeners('data');
          setTimeout(() => client.destroy(), 50);
        }
      });
      server.on('data', (data) => client.write(data));
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });

  it('leaves open whether it took place, and the next try finds out', async () => {
    const url = new URL(postgres.url);
    url.port = String((proxy.address() as AddressInfo).port);
    const far = await openLedger({ name: 'data', url: url.href });
    const request = claimOf('cut-off', MOVE);
    let bodies = 0;
    const run = () =>
      far.runTransactional(request, 5_000, async (tx) => {
        bodies += 1;
        await tx.withTables<{ visits: { slot: string } }>().insertInto('visits').values({ slot: 'cut-off' }).execute();
        cut = true;
        return { outcome: DONE };
      });
    await expect(run()).rejects.toThrow(/broke during a commit; whether it took place is seen when it is tried again/);
    expect(await run()).toMatchObject({ kind: 'replayed', outcome: DONE });
    expect(bodies).toBe(1);
    await far.close();
  });
});
