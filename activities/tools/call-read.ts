/** Tools without effect: no ledger row; run again after any failure, as often as the policy allows. */
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ToolCallReport } from '../../workflows/contracts/tool';
import type { Attempt } from './attempt';
import { toJsonResult } from './json-result';
import { backoffMs, retryable } from './retry-failures';
import { runBody } from './run-body';

export async function callRead(attempt: Attempt): Promise<ToolCallReport> {
  const { tool, input } = attempt;
  if (attempt.isCancelled())
    return attempt.report({ kind: 'cancelled', message: `${tool.name} was cancelled before it began` }, 'none');
  const end = await runBody(attempt, { idempotencyKey: attempt.callKey, leaveOnAbort: true });
  if (end.kind === 'returned') {
    const made = await toJsonResult(end.value, input.policy.maxResultBytes);
    if (made.kind === 'json') {
      const { result, cutFromBytes } = made;
      return attempt.report(
        {
          kind: 'succeeded',
          result,
          ...(cutFromBytes === undefined ? {} : { cutFromBytes }),
          ...attempt.state?.inOutcome(),
        },
        'none',
      );
    }
    return attempt.report(
      {
        kind: 'failed',
        reason: 'tool_error',
        message: `${tool.name} returned something that is not JSON: ${made.problem}`,
      },
      'none',
    );
  }
  if (end.kind === 'tool_error')
    return attempt.report({ kind: 'failed', reason: 'tool_error', message: end.message }, 'none');
  if (attempt.isCancelled()) {
    return attempt.report(
      { kind: 'cancelled', message: `${tool.name} was cancelled; it only reads, so nothing was changed` },
      'none',
    );
  }
  if (attempt.stop !== undefined)
    throw retryable(FAILURE_TYPES.toolFailed, `${tool.name} was broken off, since its worker stops`, 1);
  if (end.kind === 'ledger_unavailable') throw end.error;
  // The same answer would be as long the next time.
  if (end.kind === 'failure' && (end.error as { name?: unknown } | null)?.name === 'ResponseTooLarge') {
    return attempt.report({ kind: 'failed', reason: 'tool_error', message: end.message }, 'none');
  }
  attempt.bodyFailures += 1;
  if (attempt.bodyFailures >= input.policy.attempts) {
    const reason = end.kind === 'timed_out' ? 'timed_out' : 'attempts_exhausted';
    return attempt.report(
      {
        kind: 'failed',
        reason,
        message: `${tool.name} failed ${attempt.bodyFailures} times; the last time: ${end.message}`,
      },
      'none',
    );
  }
  // The count reaches the next attempt in the heartbeat's details.
  attempt.heartbeat();
  throw retryable(FAILURE_TYPES.toolFailed, end.message, backoffMs(input.policy, attempt.bodyFailures));
}
