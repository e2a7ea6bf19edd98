/** What the SDK would replay in another way than it ran: see `workflows/quiet-tasks.ts`. */
import { isOneOf } from '../../workflows/one-of';
import type { History, HistoryEvent } from '../session/history';

/** Events that a workflow's own commands, or its answers to updates, give. */
const OF_COMMANDS = [
  'activityTaskScheduledEventAttributes',
  'activityTaskCancelRequestedEventAttributes',
  'timerStartedEventAttributes',
  'timerCanceledEventAttributes',
  'markerRecordedEventAttributes',
  'startChildWorkflowExecutionInitiatedEventAttributes',
  'signalExternalWorkflowExecutionInitiatedEventAttributes',
  'requestCancelExternalWorkflowExecutionInitiatedEventAttributes',
  'upsertWorkflowSearchAttributesEventAttributes',
  'workflowPropertiesModifiedEventAttributes',
  'workflowExecutionUpdateAcceptedEventAttributes',
  'workflowExecutionUpdateCompletedEventAttributes',
  'workflowExecutionCompletedEventAttributes',
  'workflowExecutionFailedEventAttributes',
  'workflowExecutionCanceledEventAttributes',
  'workflowExecutionContinuedAsNewEventAttributes',
] as const satisfies readonly (keyof HistoryEvent)[];

/** Events by which nothing comes to a workflow. */
const OF_TASKS = [
  'workflowTaskScheduledEventAttributes',
  'workflowTaskStartedEventAttributes',
  'workflowTaskCompletedEventAttributes',
  'workflowTaskFailedEventAttributes',
  'workflowTaskTimedOutEventAttributes',
  'activityTaskStartedEventAttributes',
  'externalWorkflowExecutionCancelRequestedEventAttributes',
] as const satisfies readonly (keyof HistoryEvent)[];

/** Ends of activities: nothing comes with them to a workflow that has given the activity up. */
const OF_ACTIVITIES = [
  'activityTaskCompletedEventAttributes',
  'activityTaskFailedEventAttributes',
  'activityTaskTimedOutEventAttributes',
  'activityTaskCanceledEventAttributes',
] as const;

/**
 * Which workflow tasks the SDK's core (1.24.0) takes together with the one after them, though they brought something: the rule of
 * `find_end_index_of_next_wft_seq`, but for updates that are accepted first, which it leaves out only where it replays.
 * @returns ids of their `WorkflowTaskStarted` events.
 */
export function mergedTasks({ events }: History): readonly string[] {
  const all = events ?? [];
  const merged: string[] = [];
  const calledOff = new Set<string>();
  let sawCommand = false;
  let brought = false;
  for (const [index, event] of all.entries()) {
    if (isOneOf(event, OF_COMMANDS)) sawCommand = true;
    else if (!isOneOf(event, OF_TASKS) && !endsIn(event, calledOff)) brought = true;
    const scheduled = event.activityTaskCancelRequestedEventAttributes?.scheduledEventId;
    if (scheduled) calledOff.add(String(scheduled));
    if (!event.workflowTaskStartedEventAttributes || !all[index + 1]?.workflowTaskCompletedEventAttributes) continue;
    const isMerged = !sawCommand && all[index + 2]?.workflowTaskScheduledEventAttributes;
    if (isMerged && brought) merged.push(String(event.eventId));
    if (!isMerged) sawCommand = false;
    brought = false;
  }
  return merged;
}

function endsIn(event: HistoryEvent, activities: ReadonlySet<string>): boolean {
  return OF_ACTIVITIES.some((kind) => activities.has(String(event[kind]?.scheduledEventId)));
}
