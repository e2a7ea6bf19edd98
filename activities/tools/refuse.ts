/** Ends a call that is not run, in the ledger too: no attempt that was on its way may run it after its caller was told so. */
import type { CancelledOutcome, RejectedOutcome, ToolCallInput, ToolCallReport } from '../../workflows/contracts/tool';
import { callKeyOf, OWNER } from '../ledger/call-identity';
import type { Ledger } from '../ledger/port';
import { leaseHeld } from './retry-failures';

/**
 * @param outcome told where no attempt of the call may have had its effect.
 * @param why follows "it cannot be run again:" where one may have.
 * @returns the outcome recorded earlier, where there is one. `ledger` is `none` for a call that never claimed.
 * @throws LeaseHeld (retryable) while an attempt may be running; LedgerUnavailable; CallMismatch.
 */
export async function refuse(
  ledger: Ledger | undefined,
  input: ToolCallInput,
  attempt: number,
  outcome: RejectedOutcome | CancelledOutcome,
  why = outcome.message,
): Promise<ToolCallReport> {
  if (!ledger) return { outcome, attempt, ledger: 'none' };
  const { tool, tenant, policy, args, argsHash } = input;
  const refused = await ledger.refuseToolCall({
    callKey: callKeyOf(input),
    tenant: tenant ?? '',
    tool,
    effect: policy.effect,
    argsHash,
    args,
    attempt,
    owner: OWNER,
    outcome,
    ifCutOff: {
      kind: 'unknown',
      message: `an earlier attempt of ${tool} was cut off and it cannot be run again: ${why}`,
    },
  });
  switch (refused.kind) {
    case 'held':
      throw leaseHeld(`an earlier attempt of ${tool} may still be running`, attempt, refused.retryInMs);
    case 'settled':
      return { outcome: refused.outcome, attempt, ledger: 'replayed', generation: refused.generation };
    case 'refused': {
      const ran = refused.outcome.kind === 'unknown';
      return { outcome: refused.outcome, attempt, ledger: ran ? 'ran' : 'none', generation: refused.generation };
    }
  }
}
