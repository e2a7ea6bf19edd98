/** The ledger a session is bound to, on this worker. */
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { LedgerRef } from '../../workflows/contracts/tool';
import type { Ledger } from '../ledger/port';
import { jittered, retryable } from './retry-failures';

/** @throws LedgerMismatch (retryable) before anything ran: another worker may have the right one. */
export function pinnedLedger(ledgers: ReadonlyMap<string, Ledger>, pinned: LedgerRef): Ledger {
  const ledger = ledgers.get(pinned.name);
  if (ledger?.id === pinned.id) return ledger;
  const found = ledger ? `this worker's has the id ${ledger.id}` : `this worker has none of that name`;
  const message =
    `the session keeps its records in the ledger ${JSON.stringify(pinned.name)} with the id ${pinned.id}, and ${found}; ` +
    'nothing was run. Give all workers of this task queue the same ledger, or this one another task queue.';
  throw retryable(FAILURE_TYPES.ledgerMismatch, message, jittered(10_000));
}
