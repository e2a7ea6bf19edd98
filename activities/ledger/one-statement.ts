/**
 * Writes of one statement, each a transaction by itself: what can be said in one statement needs one round trip to the database, where a
 * transaction needs one to begin, one for each statement and one to commit.
 */
import type { Kysely, RawBuilder } from 'kysely';
import type { LedgerTables } from './tables';
import type { ClaimScope } from './write-transaction';

/** How such a statement is written for a database. */
export interface OneStatement {
  /**
   * What it begins with: bounds of what it waits for and, where there is a `lock`, the wait for that, as the transactions wait for it that write the
   * same. A database whose writers take turns needs neither.
   */
  readonly begin: (db: Kysely<LedgerTables>, lock?: string) => Pick<Kysely<LedgerTables>, 'insertInto' | 'updateTable'>;
  /** The database's clock in it, ms, read once it has the lock; the same throughout the statement. */
  readonly clock: RawBuilder<number>;
  /** The `lock` of a scope that is one call. */
  readonly lockOf: (scope: ClaimScope) => string;
}
