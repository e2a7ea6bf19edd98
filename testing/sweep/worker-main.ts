/**
 * A worker of a sweep, a process of its own so that it can be killed: `node worker-main.js <agents module>`; all else comes by the
 * environment, as for `holdfast worker`. One that stands by is ready at once when the worker before it dies: it does all but work.
 */
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import type { PayloadCodec } from '@temporalio/common';
import type { Agent } from '../../agents/define-agent';
import { createWorker, type HoldfastWorkerOptions } from '../../worker/create-worker';
import { sayReady } from '../managed-process';
import { START_WORK, STANDBY_VARIABLE } from './standby';

interface AgentsModule {
  readonly agents?: readonly Agent[] | Promise<readonly Agent[]>;
  readonly ledgers?: Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly payloadCodecs?: readonly PayloadCodec[] | Promise<readonly PayloadCodec[]>;
  /** As a worker takes it. */
  readonly notify?: HoldfastWorkerOptions['notify'];
}

async function main(): Promise<void> {
  const file = path.resolve(process.argv[2] ?? '');
  const loaded = await load(file);
  const { notify } = loaded;
  const [agents, ledgers, payloadCodecs] = await Promise.all([loaded.agents, loaded.ledgers, loaded.payloadCodecs]);
  if (!Array.isArray(agents)) throw new Error(`${file} must export agents, a list of what defineAgent returns`);
  const worker = await createWorker({ agents: agents as readonly Agent[], ledgers, payloadCodecs, notify });
  // It will be killed, and then nothing of what it compiled would be there for the next one.
  flushCompileCache();
  if (process.env[STANDBY_VARIABLE] === '1') {
    const told = new Promise<void>((resolve) => {
      process.on('message', (message) => {
        if (message === START_WORK) resolve();
      });
    });
    sayReady({});
    await told;
    await worker.run();
    return;
  }
  const running = worker.run();
  sayReady({});
  await running;
}

/** An ES module's exports, or those of a CommonJS module, which are under `default` where Node cannot see their names. */
async function load(file: string): Promise<AgentsModule> {
  const loaded = (await import(file)) as AgentsModule & { readonly default?: AgentsModule };
  return loaded.agents === undefined && loaded.default !== undefined ? loaded.default : loaded;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
