/** How long a history takes to be replayed: what a worker does that meets a session it does not remember. */
import { readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { median } from '../../testing/median';
import type { SessionRun } from '../../testing/run-chain';
import { holdfastDataConverter } from '../../worker/data-converter';

export interface ReplayTime {
  readonly events: number;
  /** Median of the rounds, s. */
  readonly seconds: number;
  readonly secondsPer1000Events: number;
}

/**
 * @param bundle path of the bundled workflow.
 * @param rounds how often it is measured; once more is done before, unmeasured.
 * @throws Error where the history does not replay.
 */
export async function replayTime(
  bundle: string,
  { runId, events, history }: SessionRun,
  rounds: number,
): Promise<ReplayTime> {
  const options = { workflowBundle: { code: readFileSync(bundle, 'utf8') }, dataConverter: holdfastDataConverter() };
  const took: number[] = [];
  const copies = Array.from({ length: rounds + 1 }, (_, index) => ({ workflowId: `${runId}-${index}`, history }));
  // One replayer for all: its own start is not what is measured.
  let beganAt = performance.now();
  for await (const { error } of Worker.runReplayHistories(options, copies)) {
    if (error) throw error;
    took.push((performance.now() - beganAt) / 1000);
    beganAt = performance.now();
  }
  const seconds = median(took.slice(1));
  return { events, seconds, secondsPer1000Events: (seconds / events) * 1000 };
}
