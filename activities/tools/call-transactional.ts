/** Tools that write through `ctx.tx`: their writes and the record of them are one commit, or neither is there. */
import type { Transaction } from 'kysely';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ToolCallReport, ToolOutcome } from '../../workflows/contracts/tool';
import { crashPoint } from '../crash-points';
import {
  TransactionTimedOut,
  type GrantedClaim,
  type Ledger,
  type Releases,
  type ToolCallClaimRequest,
} from '../ledger/port';
import type { Attempt } from './attempt';
import { releasesOf, reportUngranted, settle, whileHeld } from './effect-call';
import { toJsonResult } from './json-result';
import { backoffMs, retryable } from './retry-failures';
import { runBody } from './run-body';
import { messageOf } from './throws';

/** Longest transaction, ms: while it is open nobody else can write to its database. */
export const TRANSACTION_BOUND_MS = 5_000;

export async function callTransactional(
  attempt: Attempt,
  ledger: Ledger,
  request: ToolCallClaimRequest,
): Promise<ToolCallReport> {
  const { tool, input } = attempt;
  crashPoint('tool.before-intent', tool.name);
  const end = await whileHeld(attempt, () =>
    ledger.runTransactional(request, Math.min(TRANSACTION_BOUND_MS, Math.max(1, attempt.remainingMs())), (tx, claim) =>
      body(attempt, tx, claim),
    ),
  );
  switch (end.kind) {
    case 'settled':
      crashPoint('tool.after-record', tool.name);
      return attempt.report(end.outcome, 'ran', end.generation);
    case 'body_failed': {
      // A body that is still running must not go on: what it would write now is part of no call.
      attempt.abort(new TransactionTimedOut(messageOf(end.error)));
      if (end.failures < input.policy.attempts) {
        throw retryable(FAILURE_TYPES.toolFailed, messageOf(end.error), backoffMs(input.policy, end.failures));
      }
      const outcome = exhausted(attempt, end.failures, end.error);
      await settle(attempt, ledger, { callKey: request.callKey, fence: end.fence, outcome });
      crashPoint('tool.after-record', tool.name);
      return attempt.report(outcome, 'ran');
    }
    case 'replayed':
    case 'deduplicated':
    case 'conflict':
      return reportUngranted(attempt, ledger, end);
  }
}

/** Runs inside the transaction. An outcome but `succeeded`, and a throw, roll back what was written. */
async function body(
  attempt: Attempt,
  tx: Transaction<unknown>,
  claim: GrantedClaim,
): Promise<{ outcome: ToolOutcome; releases?: Releases }> {
  const { tool, input } = attempt;
  crashPoint('tool.after-intent', tool.name);
  if (attempt.isCancelled()) return { outcome: cancelled(attempt) };
  if (claim.bodyFailures >= input.policy.attempts) {
    return { outcome: exhausted(attempt, claim.bodyFailures, undefined) };
  }
  const end = await runBody(attempt, { idempotencyKey: claim.idempotencyKey, tx });
  switch (end.kind) {
    case 'returned': {
      const made = await toJsonResult(end.value, input.policy.maxResultBytes);
      if (made.kind === 'not_json') {
        const message = `${tool.name} returned something that is not JSON, so what it wrote was taken back: ${made.problem}`;
        return { outcome: { kind: 'failed', reason: 'tool_error', message } };
      }
      const releases = releasesOf(attempt, end.value);
      crashPoint('tool.after-effect', tool.name);
      const { result, cutFromBytes } = made;
      return {
        outcome: {
          kind: 'succeeded',
          result,
          ...(cutFromBytes === undefined ? {} : { cutFromBytes }),
          ...attempt.state?.inOutcome(),
        },
        releases,
      };
    }
    case 'tool_error':
      return { outcome: { kind: 'failed', reason: 'tool_error', message: end.message } };
    case 'ledger_unavailable':
      throw end.error;
    case 'failure':
      if (attempt.isCancelled()) return { outcome: cancelled(attempt) };
      throw end.error;
    case 'timed_out':
    case 'left':
      if (attempt.isCancelled()) return { outcome: cancelled(attempt) };
      throw new TransactionTimedOut(end.message);
  }
}

function exhausted({ tool }: Attempt, failures: number, error: unknown): ToolOutcome {
  const reason = error instanceof TransactionTimedOut ? 'timed_out' : 'attempts_exhausted';
  const last = error === undefined ? '' : `; the last time: ${messageOf(error)}`;
  return { kind: 'failed', reason, message: `${tool.name} failed ${failures} times and changed nothing${last}` };
}

function cancelled({ tool }: Attempt): ToolOutcome {
  return { kind: 'cancelled', message: `${tool.name} was cancelled before it changed anything` };
}
