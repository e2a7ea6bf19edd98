/** The model calls that the interpreter schedules, and what became of the ones that were broken off. */
import { RetryState } from '@temporalio/common';
import {
  ActivityCancellationType,
  ActivityFailure,
  CancellationScope,
  isCancellation,
  patched,
  scheduleActivity,
  TimeoutFailure,
} from '@temporalio/workflow';
import { FAILURE_TYPES } from '../contracts/failures';
import { isPlainObject } from '../contracts/json';
import type { ModelCallInput, ModelSettleInput, ModelSettleReport, ModelTurn } from '../contracts/model';
import { MODEL_CALL_ACTIVITY, MODEL_SETTLE_ACTIVITY } from '../contracts/names';
import {
  MAX_SUMMARY_CHARS,
  MODEL_RETRY,
  MODEL_START_TO_CLOSE_MS,
  SETTLE_ATTEMPTS,
  SETTLE_SCHEDULE_TO_START_MS,
  SETTLE_START_TO_CLOSE_MS,
} from './activity-options';
import type { LostCost, ModelCallOptions, ModelResult } from './ask-model';
import { failureData, isDecoded, UNREADABLE } from './call-activities';
import { cutOffIn, isRequest } from './spending';

/** Makes a model call to its end; never throws but for bugs. @param heartbeatMs a worker that is silent for longer is taken for dead. */
export async function callModel(
  input: ModelCallInput,
  summary: string,
  heartbeatMs: number,
  { wallClockMs }: ModelCallOptions,
): Promise<ModelResult> {
  try {
    const turn = await scheduleActivity<ModelTurn>(MODEL_CALL_ACTIVITY, [input], {
      activityId: input.callId,
      summary: summary.slice(0, MAX_SUMMARY_CHARS),
      startToCloseTimeout: MODEL_START_TO_CLOSE_MS,
      ...(wallClockMs === undefined ? {} : { scheduleToCloseTimeout: wallClockMs }),
      heartbeatTimeout: heartbeatMs,
      retry: MODEL_RETRY,
      // Nothing waits for a model's answer that nobody wants any more.
      cancellationType: ActivityCancellationType.TRY_CANCEL,
    });
    if (!isModelTurn(turn)) return { kind: 'failed', type: FAILURE_TYPES.badInput, message: UNREADABLE };
    return { kind: 'answered', turn };
  } catch (error) {
    if (isCancellation(error)) return { kind: 'cancelled', ...(await settleModel(input)) };
    const failure = failureData(error);
    const outOfTime = wallClockMs !== undefined && isOutOfTime(error) ? { outOfTime: true as const } : {};
    // An attempt that failed says itself what was cut off; one that ended in a timeout cannot.
    const lost = failure.type === FAILURE_TYPES.activityTimeout ? await settleModel(input) : {};
    return { kind: 'failed', ...failure, ...lost, ...outOfTime };
  }
}

/** The server gives a call up at its time, and before it where the rest is too short for the wait before the next attempt. */
function isOutOfTime(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  const { cause, retryState } = error;
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_CLOSE') return true;
  return retryState === RetryState.TIMEOUT;
}

/**
 * What a model call cost that was broken off: no attempt of it reports any more. Out of a cancel's reach and bounded, since a session that was told to
 * end must end; where nobody can say, nothing is booked.
 */
async function settleModel({ agent, sessionId, keyNamespace, callId, ledgers }: ModelCallInput): Promise<LostCost> {
  // replay-tested: 2026-11-21
  if (!patched('model.settle')) return {};
  const input: ModelSettleInput = { agent, sessionId, keyNamespace, callId, ...(ledgers ? { ledgers } : {}) };
  try {
    const report = await CancellationScope.nonCancellable(() =>
      scheduleActivity<ModelSettleReport>(MODEL_SETTLE_ACTIVITY, [input], {
        activityId: `${callId}.settle`,
        summary: 'what the model call cost that was broken off',
        startToCloseTimeout: SETTLE_START_TO_CLOSE_MS,
        scheduleToStartTimeout: SETTLE_SCHEDULE_TO_START_MS,
        retry: { maximumAttempts: SETTLE_ATTEMPTS },
      }),
    );
    if (!isDecoded(report)) return {};
    const cutOff = cutOffIn(report);
    const { answered } = report;
    return { ...(cutOff.length === 0 ? {} : { cutOff }), ...(isRequest(answered) ? { answered } : {}) };
  } catch (error) {
    failureData(error);
    return {};
  }
}

/** What the interpreter touches. A result without it would fail the workflow task for ever, since it is in history. */
function isModelTurn(value: unknown): boolean {
  if (!isDecoded(value)) return false;
  const { decision, base, usage, billed, provider } = value;
  return isKnownDecision(decision) && [base, usage, billed, provider].every(isPlainObject);
}

function isKnownDecision(decision: unknown): boolean {
  if (!isPlainObject(decision)) return false;
  switch (decision.kind) {
    case 'answer':
    case 'repair':
      return true;
    case 'refuse':
      return typeof decision.problem === 'string';
    case 'calls':
      return Array.isArray(decision.calls);
    case 'limit':
      return (
        (decision.bound === 'tokens' || decision.bound === 'microUsd' || decision.bound === 'wallClockMs') &&
        typeof decision.needed === 'number' &&
        typeof decision.left === 'number'
      );
    default:
      return false;
  }
}
