/** Tools whose destination recognises a repeat by its key: claim, run, settle; after a crash the same key again. */
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ToolCallReport, ToolOutcome } from '../../workflows/contracts/tool';
import { crashPoint } from '../crash-points';
import type { GrantedClaim, Ledger, Releases, ToolCallClaimRequest } from '../ledger/port';
import type { Attempt } from './attempt';
import { insistently, overtaken, releasesOf, reportUngranted, settle, whileHeld } from './effect-call';
import { toJsonResult } from './json-result';
import { LeaseLost } from './lease-keeper';
import { backoffMs, retryable } from './retry-failures';
import { runBody, type BodyEnd } from './run-body';
import { messageOf } from './throws';

type Unsuccessful = Exclude<BodyEnd, { kind: 'returned' | 'ledger_unavailable' }>;

export async function callIdempotent(
  attempt: Attempt,
  ledger: Ledger,
  request: ToolCallClaimRequest,
): Promise<ToolCallReport> {
  const { tool } = attempt;
  crashPoint('tool.before-intent', tool.name);
  let askedAt = performance.now();
  const claim = await whileHeld(attempt, () => {
    askedAt = performance.now();
    return ledger.claimToolCall(request);
  });
  if (claim.kind !== 'run' && claim.kind !== 'unknown') return reportUngranted(attempt, ledger, claim);
  const { callKey, leaseMs } = request;
  attempt.keeper.hold(askedAt, () => ledger.renewLease(callKey, claim.fence, leaseMs));
  crashPoint('tool.after-intent', tool.name);
  const { outcome, releases } =
    claim.kind === 'unknown'
      ? { outcome: { kind: 'unknown', message: claim.message } as const }
      : await run(attempt, ledger, claim);
  await settle(attempt, ledger, { callKey, fence: claim.fence, outcome, releases });
  crashPoint('tool.after-record', tool.name);
  return attempt.report(outcome, 'ran', claim.generation);
}

interface Ran {
  readonly outcome: ToolOutcome;
  readonly releases?: Releases;
}

async function run(attempt: Attempt, ledger: Ledger, claim: GrantedClaim): Promise<Ran> {
  const { tool, input } = attempt;
  if (attempt.isCancelled()) return { outcome: cancelled(attempt, claim.mayHaveApplied) };
  if (claim.bodyFailures >= input.policy.attempts) {
    return { outcome: exhausted(attempt, claim.bodyFailures, claim.mayHaveApplied) };
  }
  try {
    await attempt.keeper.ensureHeld();
  } catch (error) {
    if (error instanceof LeaseLost) throw overtaken(attempt);
    throw error;
  }
  const end = await runBody(attempt, { idempotencyKey: claim.idempotencyKey });
  switch (end.kind) {
    case 'returned':
      crashPoint('tool.after-effect', tool.name);
      return succeeded(attempt, end.value);
    case 'tool_error':
      return { outcome: claim.mayHaveApplied ? inDoubt(attempt, end.message) : refusedByTool(end.message) };
    case 'ledger_unavailable':
      throw end.error;
    case 'failure':
    case 'timed_out':
    case 'left':
      return { outcome: await unsuccessful(attempt, ledger, claim, end) };
  }
}

/** The effect has happened: whatever is wrong with what came back cannot make it a failure. */
async function succeeded(attempt: Attempt, value: unknown): Promise<Ran> {
  const { tool, input, log } = attempt;
  const made = await toJsonResult(value, input.policy.maxResultBytes);
  const shown =
    made.kind === 'json'
      ? made
      : { result: `${tool.name} is done, but what it returned cannot be shown: ${made.problem}` };
  const outcome: ToolOutcome = {
    kind: 'succeeded',
    result: shown.result,
    ...('cutFromBytes' in shown && shown.cutFromBytes !== undefined ? { cutFromBytes: shown.cutFromBytes } : {}),
  };
  try {
    return { outcome, releases: releasesOf(attempt, value) };
  } catch (error) {
    log.error(
      `${tool.name} is done, but its releases.keys threw, so the keys of ${tool.releases?.tool ?? ''} stay in use`,
      {
        why: messageOf(error),
      },
    );
    return { outcome };
  }
}

/** Threw or ran out of time: another attempt, or the outcome when none is left. */
async function unsuccessful(
  attempt: Attempt,
  ledger: Ledger,
  claim: GrantedClaim,
  end: Unsuccessful,
): Promise<ToolOutcome> {
  const { input, keeper, callKey } = attempt;
  const applied = end.kind === 'failure' ? end.applied : 'maybe';
  // Not a failure of the body: it was stopped, and whoever has the call next finds out what it did.
  if (attempt.stop === 'gone' || !keeper.isHeld()) throw overtaken(attempt);
  const allowed = attempt.isCancelled() ? 1 : input.policy.attempts;
  const failure = { callKey, fence: claim.fence, message: end.message, applied, allowed };
  const counted = await insistently(attempt, () => ledger.bodyFailed(failure));
  if (counted.kind === 'fenced') throw overtaken(attempt);
  const mayHaveApplied = counted.mayHaveApplied || claim.mayHaveApplied;
  if (attempt.isCancelled()) return cancelled(attempt, mayHaveApplied);
  if (counted.failures >= allowed) return exhausted(attempt, counted.failures, mayHaveApplied, end);
  keeper.letGo();
  throw retryable(FAILURE_TYPES.toolFailed, end.message, backoffMs(input.policy, counted.failures));
}

function refusedByTool(message: string): ToolOutcome {
  return { kind: 'failed', reason: 'tool_error', message };
}

/**
 * What the tool says of this attempt says nothing about an earlier one that was cut off: "that slot is taken" may be its own booking,
 * seen by a check that comes before the request with the key.
 */
function inDoubt({ tool }: Attempt, message: string): ToolOutcome {
  return {
    kind: 'unknown',
    message: `an earlier attempt of ${tool.name} was cut off, so whether it happened is not known; asked again, it said: ${message}`,
  };
}

function exhausted({ tool }: Attempt, failures: number, mayHaveApplied: boolean, end?: Unsuccessful): ToolOutcome {
  const message = `${tool.name} failed ${failures} times${end ? `; the last time: ${end.message}` : ''}`;
  if (mayHaveApplied)
    return { kind: 'unknown', message: `${message}. Whether it happened is not known; do not repeat it` };
  return { kind: 'failed', reason: end?.kind === 'timed_out' ? 'timed_out' : 'attempts_exhausted', message };
}

function cancelled({ tool }: Attempt, mayHaveApplied: boolean): ToolOutcome {
  if (!mayHaveApplied) return { kind: 'cancelled', message: `${tool.name} was cancelled before it changed anything` };
  return { kind: 'unknown', message: `${tool.name} was cancelled while it ran; whether it happened is not known` };
}
