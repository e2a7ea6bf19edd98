/** Writes of one statement on Postgres. They need nothing of the connection but a transaction, so they work behind a pooler, too. */
import { sql, type RawBuilder } from 'kysely';
import type { OneStatement } from './one-statement';
import { POSTGRES_CLOCK } from './postgres-clock';
import type { TransactionSettings } from './postgres-dialect';
import { lockNumberOf } from './postgres-locks';
import type { WriterLocks } from './writer-locks';

/**
 * Whatever the server's default isolation is: at a stricter one than read committed a statement that met another writer of the same row fails
 * as contended, and is tried again.
 * @param settings of the transactions that write the same. A statement that is under way cannot be given another bound; what it may wait long
 * for is a lock.
 */
export function postgresOneStatement(
  settings: TransactionSettings,
  ledgerId: string,
  locks: WriterLocks,
): OneStatement {
  return {
    begin: (db, lock) =>
      db.with(
        (turn) => turn('turn').materialized(),
        () => beginning(settings, lock),
      ),
    clock: sql<number>`(select now from turn)`,
    lockOf: (scope) => {
      const [name = '', ...others] = locks.namesOfClaim(scope);
      if (others.length > 0)
        throw new Error('a statement of its own takes one lock; a call with a business key has two');
      return String(lockNumberOf(ledgerId, name));
    },
  };
}

/** One row, whose columns Postgres computes in the order of the list: the clock is read last. */
function beginning(settings: TransactionSettings, lock: string | undefined): RawBuilder<{ readonly now: number }> {
  const { lockTimeoutMs, synchronousCommit } = settings;
  const columns = [
    sql`set_config('lock_timeout', ${sql.lit(String(lockTimeoutMs))}, true)`,
    ...(synchronousCommit ? [sql`set_config('synchronous_commit', ${sql.lit(synchronousCommit)}, true)`] : []),
    ...(lock === undefined ? [] : [sql`pg_advisory_xact_lock(${lock}::bigint)`]),
    sql`${POSTGRES_CLOCK} as now`,
  ];
  return sql`(select ${sql.join(columns)})`;
}
