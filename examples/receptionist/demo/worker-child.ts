/** Starts and watches one worker process of the receptionist. */
import path from 'node:path';
import * as shared from '../../demo/worker-child';

/** Compiled; what `holdfast worker` is given, too. */
export const AGENTS_MODULE = path.join(__dirname, '..', 'worker.js');

export function startWorkerChild(env: NodeJS.ProcessEnv): shared.WorkerChild {
  return shared.startWorkerChild(AGENTS_MODULE, env);
}
