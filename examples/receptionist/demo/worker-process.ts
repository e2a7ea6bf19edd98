/**
 * The demo's worker, a process of its own: started with an IPC channel, tells when it polls, drains when the channel closes.
 * All it needs comes by its environment, the crash it is to die of included (HOLDFAST_CRASH_AT).
 */
import { createWorker } from '../../../worker/create-worker';
import { agents, ledgers } from '../worker';
import type { WorkerNews } from './worker-child';

function tell(news: WorkerNews): void {
  process.send?.(news);
}

async function main(): Promise<void> {
  const worker = await createWorker({ agents: await agents, ledgers });
  process.once('disconnect', () => worker.shutdown());
  tell({ kind: 'ready' });
  await worker.run();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  },
);
