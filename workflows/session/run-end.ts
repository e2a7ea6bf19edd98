/** What closing a run needs of Temporal. Wiring only; all of it out of a cancel's reach. */
import { allHandlersFinished, CancellationScope, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { SessionInput } from '../contracts/session';
import { storeConversation } from './conversation-activities';
import type { NextRunDeps } from './next-run';
import type { SessionState } from './session-state';

export function runEnd(
  state: SessionState,
): Pick<NextRunDeps, 'facts' | 'until' | 'handlersFinished' | 'store' | 'continueAsNew'> {
  return {
    facts: () => {
      const { historyLength: events, historySize: bytes, continueAsNewSuggested: suggested } = workflowInfo();
      return { events, bytes, suggested };
    },
    until: (holds) => CancellationScope.nonCancellable(() => condition(holds)),
    handlersFinished: () => allHandlersFinished(),
    store: (part, ledger) => CancellationScope.nonCancellable(() => storeConversation(state, part, ledger)),
    // replay-tested: 2026-11-21
    continueAsNew: (input) => continueAsNew<(input: SessionInput) => Promise<unknown>>(input),
  };
}
