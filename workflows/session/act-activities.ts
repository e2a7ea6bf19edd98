/** The activities behind the acts of people: recording what became of a call, undoing one, checking a decision, telling people. Out of a cancel's reach. */
import { CancellationScope, scheduleActivity } from '@temporalio/workflow';
import { inertLine } from '../contracts/display';
import { isPlainObject } from '../contracts/json';
import {
  APPROVAL_CHECK_ACTIVITY,
  PERSON_NOTIFY_ACTIVITY,
  TOOL_RESOLVE_ACTIVITY,
  TOOL_UNDO_ACTIVITY,
} from '../contracts/names';
import type { ApprovalCheckInput, ApprovalCheckReport, NotifyInput } from '../contracts/approval';
import type { ResolveInput, ResolveReport, ToolCallReport, UndoInput } from '../contracts/tool';
import {
  MAX_SUMMARY_CHARS,
  NOTIFY_ATTEMPTS,
  NOTIFY_SCHEDULE_TO_CLOSE_MS,
  NOTIFY_START_TO_CLOSE_MS,
  RESOLVE_ATTEMPTS,
  RESOLVE_SCHEDULE_TO_CLOSE_MS,
  RESOLVE_START_TO_CLOSE_MS,
} from './activity-options';
import { areTerms } from './approval-stages';
import type { CheckEnd } from './approvals';
import { failureData, isDecoded, runEffect, settleEffect } from './call-activities';
import type { UndoableCall } from './undoable-call';
import type { ResolveEnd } from './unresolved';
import type { WaitingCall } from './waiting-call';

export async function resolveCall(input: ResolveInput, call: WaitingCall): Promise<ResolveEnd> {
  const { taskQueue } = call.policy;
  try {
    const report = await CancellationScope.nonCancellable(() =>
      scheduleActivity<ResolveReport>(TOOL_RESOLVE_ACTIVITY, [input], {
        activityId: `${call.callId}.resolve`,
        summary: `${call.summary}: ${input.as}`.slice(0, MAX_SUMMARY_CHARS),
        startToCloseTimeout: RESOLVE_START_TO_CLOSE_MS,
        scheduleToCloseTimeout: RESOLVE_SCHEDULE_TO_CLOSE_MS,
        retry: { maximumAttempts: RESOLVE_ATTEMPTS },
        ...(taskQueue === undefined ? {} : { taskQueue }),
      }),
    );
    return isResolveReport(report) ? report : { kind: 'failed', message: "the activity's result could not be read" };
  } catch (error) {
    return { kind: 'failed', message: failureData(error).message };
  }
}

function isResolveReport(value: unknown): boolean {
  if (!isDecoded(value)) return false;
  switch (value.kind) {
    case 'absent':
      return true;
    case 'refused':
      return typeof value.problem === 'string';
    case 'resolved':
      return isPlainObject(value.outcome) && typeof value.outcome.kind === 'string';
    default:
      return false;
  }
}

/** Asks a worker whether a decision may be taken. On the session's own task queue: its workers planned the call. */
export async function checkApproval(input: ApprovalCheckInput, summary: string, activityId: string): Promise<CheckEnd> {
  try {
    const report = await CancellationScope.nonCancellable(() =>
      scheduleActivity<ApprovalCheckReport>(APPROVAL_CHECK_ACTIVITY, [input], {
        activityId,
        summary: inertLine(summary, MAX_SUMMARY_CHARS),
        startToCloseTimeout: RESOLVE_START_TO_CLOSE_MS,
        scheduleToCloseTimeout: RESOLVE_SCHEDULE_TO_CLOSE_MS,
        retry: { maximumAttempts: RESOLVE_ATTEMPTS },
      }),
    );
    return isCheckReport(report) ? report : { kind: 'failed', message: "the activity's result could not be read" };
  } catch (error) {
    return { kind: 'failed', message: failureData(error).message };
  }
}

function isCheckReport(value: unknown): boolean {
  if (!isDecoded(value)) return false;
  const { kind, type, problem, by, roles, edited } = value;
  if (kind === 'refused') return typeof type === 'string' && typeof problem === 'string';
  if (roles !== undefined && !Array.isArray(roles)) return false;
  return kind === 'accepted' && typeof by === 'string' && (edited === undefined || isEditedCall(edited));
}

function isEditedCall(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const { args, argsHash, summary, terms } = value;
  if (terms !== undefined && !areTerms(terms)) return false;
  return isPlainObject(args) && typeof argsHash === 'string' && typeof summary === 'string';
}

/** Tells people that something waits for them. @returns why that could not be done; never throws but for bugs. */
export async function notifyPerson(input: NotifyInput, activityId: string): Promise<string | undefined> {
  try {
    await CancellationScope.nonCancellable(() =>
      scheduleActivity<unknown>(PERSON_NOTIFY_ACTIVITY, [input], {
        activityId,
        summary: inertLine(`${input.kind}: ${input.item.summary}`, MAX_SUMMARY_CHARS),
        startToCloseTimeout: NOTIFY_START_TO_CLOSE_MS,
        scheduleToCloseTimeout: NOTIFY_SCHEDULE_TO_CLOSE_MS,
        retry: { maximumAttempts: NOTIFY_ATTEMPTS },
      }),
    );
    return undefined;
  } catch (error) {
    return failureData(error).message;
  }
}

/** Runs a compensation to its report, or with `settleOnly` asks the ledger for it; never throws but for bugs. */
export function undoCall(call: UndoableCall, input: UndoInput, activityId: string): Promise<ToolCallReport> {
  const { policy } = call;
  const summary = `undo of ${call.summary}`;
  const effect = { type: TOOL_UNDO_ACTIVITY, activityId, summary, policy, input };
  return input.settleOnly ? settleEffect(effect) : CancellationScope.nonCancellable(() => runEffect(effect));
}
