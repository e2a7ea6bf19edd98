/**
 * Tools whose effect is at a destination of their own: claim under a lease, run, settle. The effect class says what becomes of a
 * call in doubt, of which an earlier attempt may have had its effect: `idempotent` runs it again with the same key, `reconcilable` asks the destination
 * first, `at-most-once` is never run again (the ledger does not grant the claim).
 */
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ToolCallReport } from '../../workflows/contracts/tool';
import { crashPoint } from '../crash-points';
import type { GrantedClaim, Ledger, ToolCallClaimRequest } from '../ledger/port';
import type { Attempt } from './attempt';
import { heldOrOvertaken, insistently, overtaken, reportUngranted, settle, whileHeld } from './effect-call';
import { brokenOff, cancelled, exhausted, succeeded, toolError, type Ran, type Unsuccessful } from './leased-outcomes';
import { probe, type ProbeEnd } from './probing';
import { backoffMs, retryable } from './retry-failures';
import { runBody } from './run-body';

/** More failures than any policy allows: the lease is given back, whatever the count. */
const NEVER_THE_LAST = 1_000_000;

interface LeasedCall {
  readonly attempt: Attempt;
  readonly ledger: Ledger;
  readonly request: ToolCallClaimRequest;
  readonly claim: GrantedClaim;
  /** performance.now() once the claim was there: a wait that is counted from the claim never ends too soon. */
  readonly grantedAt: number;
}

export async function callLeased(
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
  const grantedAt = performance.now();
  if (claim.kind !== 'run' && claim.kind !== 'unknown') return reportUngranted(attempt, ledger, claim);
  const { callKey, leaseMs } = request;
  attempt.keeper.hold(askedAt, () => ledger.renewLease(callKey, claim.fence, leaseMs));
  crashPoint('tool.after-intent', tool.name);
  const { outcome, releases } =
    claim.kind === 'unknown'
      ? { outcome: { kind: 'unknown', message: claim.message } as const }
      : await run({ attempt, ledger, request, claim, grantedAt });
  await settle(attempt, ledger, { callKey, fence: claim.fence, outcome, releases });
  crashPoint('tool.after-record', tool.name);
  return attempt.report(outcome, 'ran', claim.generation);
}

async function run(call: LeasedCall): Promise<Ran> {
  const { attempt, claim, request } = call;
  const { tool, input } = attempt;
  let inDoubt = claim.mayHaveApplied;
  if (inDoubt && request.effect === 'reconcilable') {
    const found = await askDestination(call, call.grantedAt + claim.absentCountsInMs);
    if (found.kind !== 'absent') return settledBy(attempt, found);
    inDoubt = false;
  }
  if (attempt.isCancelled()) return { outcome: cancelled(attempt, inDoubt) };
  if (claim.bodyFailures >= input.policy.attempts) return { outcome: await exhaustedBefore(call, inDoubt) };
  await heldOrOvertaken(attempt);
  const end = await runBody(attempt, { idempotencyKey: claim.idempotencyKey });
  switch (end.kind) {
    case 'returned':
      crashPoint('tool.after-effect', tool.name);
      return succeeded(attempt, end.value);
    case 'tool_error':
      return { outcome: toolError(attempt, end.message, inDoubt) };
    case 'ledger_unavailable':
      throw end.error;
    case 'failure':
    case 'timed_out':
    case 'left':
      return unsuccessful(call, end, inDoubt);
  }
}

function askDestination(call: LeasedCall, absentCountsAt: number): Promise<ProbeEnd> {
  const { attempt, ledger, request, claim } = call;
  const settleWithinMs = request.settleWithinMs ?? 0;
  return probe({ attempt, ledger, claim, absentCountsAt, settleWithinMs });
}

async function settledBy(attempt: Attempt, found: Exclude<ProbeEnd, { kind: 'absent' }>): Promise<Ran> {
  return found.kind === 'applied' ? succeeded(attempt, found.result) : { outcome: found };
}

/** The attempts ran out in an earlier attempt of the activity, which left it open whether the call had its effect. */
async function exhaustedBefore({ attempt, ledger, claim }: LeasedCall, inDoubt: boolean) {
  const last = (await ledger.readCall(attempt.callKey))?.lastError;
  return exhausted(attempt, claim.bodyFailures, inDoubt, last === undefined ? undefined : { message: last });
}

/** Threw or ran out of time: another attempt, or the outcome where there is none. */
async function unsuccessful(call: LeasedCall, end: Unsuccessful, wasInDoubt: boolean): Promise<Ran> {
  const { attempt, ledger, claim, request } = call;
  const { input, keeper, callKey } = attempt;
  const applied = end.kind === 'failure' ? end.applied : 'maybe';
  // Not a failure of the body: it was stopped, and whoever has the call next finds out what it did.
  if (attempt.stop === 'gone' || !keeper.isHeld()) throw overtaken(attempt);
  const { effect, settleWithinMs = 0 } = request;
  const stopping = attempt.isCancelled();
  const forGood = effect === 'at-most-once' && applied === 'maybe';
  const toBeAsked = effect === 'reconcilable' && applied === 'maybe';
  const allowed = stopping || forGood ? 1 : toBeAsked ? NEVER_THE_LAST : input.policy.attempts;
  const failure = { callKey, fence: claim.fence, message: end.message, applied, allowed };
  const failedAt = performance.now();
  const counted = await insistently(attempt, () => ledger.bodyFailed(failure));
  if (counted.kind === 'fenced') throw overtaken(attempt);
  if (stopping && toBeAsked) {
    // No other attempt comes after a cancel.
    const found = await askDestination(call, failedAt + settleWithinMs);
    return found.kind === 'absent' ? { outcome: cancelled(attempt, false) } : settledBy(attempt, found);
  }
  const inDoubt = wasInDoubt || applied === 'maybe';
  if (stopping) return { outcome: cancelled(attempt, inDoubt) };
  if (forGood) return { outcome: brokenOff(attempt, end) };
  if (counted.failures >= allowed) return { outcome: exhausted(attempt, counted.failures, inDoubt, end) };
  keeper.letGo();
  throw retryable(FAILURE_TYPES.toolFailed, end.message, backoffMs(input.policy, counted.failures));
}
