/** The activity `conversation.close`: a session with stored parts has ended, so they may be pruned in time. */
import type { EngineActivities } from '../../workflows/contracts/activities';
import type { Ledger } from '../ledger/port';
import { pinnedLedger } from '../tools/pinned-ledger';
import { withLedgerFailures } from '../tools/tool-activity';
import { checkCloseInput } from './check-input';

export interface CloseActivityOptions {
  /** By name. */
  readonly ledgers: ReadonlyMap<string, Ledger>;
}

/**
 * @returns the activity. It throws ApplicationFailure of a registered type, all of them retryable: `LedgerMismatch`, `LedgerUnavailable`,
 * `BadActivityInput`.
 */
export function createCloseActivity({ ledgers }: CloseActivityOptions): EngineActivities['conversation.close'] {
  return async (input) => {
    checkCloseInput(input);
    await withLedgerFailures(() => pinnedLedger(ledgers, input.ledger).closeSegments(input.keyNamespace));
  };
}
