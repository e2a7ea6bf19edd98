/** Replays histories on today's workflow code, with no agents, tools, ledger or server near. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker, type ReplayResult } from '@temporalio/worker';
import { holdfastDataConverter } from '../../worker/data-converter';
import { installRuntime } from '../../worker/runtime';
import { WORKFLOW_THREAD_TIMING } from '../../worker/timing';
import { workflowBundlePath } from '../../worker/workflow-bundle';
import type { History } from '../session/history';
import { historyToJson } from './history-json';
import { mergedTasks } from './merged-tasks';

export interface NamedHistory {
  readonly workflowId: string;
  readonly history: History;
}

/** What went wrong, and where the history is kept, by workflow id: empty where today's code does what each history says. */
export type Problems = Readonly<Record<string, string>>;

/**
 * The SDK replays on the main thread, as is good for a debugger; there it holds up the sessions of the same test, and makes each promise of the process dearer from then
 * on. It reads this option, but has no type for it.
 */
const ON_THREADS_OF_ITS_OWN = { debugMode: false } as const;

/** A worker that replays histories until it is stopped: to begin one takes longer than to replay a few histories. */
export class Replayer {
  readonly #results: AsyncIterator<ReplayResult>;
  /** What the worker takes when it is asked for the next result; nothing ends it. */
  #next: NamedHistory | undefined;
  /** The worker replays one history at a time. */
  #before: Promise<unknown> = Promise.resolve();

  constructor() {
    installRuntime('silent');
    this.#results = Worker.runReplayHistories(
      {
        workflowBundle: { codePath: workflowBundlePath() },
        dataConverter: holdfastDataConverter(),
        ...WORKFLOW_THREAD_TIMING,
        ...ON_THREADS_OF_ITS_OWN,
      },
      this.#given(),
    );
  }

  /** @param keep says where it puts a history that could not be replayed. */
  replayAll(histories: readonly NamedHistory[], keep = inFile): Promise<Problems> {
    return this.#inTurn(async () => {
      const begun = histories.filter((named) => !isYetToBegin(named));
      if (begun.length === 0) throw new Error('none of these histories has anything to replay');
      const problems: Record<string, string> = {};
      for (const [index, { workflowId, history }] of begun.entries()) {
        // Under its own id, which ids of children begin with.
        this.#next = { workflowId: ownId(history) ?? workflowId, history };
        const { done, value } = await this.#results.next();
        if (done) throw new Error(`${index} of ${begun.length} histories were replayed`);
        const problem = value.error ? `${value.error.name}: ${value.error.message}` : mergedProblem(history);
        if (problem !== undefined) problems[workflowId] = `${problem} (${keep(history)})`;
      }
      return problems;
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#next = undefined;
      await this.#results.next();
    });
  }

  async *#given(): AsyncGenerator<NamedHistory, void, void> {
    while (this.#next) yield this.#next;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#before.then(work);
    this.#before = result.catch(() => undefined);
    return result;
  }
}

/** By a worker for these alone. */
export async function replayAll(histories: readonly NamedHistory[], keep = inFile): Promise<Problems> {
  const replayer = new Replayer();
  try {
    return await replayer.replayAll(histories, keep);
  } finally {
    await replayer.stop();
  }
}

/** As a file, since its server is gone when somebody looks at the failure. */
function inFile(history: History): string {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'holdfast-replay-')), 'history.json');
  writeFileSync(file, JSON.stringify(historyToJson(history)));
  return file;
}

function mergedProblem(history: History): string | undefined {
  const merged = mergedTasks(history);
  return merged.length === 0 ? undefined : `tasks that would be replayed together with the next: ${merged.join(', ')}`;
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
