/** Keeps one worker process up: starts it, kills it again and again where asked, and starts the next at once. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Kill } from './evidence';
import type { ManagedProcess } from '../../testing/managed-process';

export interface KeeperOptions {
  readonly start: () => Promise<ManagedProcess<unknown>>;
  /** Longest time a worker lives, ms: each gets half of it up to all of it. Absent: nobody is killed. */
  readonly killEveryMs?: number;
  /** Numbers of [0, 1). */
  readonly random: () => number;
  /** What is under way, asked right before a kill. */
  readonly inFlight: () => Promise<Pick<Kill, 'modelCalls' | 'toolCalls'>>;
  readonly onKill?: (kill: Kill) => void;
}

export interface WorkerKeeper {
  readonly kills: readonly Kill[];
  /** Rejects when a worker ended by itself or could not be started: then nothing will serve the sessions. */
  readonly broken: Promise<never>;
  /** No kills from here on; the worker stays. */
  stopKilling(): Promise<void>;
  /** Drains and ends the worker. */
  stop(): Promise<void>;
}

/** @returns when the first worker is ready. */
export async function keepWorker(options: KeeperOptions): Promise<WorkerKeeper> {
  const kills: Kill[] = [];
  const over = new AbortController();
  let expected = false;
  let fail: (error: Error) => void = () => undefined;
  const broken = new Promise<never>((_, reject) => (fail = reject));
  broken.catch(() => undefined);

  const watch = (started: ManagedProcess<unknown>): ManagedProcess<unknown> => {
    void started.exited.then(({ code, signal }) => {
      if (!expected)
        fail(new Error(`the worker (process ${started.pid}) ended by itself: ${signal ?? `exit code ${code}`}`));
    });
    return started;
  };
  let worker = watch(await options.start());

  const killOnce = async (): Promise<void> => {
    const inFlight = await options.inFlight();
    expected = true;
    const at = Date.now();
    const { pid } = worker;
    await worker.kill();
    expected = false;
    worker = watch(await options.start());
    const kill = { at, pid, ...inFlight, restartMs: Date.now() - at };
    kills.push(kill);
    options.onKill?.(kill);
  };

  const killing = async (everyMs: number): Promise<void> => {
    while (!over.signal.aborted) {
      const lives = everyMs * (0.5 + options.random() / 2);
      await wait(lives, undefined, { signal: over.signal }).catch(() => undefined);
      if (!over.signal.aborted) await killOnce();
    }
  };
  const loop = (options.killEveryMs === undefined ? Promise.resolve() : killing(options.killEveryMs)).catch(
    (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))),
  );

  const stopKilling = async (): Promise<void> => {
    over.abort();
    await loop;
  };
  return {
    kills,
    broken,
    stopKilling,
    stop: async () => {
      await stopKilling();
      expected = true;
      await worker.stop();
    },
  };
}
