/** Turns among the writers of one process: in order, but for renewals of leases. */
import { LedgerUnavailable } from '../../../activities/ledger/port';
import { WriteLock } from '../../../activities/ledger/write-lock';
import { claimOf, granted, temporaryLedger } from './temporary-ledger';

describe('a turn', () => {
  it('is given in the order asked, urgent ones first', async () => {
    const lock = new WriteLock();
    await lock.acquire(1_000);
    const order: string[] = [];
    const ask = (name: string, urgent: boolean) =>
      lock.acquire(1_000, urgent).then(() => order.push(name) && lock.release());
    const all = [ask('a', false), ask('b', false), ask('c', true), ask('d', false), ask('e', true)];
    lock.release();
    await Promise.all(all);
    expect(order).toEqual(['c', 'e', 'a', 'b', 'd']);
  });

  it('that does not come in time is given up, urgent or not, and left to the others', async () => {
    const lock = new WriteLock();
    await lock.acquire(1_000);
    await expect(Promise.all([lock.acquire(10, true)])).rejects.toThrow(LedgerUnavailable);
    await expect(Promise.all([lock.acquire(10)])).rejects.toThrow(LedgerUnavailable);
    const next = lock.acquire(1_000);
    lock.release();
    await next;
  });
});

it('a lease is renewed before the transactions that wait, however many there are', async () => {
  const ledger = await temporaryLedger();
  const { fence } = granted(await ledger.claimToolCall(claimOf('leased', { args: {} })));
  const bodies: string[] = [];
  const ends: (() => void)[] = [];
  const run = (name: string) =>
    ledger.runTransactional({ ...claimOf(name, { args: {} }), effect: 'transactional' }, 5_000, async () => {
      bodies.push(name);
      await new Promise<void>((resolve) => ends.push(resolve));
      return { outcome: { kind: 'succeeded', result: name } };
    });
  const running = run('first');
  while (bodies.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const waiting = ['second', 'third', 'fourth'].map(run);
  const renewed = ledger.renewLease('session-1/leased', fence, 60_000).then((held) => [held, [...bodies]]);
  ends[0]?.();
  expect(await renewed).toEqual([true, ['first']]);
  // The others are let through as they come.
  const letThrough = setInterval(() => ends.splice(0).forEach((end) => end()), 1);
  await Promise.all([running, ...waiting]);
  clearInterval(letThrough);
});
