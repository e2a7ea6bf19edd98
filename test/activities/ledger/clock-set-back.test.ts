/** The database's clock is set back by an hour: simulated by rows that were written an hour from now. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fromOutside } from './outside';
import { claimOf, granted, temporaryLedger, temporaryLedgerUrl } from './temporary-ledger';

const HOUR = 3_600_000;
const KEY = { businessKey: 'p7:tue-9', sameAs: '{"slot":"tue-9"}', leaseMs: 100 };

async function claimedAnHourFromNow() {
  const url = await temporaryLedgerUrl();
  const ledger = await temporaryLedger({ url });
  const { fence } = granted(await ledger.claimToolCall(claimOf('c1', KEY)));
  await fromOutside(
    url,
    `update holdfast_calls set lease_until = lease_until + ${HOUR}, updated_at = updated_at + ${HOUR}`,
  );
  return { ledger, fence };
}

it.each(['c1', 'c2'])('a lease lasts no longer for it (%s)', async (call) => {
  const { ledger } = await claimedAnHourFromNow();
  const held = await ledger.claimToolCall(claimOf(call, KEY));
  expect(held.kind === 'held' && held.retryInMs).toBeLessThanOrEqual(100);
  await sleep(120);
  expect(granted(await ledger.claimToolCall(claimOf(call, KEY)))).toMatchObject({
    mayHaveApplied: true,
    generation: 1,
  });
});

it('a lease that is renewed goes on', async () => {
  const { ledger, fence } = await claimedAnHourFromNow();
  await ledger.claimToolCall(claimOf('c1', KEY));
  expect(await ledger.renewLease('session-1/c1', fence, 60_000)).toBe(true);
  expect(await ledger.claimToolCall(claimOf('c1', KEY))).toMatchObject({ kind: 'held' });
});
