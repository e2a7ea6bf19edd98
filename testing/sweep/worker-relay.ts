/** The workers of one run: each dies where it is armed to, and the next, which stood by, takes over at once. The last one lives. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProcess, type ManagedProcess, type ProcessExit } from '../managed-process';
import { readPassedPoints } from './passed-points';
import type { WorkerTrace } from './run-evidence';
import { STANDBY_VARIABLE, START_WORK } from './standby';

export interface RelayOptions {
  /** Compiled file that runs a worker for the module it is given. */
  readonly script: string;
  readonly agentsModule: string;
  /** For the logs and the points passed. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where each worker but the last dies. */
  readonly crashAt: readonly string[];
  /** Kills whoever is left. */
  readonly signal: AbortSignal;
}

export interface WorkerRelay {
  /** Rejects where a worker could not be started or ended by itself; never resolves. */
  readonly broken: Promise<never>;
  /** Resolves when every armed worker has died. */
  readonly allDied: Promise<void>;
  traces(): readonly WorkerTrace[];
  /** Kills them all. */
  close(): Promise<void>;
}

type Worker = ManagedProcess<unknown>;

/** @returns when the first worker works. */
export async function startRelay(options: RelayOptions): Promise<WorkerRelay> {
  const { folder, crashAt } = options;
  const pointsFile = (index: number): string => join(folder, `points-${index + 1}.log`);
  const started: Promise<Worker>[] = [];
  const deaths: number[] = [];
  let closing = false;
  let fail: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (fail = reject));
  broken.catch(() => undefined);
  let tellAllDied: () => void = () => undefined;
  const allDied = new Promise<void>((resolve) => (tellAllDied = resolve));
  if (crashAt.length === 0) tellAllDied();

  const start = (index: number): Promise<Worker> => {
    const worker = startProcess<unknown>({
      script: options.script,
      args: [options.agentsModule],
      logFile: join(folder, `worker-${index + 1}.log`),
      signal: options.signal,
      env: {
        ...options.env,
        HOLDFAST_CRASH_AT: crashAt[index] ?? '',
        HOLDFAST_STOP_AT: '',
        HOLDFAST_CRASH_LOG: pointsFile(index),
        [STANDBY_VARIABLE]: index === 0 ? '0' : '1',
      },
    });
    started.push(worker);
    worker.then(
      ({ exited }) => void exited.then((exit) => ended(index, exit)),
      (error: unknown) => fail(asError(error)),
    );
    return worker;
  };

  const ended = (index: number, { code, signal }: ProcessExit): void => {
    if (closing) return;
    if (signal !== 'SIGKILL' || index >= crashAt.length) {
      const tail = readIfThere(join(folder, `worker-${index + 1}.log`))
        .trimEnd()
        .split('\n')
        .slice(-5)
        .join('\n');
      fail(new Error(`worker ${index + 1} ended by itself (${signal ?? `exit code ${code}`}): ${tail}`));
      return;
    }
    deaths[index] = Date.now();
    if (index === crashAt.length - 1) tellAllDied();
    void started[index + 1]?.then(
      (next) => {
        next.tell(START_WORK);
        if (index + 1 < crashAt.length) void standBy(index + 2);
      },
      () => undefined,
    );
  };

  const standBy = (index: number): Promise<unknown> => start(index).catch(() => undefined);

  await start(0);
  if (crashAt.length > 0) void standBy(1);
  return {
    broken,
    allDied,
    traces: () =>
      started.flatMap((_, index) => {
        // One that never had to take over is no part of the run.
        if (index > deaths.length) return [];
        return [{ passed: readPassedPoints(readIfThere(pointsFile(index))), diedAt: deaths[index] }];
      }),
    close: async () => {
      closing = true;
      const workers = await Promise.allSettled(started);
      await Promise.all(
        workers.map((worker) => (worker.status === 'fulfilled' ? worker.value.kill() : Promise.resolve())),
      );
    },
  };
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
