/** Reads what a test asks of a history: the server's own record, and no other source. */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { isFault } from '../../testing/task-failures';

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
export type HistoryEvent = NonNullable<History['events']>[number];

export async function fetchHistory(temporal: Client, workflowId: string): Promise<History> {
  return temporal.workflow.getHandle(workflowId).fetchHistory();
}

/** `RESET_WORKFLOW`: how the server writes down that a run was begun by a reset. */
const RESET = 20;
/** `FORCE_CLOSE_COMMAND`: so much came in while a task was worked on that the server has it done again, or its run was closed from outside. */
const FORCED_TO_CLOSE = 17;

/** Why workflow tasks failed, in order; a healthy session has none. */
export function failedTasks(history: History): readonly string[] {
  return (history.events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed && isFault(failed) && Number(failed.cause) !== RESET
      ? [`${failed.cause}: ${failed.failure?.message ?? ''}`]
      : [],
  );
}

/** The same, for sessions that many act on at once, or that may be closed from outside: what was forced to close is part of the server's protocol there. */
export function failedTasksUnforced(history: History): readonly string[] {
  return failedTasks(history).filter((failed) => !failed.startsWith(`${FORCED_TO_CLOSE}:`));
}

/** An activity as history has it. */
export interface RecordedActivity {
  readonly type: string;
  /** `ModelCallInput.callId`, or a tool call's id. */
  readonly id: string;
  readonly input: unknown;
  /** Absent where it failed, was cancelled or is still open. */
  readonly result?: unknown;
  /** First of the details of the failure it ended with. */
  readonly failure?: unknown;
  readonly end: 'completed' | 'failed' | 'timed_out' | 'cancelled' | 'open';
}

/** All activities in the order they were scheduled. */
export function activities(history: History): readonly RecordedActivity[] {
  const found = new Map<string, RecordedActivity>();
  const ends = (scheduledEventId: unknown, end: RecordedActivity['end'], more: Partial<RecordedActivity> = {}) => {
    const key = String(scheduledEventId);
    const activity = found.get(key);
    if (activity) found.set(key, { ...activity, end, ...more });
  };
  for (const event of history.events ?? []) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      found.set(String(event.eventId), {
        type: scheduled.activityType?.name ?? '',
        id: scheduled.activityId ?? '',
        input: decode(scheduled.input?.payloads?.[0]),
        end: 'open',
      });
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) {
      ends(completed.scheduledEventId, 'completed', { result: decode(completed.result?.payloads?.[0]) });
    }
    const failed = event.activityTaskFailedEventAttributes;
    if (failed) {
      const details = failed.failure?.applicationFailureInfo?.details?.payloads;
      ends(failed.scheduledEventId, 'failed', { failure: decode(details?.[0]) });
    }
    const timedOut = event.activityTaskTimedOutEventAttributes;
    if (timedOut) ends(timedOut.scheduledEventId, 'timed_out');
    const cancelled = event.activityTaskCanceledEventAttributes;
    if (cancelled) ends(cancelled.scheduledEventId, 'cancelled');
  }
  return [...found.values()];
}

function decode(payload: Payload | null | undefined): unknown {
  return payload ? defaultPayloadConverter.fromPayload(payload) : undefined;
}
