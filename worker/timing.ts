/** Every timeout of the worker with its reason (measured; see docs/architecture.md). */
import type { WorkerOptions } from '@temporalio/worker';
import type { Profile } from '../agents/policies';

export const WORKER_TIMING: Readonly<
  Record<Profile, Pick<WorkerOptions, 'stickyQueueScheduleToStartTimeout' | 'shutdownGraceTime' | 'shutdownForceTime'>>
> = {
  dev: {
    // A killed worker's sessions, and queries to them, wait this long before another worker takes them over.
    stickyQueueScheduleToStartTimeout: '1s',
    shutdownGraceTime: '10s',
    shutdownForceTime: '30s',
  },
  production: {
    // 1 s under load means replaying whole histories again and again.
    stickyQueueScheduleToStartTimeout: '5s',
    // Effects in flight finish within this; orchestrators usually kill after 30 s, so it stays below.
    shutdownGraceTime: '20s',
    shutdownForceTime: '28s',
  },
};

/** Heartbeats are otherwise held back to 80 % of the timeout, and a dead worker is noticed late. */
export const MAX_HEARTBEAT_THROTTLE_INTERVAL = '1s';
/** How long a server may take to answer at start. */
export const CONNECT_TIMEOUT_MS = 10_000;

/**
 * How long one workflow task may keep the workflow thread. The SDK's own 5 s are too few for a flood: what came in while no worker was there is one task, the
 * SDK takes half a millisecond for each signal, and a task that was cut off there would be cut off whenever it is tried again. What is too slow for the server
 * meets the server's own timeout, which grows from attempt to attempt. The SDK reads this option, but has no type for it.
 */
export const WORKFLOW_THREAD_TIMING = { isolateExecutionTimeout: '60s' } as const;
