/** What opening a database yields, whichever it is, before anything is known of what is in it. */
import type { Kysely } from 'kysely';
import type { MigrateOptions } from './migrations';
import type { OneStatement } from './one-statement';
import type { Ledger } from './port';
import type { LedgerTables } from './tables';
import type { WriteParts } from './write-transaction';

export interface OpenedDatabase {
  readonly dialect: Ledger['dialect'];
  readonly writer: Kysely<LedgerTables>;
  /** Writes rows of model calls, whose last ones a power cut may take. */
  readonly modelWriter: Kysely<LedgerTables>;
  /** Renews leases without waiting behind other writers; absent: `writer`. */
  readonly renewer?: Kysely<LedgerTables>;
  /** Reads, also while a transaction of the writer is open. */
  readonly reader: Kysely<LedgerTables>;
  /**
   * Makes the tables, or brings them up to date; does neither with `mustExist`. @returns the ledger's id.
   * @throws NewerLedger, NoLedger
   */
  readonly migrate: (options: Pick<MigrateOptions, 'mustExist'>) => Promise<string>;
  readonly clock: WriteParts['clock'];
  /** Locks what the transaction is about; absent where writers take turns. */
  readonly lock?: (ledgerId: string) => NonNullable<WriteParts['lock']>;
  /** How a write of one statement is written. */
  readonly oneStatement: (ledgerId: string) => OneStatement;
  readonly close: () => Promise<void>;
}

/** How long a call waits while others write, ms: longer than the longest transaction a tool may keep open (5 s), so that one of those delays other calls and fails none. */
export const LOCK_WAIT_MS = 10_000;
