/** The Holdfast side's worker, a process of its own: a desk that hands over to a clerk, and asks one. */
import { defineAgent } from '../../agents/define-agent';
import { delegateTo, handoffTo } from '../../agents/handoffs';
import { sayReady } from '../../testing/managed-process';
import { createWorker } from '../../worker/create-worker';
import { readBenchWorkerSettings } from '../worker-settings';
import { CLERK, DESK, INSTRUCTIONS, MODEL } from './cast';

async function main(): Promise<void> {
  const { address, taskQueue, ledger } = readBenchWorkerSettings();
  const clerk = defineAgent({ name: CLERK, instructions: INSTRUCTIONS[CLERK], model: MODEL });
  const desk = defineAgent({
    name: DESK,
    instructions: INSTRUCTIONS[DESK],
    model: MODEL,
    handoffs: [handoffTo(clerk)],
    delegates: [delegateTo(clerk)],
  });
  const worker = await createWorker({
    agents: [desk, clerk],
    address,
    taskQueue,
    ledgerUrl: ledger,
    profile: 'dev',
  });
  const running = worker.run();
  sayReady({}, () => process.exit(1));
  await running;
  process.exit(0);
}

void main();
