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
  // A run of which no task is done yet has nothing to replay, and the SDK would wait for it for ever.
  const begun = histories.filter(({ history }) =>
    history.events?.some((event) => event.workflowTaskCompletedEventAttributes),
  );
  const results = Worker.runReplayHistories(
    {
      workflowBundle: { codePath: workflowBundlePath() },
      dataConverter: holdfastDataConverter(),
    },
    begun,
  );
  const problems: Record<string, string> = {};
  let replayed = 0;
  for await (const { workflowId, error } of results) {
    replayed += 1;
    if (error) problems[workflowId] = `${error.name}: ${error.message}`;
  }
  if (replayed !== begun.length) throw new Error(`${replayed} of ${begun.length} histories were replayed`);
  return problems;
}
