/** Locks of writers on Postgres: advisory ones, which need no row to be there yet and end with the transaction. */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { readingClock, type LedgerTransaction } from './claims';
import { POSTGRES_CLOCK } from './postgres-clock';
import { FIRST_STATEMENT } from './postgres-turn';

const readClock = readingClock(POSTGRES_CLOCK);

/**
 * Waits for the locks, and reads the clock once it has them all.
 * @param ledgerId other ledgers in the database have other locks.
 * @param names of what is locked, in any order. Two that have the same number wait for each other now and then, which harms nothing.
 */
export async function lockAndReadClock(
  trx: LedgerTransaction,
  ledgerId: string,
  names: readonly string[],
): Promise<number> {
  if (names.length === 0) return readClock(trx);
  const numbers = [...new Set(names.map((name) => lockNumberOf(ledgerId, name)))].sort(ascending);
  // In the order of the list, the same for everybody, so that no two wait for each other for ever.
  const { rows } = await sql<{ now: number }>`${sql.raw(FIRST_STATEMENT)}
    select pg_advisory_xact_lock(number), ${POSTGRES_CLOCK} as now
    from unnest(${sql.lit(`{${numbers.join(',')}}`)}::bigint[]) as number`.execute(trx);
  return Math.max(...rows.map((row) => row.now));
}

/** What Postgres locks for a name. */
export function lockNumberOf(ledgerId: string, name: string): bigint {
  return createHash('sha256').update(`${ledgerId}\n${name}`).digest().readBigInt64BE(0);
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
