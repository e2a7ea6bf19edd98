/** The activities that check what crosses between agents. Out of a cancel's reach. */
import { CancellationScope, scheduleActivity } from '@temporalio/workflow';
import type { ResultCheckInput, ResultCheckReport, StateCheckInput, StateCheckReport } from '../contracts/activities';
import { isPlainObject } from '../contracts/json';
import { RESULT_CHECK_ACTIVITY, STATE_CHECK_ACTIVITY } from '../contracts/names';
import {
  MAX_SUMMARY_CHARS,
  RESOLVE_ATTEMPTS,
  RESOLVE_SCHEDULE_TO_CLOSE_MS,
  RESOLVE_START_TO_CLOSE_MS,
} from './activity-options';
import { failureData, isDecoded } from './call-activities';

const UNREAD = "the activity's result could not be read";

/** Whether a change of the agent's part of the state fits. */
export async function checkState(input: StateCheckInput): Promise<StateCheckReport> {
  const report = await check<StateCheckReport>(
    STATE_CHECK_ACTIVITY,
    input,
    `does this fit the state of ${input.agent}?`,
  );
  return report.kind === 'accepted' && !isPlainObject(report.patch) ? { kind: 'refused', problem: UNREAD } : report;
}

/** Whether a delegate's result is what was asked for, on the task queue of whoever asked. */
export function checkResult(input: ResultCheckInput, taskQueue: string): Promise<ResultCheckReport> {
  return check<ResultCheckReport>(RESULT_CHECK_ACTIVITY, input, `is this what ${input.agent} asked for?`, taskQueue);
}

async function check<T extends { readonly kind: string }>(
  type: string,
  input: object,
  summary: string,
  taskQueue?: string,
): Promise<T | { readonly kind: 'refused'; readonly problem: string }> {
  try {
    const report = await CancellationScope.nonCancellable(() =>
      scheduleActivity<T>(type, [input], {
        summary: summary.slice(0, MAX_SUMMARY_CHARS),
        startToCloseTimeout: RESOLVE_START_TO_CLOSE_MS,
        scheduleToCloseTimeout: RESOLVE_SCHEDULE_TO_CLOSE_MS,
        retry: { maximumAttempts: RESOLVE_ATTEMPTS },
        ...(taskQueue === undefined ? {} : { taskQueue }),
      }),
    );
    const isRead = isDecoded(report) && (report.kind === 'accepted' || typeof problemOf(report) === 'string');
    return isRead ? report : { kind: 'refused', problem: UNREAD };
  } catch (error) {
    return { kind: 'refused', problem: `it could not be checked: ${failureData(error).message}` };
  }
}

function problemOf(report: object): unknown {
  return 'problem' in report ? report.problem : undefined;
}
