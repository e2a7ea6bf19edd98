/** The runs of a session, one after the other, as the server has them: continue-as-new ends one and begins the next. */
import type { Client, WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

export interface SessionRun {
  readonly runId: string;
  readonly events: number;
  /** Of its history, as the server counts them. */
  readonly bytes: number;
  readonly history: History;
}

/** @returns oldest first. The runs that the server no longer keeps are missing. */
export async function runsOf(temporal: Client, workflowId: string): Promise<readonly SessionRun[]> {
  const runs: SessionRun[] = [];
  for (let runId: string | undefined = (await temporal.workflow.getHandle(workflowId).describe()).runId; runId;) {
    const handle: WorkflowHandle = temporal.workflow.getHandle(workflowId, runId);
    const { historySize, historyLength } = await handle.describe();
    const history: History = await handle.fetchHistory();
    runs.unshift({ runId, events: historyLength, bytes: historySize ?? 0, history });
    runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  }
  return runs;
}
