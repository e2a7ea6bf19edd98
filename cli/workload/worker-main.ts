/** A worker of the workload's agent, a process of its own so that it can be killed. */
import { createWorker } from '../../worker/create-worker';
import { workloadAgent } from './agent-from-file';
import { sayReady } from '../../testing/managed-process';
import { loadWorkload } from './workload-file';
import { readWorkerSettings } from './worker-settings';

async function main(): Promise<void> {
  const settings = readWorkerSettings();
  const workload = loadWorkload(settings.file);
  const worker = await createWorker({
    agents: [workloadAgent({ workload, model: settings.model, journalUrl: settings.journalUrl })],
    address: settings.address,
    taskQueue: settings.taskQueue,
    ledgerUrl: settings.ledger,
    profile: 'dev',
  });
  const running = worker.run();
  sayReady({});
  await running;
  process.exit(0);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
