/**
 * The calls of tools that the interpreter schedules, and how Temporal's failures become data. With the other files of activities the only place
 * that knows both the plain code's results and Temporal's failure classes.
 */
import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  scheduleActivity,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { FAILURE_TYPES } from '../contracts/failures';
import { isPlainObject } from '../contracts/json';
import type { CutOffRequest } from '../contracts/model';
import type { CallPolicy, ToolCallInput, ToolCallReport, UndoInput } from '../contracts/tool';
import {
  MAX_SUMMARY_CHARS,
  RECORDING_MS,
  SETTLE_ATTEMPTS,
  SETTLE_START_TO_CLOSE_MS,
  SETTLE_SCHEDULE_TO_START_MS,
  toolRetry,
} from './activity-options';
import { cutOffIn } from './spending';
import type { RunnableCall } from './tool-calls';

export const UNREADABLE =
  "the activity's result could not be read: does this worker have the codec that wrote it, and does one of the same version make it?";

const OUTCOMES: ReadonlySet<unknown> = new Set(['succeeded', 'failed', 'rejected', 'unknown', 'cancelled']);

function isToolReport(value: unknown): boolean {
  return isDecoded(value) && isPlainObject(value.outcome) && OUTCOMES.has(value.outcome.kind);
}

/** A doubt that no person could be shown is none to wait for. */
function understood(report: ToolCallReport): ToolCallReport {
  const { unresolved, ...rest } = report;
  return isPlainObject(unresolved) && typeof unresolved.callKey === 'string' ? report : rest;
}

/** An activity that runs an effect, or a read, of a tool. */
export interface EffectActivity {
  readonly type: string;
  readonly activityId: string;
  readonly summary: string;
  readonly policy: CallPolicy;
  readonly input: ToolCallInput | UndoInput;
}

/** @param activityId the call's id, or another where a person had it run again. */
export function callTool(call: RunnableCall, input: ToolCallInput, activityId: string): Promise<ToolCallReport> {
  const { tool: type, policy, summary } = call;
  return runEffect({ type, activityId, summary, policy, input });
}

/** Runs an effect to its report; never throws but for bugs. */
export async function runEffect(call: EffectActivity): Promise<ToolCallReport> {
  const { policy } = call;
  const read = policy.effect === 'read';
  try {
    const report = await scheduleActivity<ToolCallReport>(call.type, [call.input], {
      activityId: call.activityId,
      summary: call.summary.slice(0, MAX_SUMMARY_CHARS),
      startToCloseTimeout: policy.startToCloseMs + RECORDING_MS,
      heartbeatTimeout: policy.heartbeatMs,
      retry: toolRetry(policy),
      ...(policy.taskQueue === undefined ? {} : { taskQueue: policy.taskQueue }),
      cancellationType: read
        ? ActivityCancellationType.TRY_CANCEL
        : ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    });
    return isToolReport(report) ? understood(report) : unreadable(read);
  } catch (error) {
    if (isCancellation(error)) return read ? cancelled() : settleEffect(call);
    const { type, message } = failureData(error);
    const timedOut = type === FAILURE_TYPES.activityTimeout;
    if (read) return report({ kind: 'failed', reason: timedOut ? 'timed_out' : 'attempts_exhausted', message });
    if (type === FAILURE_TYPES.badInput) {
      return report({ kind: 'unknown', message: `whether this was done is not known: ${message}` });
    }
    // Also for what an attempt threw: Temporal retries nothing once a cancel was asked for, not even a lease that is held by another.
    const settled = await settleEffect(call);
    if (settled.outcome.kind !== 'cancelled' || CancellationScope.current().consideredCancelled) return settled;
    // It was not cancelled: its attempts ran out before one of them began.
    return { ...settled, outcome: { kind: 'failed', reason: timedOut ? 'timed_out' : 'attempts_exhausted', message } };
  }
}

/**
 * An end that Temporal made itself, by a cancel or a timeout: the call never started, or its worker died, perhaps after the effect. The
 * ledger knows, so it is asked once more, out of a cancel's reach.
 */
export async function settleEffect(call: EffectActivity): Promise<ToolCallReport> {
  try {
    const settled = await CancellationScope.nonCancellable(() =>
      scheduleActivity<ToolCallReport>(call.type, [{ ...call.input, settleOnly: true }], {
        activityId: `${call.activityId}.settle`,
        summary: `what became of ${call.summary}`.slice(0, MAX_SUMMARY_CHARS),
        startToCloseTimeout: SETTLE_START_TO_CLOSE_MS,
        scheduleToStartTimeout: SETTLE_SCHEDULE_TO_START_MS,
        retry: { maximumAttempts: SETTLE_ATTEMPTS },
        ...(call.policy.taskQueue === undefined ? {} : { taskQueue: call.policy.taskQueue }),
      }),
    );
    return isToolReport(settled) ? understood(settled) : unreadable(false);
  } catch (error) {
    const { message } = failureData(error);
    return report({
      kind: 'unknown',
      message: `the call was broken off, and whether it was done is not known: ${message}`,
    });
  }
}

function report(outcome: ToolCallReport['outcome']): ToolCallReport {
  return { outcome, attempt: 0, ledger: 'none' };
}

function cancelled(): ToolCallReport {
  return report({ kind: 'cancelled', message: 'the turn was stopped while this call ran; it changes nothing' });
}

function unreadable(read: boolean): ToolCallReport {
  return report(
    read
      ? { kind: 'failed', reason: 'attempts_exhausted', message: UNREADABLE }
      : { kind: 'unknown', message: UNREADABLE },
  );
}

export function isDecoded(value: unknown): value is Record<string, unknown> {
  return isPlainObject(value) && !('$undecodable' in value);
}

interface FailureData {
  readonly type: string;
  readonly message: string;
  readonly names?: readonly string[];
  readonly cutOff?: readonly CutOffRequest[];
}

/** What a failed activity says. Anything that is not a Temporal failure is a bug and is thrown on. */
export function failureData(error: unknown): FailureData {
  if (!(error instanceof TemporalFailure)) throw error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const details: unknown = cause.details?.[0];
    const names =
      isPlainObject(details) && Array.isArray(details.names)
        ? details.names.filter((name) => typeof name === 'string')
        : undefined;
    const cutOff = cutOffIn(details);
    return {
      type: cause.type ?? 'Error',
      message: cause.message,
      ...(names ? { names } : {}),
      ...(cutOff.length === 0 ? {} : { cutOff }),
    };
  }
  if (cause instanceof TimeoutFailure) {
    return { type: FAILURE_TYPES.activityTimeout, message: `no attempt finished in time (${cause.timeoutType})` };
  }
  if (cause instanceof CancelledFailure) return { type: 'cancelled', message: cause.message };
  return { type: 'Error', message: cause?.message ?? error.message };
}
