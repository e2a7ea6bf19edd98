/** Rows that are kept from others until the transaction ends. SQLite has no need of it: there one writer is in at a time. */
import { PostgresAdapter } from 'kysely';
import { POSTGRES_CLOCK } from './postgres-clock';
import type { LedgerTransaction } from './claims';

export function hasRowLocks(trx: Pick<LedgerTransaction, 'getExecutor'>): boolean {
  return trx.getExecutor().adapter instanceof PostgresAdapter;
}

/**
 * The clock by which a row is to be read that was waited for: whoever had it may have written it since `now` was read. Where not even the clock
 * after the wait has come as far, it was set back, and `now` it is.
 * @param writtenAt when the row was written.
 */
export async function clockAfterWait(trx: LedgerTransaction, now: number, writtenAt: number): Promise<number> {
  if (writtenAt <= now || !hasRowLocks(trx)) return now;
  const read = await trx.selectNoFrom(POSTGRES_CLOCK.as('now')).executeTakeFirstOrThrow();
  return read.now < writtenAt ? now : read.now;
}
