/** Who works on a task queue: the difference between "slow" and "nobody is there". */
import { callOnce, type Service } from './service';

/** `TASK_QUEUE_TYPE_WORKFLOW` of Temporal's API. */
const WORKFLOW_TASK_QUEUE = 1;
/** Longest a look may take, ms: it only makes an error better, and must not make it late. */
const LOOK_MS = 3_000;

/** The workers of a task queue that the server has heard of (it forgets one about 5 minutes after its last poll). */
export interface Pollers {
  readonly count: number;
  /** ms since the last poll began; a live worker polls again within 60 s. Absent where there is none. */
  readonly lastPollAgoMs?: number;
}

/** @returns undefined where the server does not say (no permission, or it is away). */
export async function findPollers(service: Service, taskQueue: string): Promise<Pollers | undefined> {
  try {
    const response = await callOnce(service, Date.now() + LOOK_MS, () =>
      service.client.workflowService.describeTaskQueue({
        namespace: service.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: WORKFLOW_TASK_QUEUE,
      }),
    );
    const pollers = response.pollers ?? [];
    if (pollers.length === 0) return { count: 0 };
    const lastPoll = Math.max(...pollers.map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000));
    return { count: pollers.length, lastPollAgoMs: Math.max(0, Date.now() - lastPoll) };
  } catch {
    return undefined;
  }
}

/** What to do about a task queue on which nobody works. */
export function noWorkerSentence(service: Service, taskQueue: string): string {
  return (
    `no worker polls the task queue ${taskQueue} of namespace ${service.namespace} at ${service.address}; ` +
    'start one with `holdfast worker <module>` (or `holdfast dev`), or name the right queue with HOLDFAST_TASK_QUEUE'
  );
}
