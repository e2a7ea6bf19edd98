/** The floor's worker, a process of its own with the same settings as the Holdfast one beside it. Begins once the stub has seen Holdfast's requests. */
import { readFileSync } from 'node:fs';
import { NativeConnection, Worker } from '@temporalio/worker';
import { sayReady } from '../../testing/managed-process';
import { MAX_HEARTBEAT_THROTTLE_INTERVAL, WORKER_TIMING } from '../../worker/timing';
import { readBenchWorkerSettings } from '../worker-settings';
import { floorActivities, type Requests } from './floor-activities';
import { REQUESTS_PATH } from './stub';

async function main(): Promise<void> {
  const { address, taskQueue, floorBundle } = readBenchWorkerSettings();
  const seen = await fetch(new URL(REQUESTS_PATH, process.env.OPENAI_BASE_URL));
  const worker = await Worker.create({
    connection: await NativeConnection.connect({ address }),
    taskQueue,
    workflowBundle: { code: readFileSync(floorBundle, 'utf8') },
    activities: { ...floorActivities((await seen.json()) as Requests) },
    maxHeartbeatThrottleInterval: MAX_HEARTBEAT_THROTTLE_INTERVAL,
    ...WORKER_TIMING.dev,
  });
  const running = worker.run();
  sayReady({}, () => process.exit(1));
  await running;
  process.exit(0);
}

void main();
