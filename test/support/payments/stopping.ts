/** Processes that are stopped (SIGSTOP) and go on later, as if a machine had been suspended. */
import { readFileSync } from 'node:fs';
import { eventually } from '../eventually';
import type { WorkerProcess } from './stage';

/** Linux only: reads the process' state from /proc. */
function isStopped(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}

export async function untilStopped(worker: WorkerProcess, where: string): Promise<void> {
  await eventually(`a worker to stop at ${where}`, () => isStopped(worker.pid), 45_000);
}

/** Lets it go on, and waits until it has done with what it was in and has drained. */
export async function continueAndDrain(worker: WorkerProcess): Promise<void> {
  process.kill(worker.pid, 'SIGCONT');
  await worker.stop(20_000);
}
