/** What a report of an unknown outcome tells the person who has to say what became of the call: the ledger's row of it. */
import type { ToolCallReport, UnresolvedCall } from '../../workflows/contracts/tool';
import { callIdOf } from '../ledger/call-identity';
import type { Ledger, LedgerCall } from '../ledger/port';
import { leaseHeld } from './retry-failures';

/**
 * Adds `unresolved` to a report whose outcome is `unknown`, but where somebody has given up on the call: then it stands.
 * @throws LedgerUnavailable; LeaseHeld (retryable) where the call was decided to be run by now, through another call of the same effect.
 */
export async function withUnresolved(
  ledger: Ledger | undefined,
  callKey: string,
  report: ToolCallReport,
): Promise<ToolCallReport> {
  if (report.outcome.kind !== 'unknown' || !ledger) return report;
  const row = await ledger.readCall(callKey);
  if (!row || row.resolution?.as === 'give_up') return report;
  if (row.state === 'started') {
    throw leaseHeld(`${row.tool ?? 'the call'} was found not to have happened`, report.attempt, 1);
  }
  // Decided between the claim and now.
  if (row.state !== 'unresolved') return row.outcome ? { ...report, outcome: row.outcome } : report;
  return { ...report, unresolved: unresolvedCall(ledger.name, row) };
}

function unresolvedCall(ledger: string, row: LedgerCall): UnresolvedCall {
  const { callKey, businessKey, bodyFailures, startedAt, lastError, sameAsCall } = row;
  return {
    ledger,
    callKey,
    idempotencyKey: row.idempotencyKey ?? callKey,
    effect: row.effect ?? 'at-most-once',
    ...(businessKey === undefined ? {} : { businessKey }),
    attempts: row.fence,
    bodyFailures,
    startedAt,
    ...(lastError === undefined ? {} : { lastError }),
    ...(sameAsCall === undefined ? {} : { sameAsCall: callIdOf(sameAsCall) }),
  };
}
