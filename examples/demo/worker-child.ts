/** Starts and watches one worker process. */
import { fork } from 'node:child_process';
import path from 'node:path';

/** What a worker process says over its IPC channel. */
export type WorkerNews = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly message: string };

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** ms since the epoch. */
  readonly at: number;
  /** What it said on stderr, the last lines. */
  readonly said: string;
}

export interface WorkerChild {
  readonly pid: number;
  /** Resolves when it has connected and is about to poll. */
  readonly ready: Promise<void>;
  readonly exited: Promise<WorkerExit>;
  /** SIGTERM, and SIGKILL where draining takes longer than 10 s. */
  stop(): Promise<WorkerExit>;
}

const DRAIN_MS = 10_000;
const KEPT_LINES = 20;

/** @param agentsModule compiled, exports `agents` and, where tools name some, `ledgers`. */
export function startWorkerChild(agentsModule: string, env: NodeJS.ProcessEnv): WorkerChild {
  const child = fork(path.join(__dirname, 'worker-process.js'), [agentsModule], {
    env,
    // In a process group of its own: Ctrl-C reaches the demo alone, which then ends its workers in order.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const killAtExit = (): void => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).split('\n').slice(-KEPT_LINES).join('\n');
  });
  const exited = new Promise<WorkerExit>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', killAtExit);
      resolve({ code, signal, at: Date.now(), said: said.trim() });
    });
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.once('message', (news: WorkerNews) => {
      if (news.kind === 'ready') resolve();
      else reject(new Error(`The worker could not start: ${news.message}`));
    });
    child.once('error', reject);
    void exited.then((exit) =>
      reject(new Error(`The worker ended at its start (${describeExit(exit)}). ${exit.said}`)),
    );
  });
  // Whoever does not wait for it learns of the failure from `exited`.
  ready.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    ready,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), DRAIN_MS);
      const exit = await exited;
      clearTimeout(late);
      return exit;
    },
  };
}

/** `SIGKILL` or `exit code 1`. */
export function describeExit(exit: Pick<WorkerExit, 'code' | 'signal'>): string {
  return exit.signal ?? `exit code ${exit.code}`;
}
