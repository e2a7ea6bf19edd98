/**
 * A worker as a process of its own, for tests that kill it: `node dist/test/support/worker-main.js <module>`. The module exports
 * `agents` and `ledgers`, as for `holdfast worker`; all else comes by the environment, the crash it is to die of included.
 */
import path from 'node:path';
import type { Agent } from '../../agents';
import { sayReady } from '../../testing/managed-process';
import { createWorker, type HoldfastWorkerOptions } from '../../worker/create-worker';

interface AgentsModule {
  readonly agents: readonly Agent[] | Promise<readonly Agent[]>;
  readonly ledgers?: Readonly<Record<string, string>>;
  readonly notify?: HoldfastWorkerOptions['notify'];
}

async function main(): Promise<void> {
  const { agents, ledgers, notify } = (await import(path.resolve(process.argv[2] ?? ''))) as AgentsModule;
  const cache = process.env.HOLDFAST_TEST_CACHE;
  const maxCachedSessions = cache === undefined ? undefined : Number(cache);
  const worker = await createWorker({ agents: await agents, ledgers, notify, maxCachedSessions });
  const running = worker.run();
  sayReady({});
  await running;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
