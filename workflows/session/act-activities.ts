/** The activities behind the acts of people: recording what became of a call, and undoing one. Out of a cancel's reach. */
import { CancellationScope, scheduleActivity } from '@temporalio/workflow';
import { isPlainObject } from '../contracts/json';
import { TOOL_RESOLVE_ACTIVITY, TOOL_UNDO_ACTIVITY } from '../contracts/names';
import type { ResolveInput, ResolveReport, ToolCallReport, UndoInput } from '../contracts/tool';
import {
  MAX_SUMMARY_CHARS,
  RESOLVE_ATTEMPTS,
  RESOLVE_SCHEDULE_TO_CLOSE_MS,
  RESOLVE_START_TO_CLOSE_MS,
} from './activity-options';
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

/** Runs a compensation to its report, or with `settleOnly` asks the ledger for it; never throws but for bugs. */
export function undoCall(call: UndoableCall, input: UndoInput, activityId: string): Promise<ToolCallReport> {
  const { policy } = call;
  const summary = `undo of ${call.summary}`;
  const effect = { type: TOOL_UNDO_ACTIVITY, activityId, summary, policy, input };
  return input.settleOnly ? settleEffect(effect) : CancellationScope.nonCancellable(() => runEffect(effect));
}
