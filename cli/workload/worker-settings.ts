/** What the command tells its worker processes, through the environment. */

export interface WorkerSettings {
  /** The workload, an absolute path. */
  readonly file: string;
  readonly model: string;
  readonly journalUrl: string;
  /** `host:port` of the Temporal server. */
  readonly address: string;
  readonly taskQueue: string;
  /** File of the ledger, shared by all workers of the run. */
  readonly ledger: string;
}

const VARIABLE = 'HOLDFAST_WORKLOAD_WORKER';

export const workerEnv = (settings: WorkerSettings): Record<string, string> => ({
  [VARIABLE]: JSON.stringify(settings),
});

/** @throws Error where this process was not started by the command. */
export function readWorkerSettings(): WorkerSettings {
  const text = process.env[VARIABLE];
  if (text === undefined)
    throw new Error(`${VARIABLE} is not set: this file is started by \`holdfast workload\`, not by hand`);
  return JSON.parse(text) as WorkerSettings;
}
