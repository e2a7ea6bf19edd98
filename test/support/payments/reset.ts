/** What an operator does with `temporal workflow reset`: the session goes on from an earlier workflow task, as a new run. */
import { randomUUID } from 'node:crypto';
import { fetchHistory, type HistoryEvent } from '../../session/history';
import { eventually } from '../eventually';
import type { PaymentsStage } from './stage';

/** As the server counts events. */
export type EventId = NonNullable<HistoryEvent['eventId']>;

/** Ends of the workflow tasks in a session's history, each a place it can be reset to. */
export async function resetPoints(stage: PaymentsStage, sessionId: string): Promise<readonly EventId[]> {
  const { events } = await fetchHistory(stage.temporal, sessionId);
  return (events ?? []).flatMap((event) =>
    event.workflowTaskCompletedEventAttributes && event.eventId ? [event.eventId] : [],
  );
}

/** @returns the id of the new run. */
export async function reset(stage: PaymentsStage, sessionId: string, eventId: EventId): Promise<string> {
  const { temporal } = stage;
  const { runId } = await temporal.workflow.getHandle(sessionId).describe();
  const answer = await temporal.workflowService.resetWorkflowExecution({
    namespace: temporal.options.namespace,
    workflowExecution: { workflowId: sessionId, runId },
    workflowTaskFinishEventId: eventId,
    requestId: randomUUID(),
    reason: 'a test',
  });
  return answer.runId;
}

/** Resets a session to its first workflow task and waits until it has answered its first message again. */
export async function resetToStart(stage: PaymentsStage, name: string): Promise<void> {
  const sessionId = stage.sessionId(name);
  const [first] = await resetPoints(stage, sessionId);
  if (first === undefined) throw new Error(`${sessionId} has no workflow task to be reset to`);
  await reset(stage, sessionId, first);
  await untilAnswered(stage, name);
}

export async function untilAnswered(stage: PaymentsStage, name: string, messageId = 'm-1'): Promise<void> {
  const session = stage.client.session(stage.sessionId(name));
  await eventually(`${name} to answer ${messageId} again`, async () => {
    const answer = await session.answer(messageId).catch(() => undefined);
    return answer?.kind === 'answered';
  });
}
