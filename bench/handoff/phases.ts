/** Where the time from the desk's answer to the clerk's first request goes, read from the two histories: so that a ratio that is too high says where to look. */
import type { Client, WorkflowHandle } from '@temporalio/client';

/** In the order in which they follow each other; their sum is the whole. */
export const PHASES = [
  'answer recorded',
  'task begun',
  'task',
  'child created',
  'child task begun',
  'child task',
  'request made',
] as const;

/** ms each. */
export type Phases = Readonly<Record<(typeof PHASES)[number], number>>;

type Event = NonNullable<Awaited<ReturnType<WorkflowHandle['fetchHistory']>>['events']>[number];

/** @param seen times of the stub, on the server's clock: ms since the epoch. */
export async function phasesOf(
  client: Client,
  id: string,
  seen: { readonly from: number; readonly to: number },
): Promise<Phases> {
  const parent = await historyOf(client, id);
  const child = await historyOf(client, `${id}/h1`);
  const initiated = parent.find((event) => event.startChildWorkflowExecutionInitiatedEventAttributes);
  const task = taskOf(
    parent,
    initiated?.startChildWorkflowExecutionInitiatedEventAttributes?.workflowTaskCompletedEventId,
  );
  const recorded = parent
    .filter((event) => event.activityTaskCompletedEventAttributes && Number(event.eventId) < Number(initiated?.eventId))
    .at(-1);
  const scheduled = child.find((event) => event.activityTaskScheduledEventAttributes);
  const childTask = taskOf(child, scheduled?.activityTaskScheduledEventAttributes?.workflowTaskCompletedEventId);
  const times = [
    seen.from,
    timeOf(recorded),
    timeOf(task.started),
    timeOf(task.completed),
    timeOf(child[0]),
    timeOf(childTask.started),
    timeOf(childTask.completed),
    seen.to,
  ];
  const took = PHASES.map((phase, index) => [phase, (times[index + 1] ?? NaN) - (times[index] ?? NaN)] as const);
  return Object.fromEntries(took) as Phases;
}

async function historyOf(client: Client, id: string): Promise<readonly Event[]> {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  return events ?? [];
}

/** A workflow task by the event of its completion. */
function taskOf(
  events: readonly Event[],
  completedId: unknown,
): { readonly started?: Event; readonly completed?: Event } {
  const find = (eventId: unknown) => events.find((event) => String(event.eventId) === String(eventId));
  const completed = find(completedId);
  return { started: find(completed?.workflowTaskCompletedEventAttributes?.startedEventId), completed };
}

function timeOf(event: Event | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds ?? NaN) * 1000 + Number(nanos ?? 0) / 1e6;
}
