/** How a write begins: in one place, which knows what it is about before anything is read. */
import type { Kysely, RawBuilder } from 'kysely';
import { readingClock, type LedgerTransaction } from './claims';
import { retriedWhenContended } from './contention';
import type { ToolCallClaimRequest } from './port';
import type { LedgerTables } from './tables';

/** What a write reads and changes; a database whose writers do not take turns locks it first. */
export type WriteScope =
  /** One statement on one row, guarded by its own conditions. */
  | { readonly kind: 'statement' }
  /** A call's row, and nothing else. */
  | { readonly kind: 'call'; readonly callKey: string }
  /** A call's row and, where it has a business key (which only its row says), that effect and the calls that share it. */
  | { readonly kind: 'call_and_effect'; readonly callKey: string }
  /** A call that may have no row yet, and the effect of its business key, where it has one. */
  | {
      readonly kind: 'claim';
      readonly callKey: string;
      readonly tenant: string;
      readonly tool: string;
      readonly businessKey?: string;
    };

export type ClaimScope = Extract<WriteScope, { kind: 'claim' }>;

/** Runs `body` in a transaction, with the database's clock; what it throws rolls it back. */
export type WriteTransaction = <T>(
  scope: WriteScope,
  body: (trx: LedgerTransaction, now: number) => Promise<T>,
  db?: Kysely<LedgerTables>,
) => Promise<T>;

export interface WriteParts {
  /** Writes, in transactions of which no two that touch the same rows run at once. */
  readonly writer: Kysely<LedgerTables>;
  /** The database's clock, ms; a moving one, also inside a transaction. */
  readonly clock: RawBuilder<number>;
  /** Called first in each transaction; absent where writers take turns. @returns the clock, read once the locks are there. */
  readonly lock?: (trx: LedgerTransaction, scope: WriteScope) => Promise<number>;
}

export function writeTransactions({ writer, clock, lock }: WriteParts, assertOpen: () => void): WriteTransaction {
  const readClock = readingClock(clock);
  return async (scope, body, db = writer) => {
    assertOpen();
    return retriedWhenContended(() =>
      db.transaction().execute(async (trx) => {
        const now = lock ? await lock(trx, scope) : await readClock(trx);
        return body(trx, now);
      }),
    );
  };
}

export function claimScope(request: ToolCallClaimRequest): ClaimScope {
  const { callKey, tenant, tool, businessKey } = request;
  return { kind: 'claim', callKey, tenant, tool, businessKey };
}
