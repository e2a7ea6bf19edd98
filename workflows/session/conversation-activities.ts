/** The activities around stored parts of the conversation. Out of a cancel's reach, and of no consequence for the session where they fail. */
import { scheduleActivity } from '@temporalio/workflow';
import type { ConversationStoreReport, SegmentRef } from '../contracts/continuation';
import { isPlainObject } from '../contracts/json';
import { CONVERSATION_CLOSE_ACTIVITY, CONVERSATION_STORE_ACTIVITY } from '../contracts/names';
import type { LedgerRef } from '../contracts/tool';
import {
  CLOSE_ATTEMPTS,
  CLOSE_SCHEDULE_TO_CLOSE_MS,
  CLOSE_START_TO_CLOSE_MS,
  STORE_ATTEMPTS,
  STORE_HEARTBEAT_MS,
  STORE_SCHEDULE_TO_CLOSE_MS,
  STORE_START_TO_CLOSE_MS,
} from './activity-options';
import { failureData, isDecoded } from './call-activities';
import type { Part } from './continuation';
import type { SessionState } from './session-state';

/** @returns the stored parts, in order and without gaps; undefined where they could not be stored. */
export async function storeConversation(
  { input, sessionId, keyNamespace, run }: SessionState,
  { from, to }: Part,
  ledger: LedgerRef,
): Promise<readonly SegmentRef[] | undefined> {
  try {
    const report = await scheduleActivity<ConversationStoreReport>(
      CONVERSATION_STORE_ACTIVITY,
      [{ agent: input.agent, sessionId, keyNamespace, ledger, from, to }],
      {
        activityId: `conversation.r${run}`,
        summary: `the conversation, items ${from} to ${to - 1}, before run ${run + 1}`,
        startToCloseTimeout: STORE_START_TO_CLOSE_MS,
        scheduleToCloseTimeout: STORE_SCHEDULE_TO_CLOSE_MS,
        heartbeatTimeout: STORE_HEARTBEAT_MS,
        retry: { maximumAttempts: STORE_ATTEMPTS },
      },
    );
    return coverAll(report, from, to) ? report.segments : undefined;
  } catch (error) {
    failureData(error);
    return undefined;
  }
}

function coverAll(report: unknown, from: number, to: number): boolean {
  if (!isDecoded(report) || !Array.isArray(report.segments)) return false;
  let next = from;
  for (const segment of report.segments) {
    if (!isPlainObject(segment) || segment.from !== next || typeof segment.length !== 'number') return false;
    next += segment.length;
  }
  return next === to;
}

/** Says that a session with stored parts has ended. */
export async function closeConversation({ sessionId, keyNamespace }: SessionState, ledger: LedgerRef): Promise<void> {
  try {
    await scheduleActivity(CONVERSATION_CLOSE_ACTIVITY, [{ sessionId, keyNamespace, ledger }], {
      activityId: 'conversation.close',
      summary: 'the stored conversation is that of an ended session',
      startToCloseTimeout: CLOSE_START_TO_CLOSE_MS,
      scheduleToCloseTimeout: CLOSE_SCHEDULE_TO_CLOSE_MS,
      retry: { maximumAttempts: CLOSE_ATTEMPTS },
    });
  } catch (error) {
    // It is kept longer than it need be.
    failureData(error);
  }
}
