/** Many at once on one Postgres: nobody takes turns there, so the locks have to keep apart those that would meet. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Ledger } from '../../../activities/ledger/port';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { eventually } from '../../support/eventually';
import { dataLedger, fromOutside } from './outside';
import { claimOf, granted, temporaryLedger, temporaryLedgerUrl, useDialect } from './temporary-ledger';

useDialect('postgres');

const REGISTER = path.resolve(__dirname, '../../support/ts-register.js');
const DONE: ToolOutcome = { kind: 'succeeded', result: 'booked' };
const KEY = { businessKey: 'p7:tue-9', sameAs: '{"slot":"tue-9"}' };

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** @returns what it prints, line by line, and what sets it off. */
function racingProcess(url: string, number: number, ledgers: number, claims: number) {
  const program = path.join(__dirname, 'racing-process.ts');
  const child = spawn(process.execPath, ['-r', REGISTER, program, url, ...[number, ledgers, claims].map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  child.once('close', () => children.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<readonly string[]> => String((await lines.next()).value).split(' ');
  return { next, go: () => void child.stdin.write('go\n') };
}

it('20 openers in 5 processes make the tables of an empty database at once and race 200 claims of one key: one ledger, one grant', async () => {
  const url = new URL(await temporaryLedgerUrl());
  url.searchParams.set('pool_size', '4');
  const racers = Array.from({ length: 5 }, (_, number) => racingProcess(url.href, number, 4, 10));
  const ids = (await Promise.all(racers.map((racer) => racer.next()))).flat();
  expect(ids).toHaveLength(20);
  expect(new Set(ids).size).toBe(1);
  expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
  for (const racer of racers) racer.go();
  const kinds = (await Promise.all(racers.map((racer) => racer.next()))).flat();
  expect(kinds.sort()).toEqual([...Array.from({ length: 199 }, () => 'held'), 'run']);
  expect(await fromOutside(url.href, 'select state, generation from holdfast_effects')).toEqual([
    { state: 'started', generation: 1 },
  ]);
});

/**
 * Runs calls of one business key side by side over two pools. Each holder renews for a while and then dies, fails or gives up its key, so
 * that the effect is taken over again and again in the moment in which somebody else may be renewing it.
 */
it('nobody is granted a call while somebody else holds a lease that he was told of', async () => {
  const url = await temporaryLedgerUrl();
  const ledgers = [await temporaryLedger({ url }), await temporaryLedger({ url })];
  const LEASE_MS = 40;
  const until = performance.now() + 4_000;
  const holders = new Map<string, number>();
  const problems: string[] = [];
  let grants = 0;
  let takenOver = 0;

  async function holder(number: number): Promise<void> {
    const ledger = ledgers[number % 2] as Ledger;
    for (let round = 0; performance.now() < until; round += 1) {
      // Half of them share a call: later attempts of it, too, must wait for the lease.
      const request = claimOf(`c${number % 4}.${round % 2 === 0 ? 0 : number}`, { ...KEY, leaseMs: LEASE_MS });
      const askedAt = performance.now();
      const claim = await ledger.claimToolCall(request);
      if (claim.kind !== 'run') {
        await sleep(claim.kind === 'held' ? Math.min(claim.retryInMs, LEASE_MS) * Math.random() : 5);
        continue;
      }
      const me = `${request.callKey}#${claim.fence}`;
      const grantedAt = performance.now();
      for (const [other, validUntil] of holders) {
        if (validUntil > grantedAt)
          problems.push(`${me} was granted while ${other} had ${validUntil - grantedAt} ms left`);
      }
      grants += 1;
      if (claim.mayHaveApplied) takenOver += 1;
      holders.set(me, askedAt + LEASE_MS);
      const renewals = Math.floor(Math.random() * 4);
      for (let renewal = 0; renewal < renewals; renewal += 1) {
        await sleep(LEASE_MS * (0.6 + Math.random() * 0.6));
        const renewedAt = performance.now();
        if (!(await ledger.renewLease(request.callKey, claim.fence, LEASE_MS))) break;
        holders.set(me, renewedAt + LEASE_MS);
      }
      // Dies: says nothing any more. Its lease ends by itself.
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, number) => holder(number)));
  expect(problems).toEqual([]);
  expect(grants).toBeGreaterThan(20);
  expect(takenOver).toBeGreaterThan(10);
  const effects = await fromOutside(url, 'select generation from holdfast_effects');
  expect(effects).toEqual([{ generation: 1 }]);
}, 30_000);

it('what is settled, repeated, released and booked again all at once leaves one live effect', async () => {
  const url = await temporaryLedgerUrl();
  const ledgers = [await temporaryLedger({ url }), await temporaryLedger({ url })];
  let booked = 0;
  let cancelled = 0;
  await Promise.all(
    Array.from({ length: 40 }, async (_, number) => {
      const ledger = ledgers[number % 2] as Ledger;
      const request = claimOf(`c${number}`, {
        ...KEY,
        ...(number % 3 === 0 ? { tool: 'cancel', businessKey: `x${number}` } : {}),
      });
      for (;;) {
        const claim = await ledger.claimToolCall(request);
        if (claim.kind === 'held') {
          await sleep(2);
          continue;
        }
        if (claim.kind !== 'run') return;
        if (request.tool === 'cancel') cancelled += 1;
        else booked += 1;
        const releases = { tenant: 'clinic', tool: 'book', keys: [KEY.businessKey] };
        const rest = request.tool === 'cancel' ? { releases } : {};
        await ledger.settleToolCall({ callKey: request.callKey, fence: claim.fence, outcome: DONE, ...rest });
        // The lease was a minute long: without the settlement nobody else would get through.
        return;
      }
    }),
  );
  expect(cancelled).toBe(14);
  const effects = await fromOutside<{ generation: number; state: string }>(
    url,
    `select generation, state from holdfast_effects where tool = 'book' order by generation`,
  );
  expect(effects).toHaveLength(booked);
  expect(effects.slice(0, -1).every((effect) => effect.state === 'reversed')).toBe(true);
  expect(['succeeded', 'reversed']).toContain(effects.at(-1)?.state);
});

it('two tools that lock the same rows in opposite order both get through', async () => {
  const { ledger, url, visits, visit } = await dataLedger();
  await fromOutside(url, `insert into visits values ('a'), ('b')`);
  let bodies = 0;
  const both = { left: 2, open: () => {} };
  const bothBegan = new Promise<void>((resolve) => (both.open = resolve));
  const crossing = (call: string, first: string, second: string) =>
    ledger.runTransactional(claimOf(call, { tool: 'move', effect: 'transactional' }), 5_000, async (tx) => {
      bodies += 1;
      await sql`select * from visits where slot = ${first} for update`.execute(tx);
      both.left -= 1;
      if (both.left === 0) both.open();
      await bothBegan;
      await sql`select * from visits where slot = ${second} for update`.execute(tx);
      await visit(tx, call);
      return { outcome: DONE };
    });
  const ends = await Promise.all([crossing('c1', 'a', 'b'), crossing('c2', 'b', 'a')]);
  expect(ends.map((end) => end.kind)).toEqual(['settled', 'settled']);
  expect(bodies).toBe(3);
  expect(await visits()).toEqual(['a', 'b', 'c1', 'c2']);
});

it('a transaction that keeps one key locked makes nobody wait who wants another', async () => {
  const { ledger } = await dataLedger({ lockWaitMs: 150 });
  const slow = { tool: 'move', effect: 'transactional', ...KEY } as const;
  let release = () => {};
  let began = () => {};
  const inBody = new Promise<void>((resolve) => (began = resolve));
  const busy = ledger.runTransactional(claimOf('c1', slow), 5_000, async () => {
    began();
    await new Promise<void>((resolve) => (release = resolve));
    return { outcome: DONE };
  });
  await inBody;
  granted(await ledger.claimToolCall(claimOf('c2', { businessKey: 'p7:wed-9', sameAs: '{}' })));
  await expect(ledger.runTransactional(claimOf('c3', slow), 5_000, async () => ({ outcome: DONE }))).rejects.toThrow(
    /others kept what was needed locked for too long/,
  );
  release();
  expect(await busy).toMatchObject({ kind: 'settled' });
  expect(await ledger.runTransactional(claimOf('c3', slow), 5_000, async () => ({ outcome: DONE }))).toMatchObject({
    kind: 'deduplicated',
  });
});

it('a lease is renewed although tools keep every other connection busy', async () => {
  const url = new URL(await temporaryLedgerUrl());
  url.searchParams.set('pool_size', '2');
  const ledger = await temporaryLedger({ url: url.href });
  const { fence } = granted(await ledger.claimToolCall(claimOf('leased')));
  const ends: (() => void)[] = [];
  const busy = ['c1', 'c2', 'c3'].map((call) =>
    ledger.runTransactional(claimOf(call, { tool: 'move', effect: 'transactional' }), 5_000, async () => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return { outcome: DONE };
    }),
  );
  await eventually('both connections to be busy', () => ends.length === 2);
  expect(await ledger.renewLease('session-1/leased', fence, 60_000)).toBe(true);
  expect(ends).toHaveLength(2);
  const letThrough = setInterval(() => ends.splice(0).forEach((end) => end()), 1);
  expect((await Promise.all(busy)).map((end) => end.kind)).toEqual(['settled', 'settled', 'settled']);
  clearInterval(letThrough);
});
