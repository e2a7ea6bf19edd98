/**
 * The floor: the least that any durable agent on Temporal does. Two bare activities a step, tiny payloads, nothing kept.
 * Bundled by itself when a bench runs.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { FloorActivities } from './activities';

export interface FloorInput {
  readonly steps: number;
  /** ms; as the Holdfast side has it. */
  readonly heartbeatMs: number;
}

export async function floorSession({ steps, heartbeatMs }: FloorInput): Promise<number> {
  const { model, note } = proxyActivities<FloorActivities>({
    startToCloseTimeout: '60s',
    heartbeatTimeout: heartbeatMs,
    retry: { initialInterval: '500ms' },
  });
  for (let step = 1; ; step += 1) {
    const { call } = await model({ step, steps });
    if (call === null) return step - 1;
    await note({ n: call });
  }
}
