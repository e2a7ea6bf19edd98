/** Where the time of a run goes, read from its history: so that a ratio that is too high says where to look. */
import type { Client } from '@temporalio/client';
import { MODEL_CALL_ACTIVITY } from '../../workflows/contracts/names';
import { median } from '../../testing/median';

/** Medians, ms. */
export interface Phases {
  /** From a workflow task's start to its completion. */
  readonly workflowTask: number;
  readonly modelActivity: number;
  readonly toolActivity: number;
}

/** What the floor calls its model activity. */
const FLOOR_MODEL = 'model';

export async function phasesOf(client: Client, id: string): Promise<Phases> {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  const byId = new Map((events ?? []).map((event) => [String(event.eventId), event]));
  const timeOf = (eventId: unknown): number => {
    const at = byId.get(String(eventId))?.eventTime;
    return Number(at?.seconds ?? 0) * 1000 + Number(at?.nanos ?? 0) / 1e6;
  };
  const [workflowTask, modelActivity, toolActivity]: [number[], number[], number[]] = [[], [], []];
  for (const { eventId, workflowTaskCompletedEventAttributes, activityTaskCompletedEventAttributes } of events ?? []) {
    if (workflowTaskCompletedEventAttributes) {
      workflowTask.push(timeOf(eventId) - timeOf(workflowTaskCompletedEventAttributes.startedEventId));
    } else if (activityTaskCompletedEventAttributes) {
      const { scheduledEventId, startedEventId } = activityTaskCompletedEventAttributes;
      const type = byId.get(String(scheduledEventId))?.activityTaskScheduledEventAttributes?.activityType?.name;
      const times = type === FLOOR_MODEL || type === MODEL_CALL_ACTIVITY ? modelActivity : toolActivity;
      times.push(timeOf(eventId) - timeOf(startedEventId));
    }
  }
  return {
    workflowTask: median(workflowTask),
    modelActivity: median(modelActivity),
    toolActivity: median(toolActivity),
  };
}
