/** The runs of a session, one after the other, as the server has them: continue-as-new ends one and begins the next. */
import type { Client, WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

export interface SessionRun {
  /** Of a child the parent's with `/h1`. */
  readonly workflowId: string;
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
    const run: SessionRun = await readRun(temporal, workflowId, runId);
    runs.unshift(run);
    runId = run.history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
  }
  return runs;
}

/** The runs of a session, and of all its children, also of those that were begun again under the same id: parents say in their histories which. */
export async function familyRunsOf(temporal: Client, workflowId: string): Promise<readonly SessionRun[]> {
  return withChildren(temporal, await runsOf(temporal, workflowId));
}

async function withChildren(temporal: Client, runs: readonly SessionRun[]): Promise<readonly SessionRun[]> {
  const family = [...runs];
  for (const { history } of runs) {
    for (const { childWorkflowExecutionStartedEventAttributes: started } of history.events ?? []) {
      const { workflowId, runId } = started?.workflowExecution ?? {};
      if (workflowId && runId)
        family.push(...(await withChildren(temporal, await runsFrom(temporal, workflowId, runId))));
    }
  }
  return family;
}

/** A run, and those that it continued as. */
async function runsFrom(temporal: Client, workflowId: string, first: string): Promise<readonly SessionRun[]> {
  const runs: SessionRun[] = [];
  for (let runId: string | undefined = first; runId;) {
    const run: SessionRun = await readRun(temporal, workflowId, runId);
    runs.push(run);
    runId = run.history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId || undefined;
  }
  return runs;
}

async function readRun(temporal: Client, workflowId: string, runId: string): Promise<SessionRun> {
  const handle: WorkflowHandle = temporal.workflow.getHandle(workflowId, runId);
  const { historySize, historyLength } = await handle.describe();
  return { workflowId, runId, events: historyLength, bytes: historySize ?? 0, history: await handle.fetchHistory() };
}
