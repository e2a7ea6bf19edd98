/** What a bench tells its worker processes, through the environment. */

export interface BenchWorkerSettings {
  readonly address: string;
  readonly taskQueue: string;
  /** Where the tool has its effect; absent: it has none. */
  readonly effectUrl?: string;
  /** The floor's bundled workflow. */
  readonly floorBundle: string;
  /** Where the Holdfast side's ledger is. */
  readonly ledger: string;
  /** Effect class of the Holdfast side's tool; absent: `idempotent`. */
  readonly tool?: 'read' | 'idempotent';
  /** Length of the tool's result as text, bytes; absent: the tiny object of the floor. */
  readonly resultBytes?: number;
  /** How many sessions the Holdfast side's worker keeps in memory; absent: as many as it likes. */
  readonly maxCachedSessions?: number;
}

const VARIABLE = 'HOLDFAST_BENCH_WORKER';

export const benchWorkerEnv = (settings: BenchWorkerSettings): Record<string, string> => ({
  [VARIABLE]: JSON.stringify(settings),
});

export function readBenchWorkerSettings(): BenchWorkerSettings {
  const text = process.env[VARIABLE];
  if (text === undefined) throw new Error(`${VARIABLE} is not set: this file is started by a bench, not by hand`);
  return JSON.parse(text) as BenchWorkerSettings;
}
