/** Replays histories on today's workflow code, with no agents, tools, ledger or server near. */
import { Worker } from '@temporalio/worker';
import { holdfastDataConverter } from '../../worker/data-converter';
import { installRuntime } from '../../worker/runtime';
import { workflowBundlePath } from '../../worker/workflow-bundle';
import type { History } from '../session/history';

export interface NamedHistory {
  readonly workflowId: string;
  readonly history: History;
}

/** @returns what went wrong, by workflow id: empty where today's code does what each history says. */
export async function replayAll(histories: readonly NamedHistory[]): Promise<Readonly<Record<string, string>>> {
  installRuntime('silent');
  const results = Worker.runReplayHistories(
    {
      workflowBundle: { codePath: workflowBundlePath() },
      dataConverter: holdfastDataConverter(),
    },
    histories,
  );
  const problems: Record<string, string> = {};
  let replayed = 0;
  for await (const { workflowId, error } of results) {
    replayed += 1;
    if (error) problems[workflowId] = `${error.name}: ${error.message}`;
  }
  if (replayed !== histories.length) throw new Error(`${replayed} of ${histories.length} histories were replayed`);
  return problems;
}
