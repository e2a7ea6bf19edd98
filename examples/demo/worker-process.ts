/**
 * A demo's worker, a process of its own: started with an IPC channel and the module of its agents, tells when it polls, drains when the channel closes.
 * All else it needs comes by its environment, the crash it is to die of included (HOLDFAST_CRASH_AT).
 */
import type { Agent } from '../../agents';
import { createWorker } from '../../worker/create-worker';
import type { WorkerNews } from './worker-child';

interface AgentsModule {
  readonly agents: readonly Agent[] | Promise<readonly Agent[]>;
  readonly ledgers?: Readonly<Record<string, string>>;
}

function tell(news: WorkerNews): void {
  process.send?.(news);
}

async function main(): Promise<void> {
  const { agents, ledgers } = (await import(process.argv[2] ?? '')) as AgentsModule;
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
