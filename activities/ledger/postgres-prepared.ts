/**
 * Which statements Postgres keeps prepared on a connection. Reading and planning a statement anew takes it longer than running it, and each of the ledger's own comes
 * again with every call.
 */
import type { CompiledQuery } from 'kysely';
import { repeatedAs } from './compiled-once';
import { TransactionContended } from './contention';
import { postgresCode } from './postgres-errors';

/** No statement of this name, or one already: somebody gives connections to others between transactions, and does not know of prepared statements. */
const ANOTHER_CONNECTION = ['26000', '42P05'];

export class PreparedStatements {
  #used: boolean;

  /** @param used false: every statement is sent in full. */
  constructor(used: boolean) {
    this.#used = used;
  }

  /** @returns what the statement is called on the connection; undefined for one that is sent in full. */
  nameOf(query: CompiledQuery): string | undefined {
    return this.#used ? repeatedAs(query) : undefined;
  }

  /**
   * Behind a pooler that does not know of them the first errors say so; from then on none is used. Such a statement has not been run, so
   * its transaction is tried again.
   * @param error of a statement that went by a name.
   * @returns undefined for any other.
   */
  notKept(error: unknown): TransactionContended | undefined {
    if (!ANOTHER_CONNECTION.includes(postgresCode(error) ?? '')) return undefined;
    this.#used = false;
    return new TransactionContended('the connection does not keep prepared statements; it is tried again without', {
      cause: error,
    });
  }
}
