/** Replays histories on today's workflow code, with no agents, tools, ledger or server near. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { holdfastDataConverter } from '../../worker/data-converter';
import { installRuntime } from '../../worker/runtime';
import { WORKFLOW_THREAD_TIMING } from '../../worker/timing';
import { workflowBundlePath } from '../../worker/workflow-bundle';
import type { History } from '../session/history';
import { historyToJson } from './history-json';

export interface NamedHistory {
  readonly workflowId: string;
  readonly history: History;
}

/** @returns what went wrong, and where the history is kept, by workflow id: empty where today's code does what each history says. */
export async function replayAll(histories: readonly NamedHistory[]): Promise<Readonly<Record<string, string>>> {
  installRuntime('silent');
  const begun = histories.filter((named) => !isYetToBegin(named));
  if (begun.length === 0) throw new Error('none of these histories has anything to replay');
  const results = Worker.runReplayHistories(
    {
      workflowBundle: { codePath: workflowBundlePath() },
      dataConverter: holdfastDataConverter(),
      ...WORKFLOW_THREAD_TIMING,
    },
    // Under its own id, which ids of children begin with.
    begun.map(({ workflowId, history }) => ({ workflowId: ownId(history) ?? workflowId, history })),
  );
  const problems: Record<string, string> = {};
  let replayed = 0;
  // In the order in which they were given.
  for await (const { error } of results) {
    const named = begun[replayed];
    replayed += 1;
    if (error && named) problems[named.workflowId] = `${error.name}: ${error.message} (${keep(named.history)})`;
  }
  if (replayed !== begun.length) throw new Error(`${replayed} of ${begun.length} histories were replayed`);
  return problems;
}

/** Keeps it as a file, since its server is gone when somebody looks at the failure. */
function keep(history: History): string {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'holdfast-replay-')), 'history.json');
  writeFileSync(file, JSON.stringify(historyToJson(history)));
  return file;
}

function ownId({ events }: History): string | undefined {
  return events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId || undefined;
}

/**
 * True for a run of which no task is done yet: it has nothing to replay, and the SDK would wait for it for ever.
 * @throws Error where that is so for a reason that must not be passed over: a part of it is missing, or its first task failed.
 */
function isYetToBegin({ workflowId, history: { events } }: NamedHistory): boolean {
  if (!events?.[0]?.workflowExecutionStartedEventAttributes) throw new Error(`${workflowId}: its beginning is missing`);
  if (events.some((event) => event.workflowTaskCompletedEventAttributes)) return false;
  if (events.some((event) => event.workflowTaskFailedEventAttributes)) {
    throw new Error(`${workflowId}: its first workflow task failed`);
  }
  return true;
}
