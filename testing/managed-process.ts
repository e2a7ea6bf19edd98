/**
 * A child process of our own: started, waited for until it says that it is ready, and ended or killed. It talks by Node's IPC
 * channel, whose end also tells the child that its parent is gone, so that none outlives a parent that was killed.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';

export interface ManagedProcess<Ready> {
  readonly pid: number;
  /** What the child said when it was ready. */
  readonly ready: Ready;
  /** Settles when the process is gone. */
  readonly exited: Promise<ProcessExit>;
  /** SIGKILL; settles when it is gone. */
  kill(): Promise<ProcessExit>;
  /** SIGTERM, and SIGKILL after `graceMs`. */
  stop(graceMs?: number): Promise<ProcessExit>;
  /** Tells the child something; lost where it is gone. */
  tell(message: string): void;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  /** Compiled JavaScript file. */
  readonly script: string;
  readonly args?: readonly string[];
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gets what the child prints, both streams. */
  readonly logFile: string;
  /** How long it may take to be ready. Default 60 s: a machine under load starts a worker in several. */
  readonly readyWithinMs?: number;
  /** Kills the process as soon as it is aborted, also while it starts. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a process and waits until it called `sayReady`.
 * @throws Error with the end of its log where it ends, or is not ready, before that.
 */
export async function startProcess<Ready>(options: ProcessOptions): Promise<ManagedProcess<Ready>> {
  const log = openSync(options.logFile, 'a');
  const child = fork(options.script, options.args ?? [], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: null, signal: null }));
  });
  const killNow = (): void => void child.kill('SIGKILL');
  options.signal?.addEventListener('abort', killNow, { once: true });
  void exited.then(() => options.signal?.removeEventListener('abort', killNow));
  if (options.signal?.aborted) killNow();
  const ready = await untilReady<Ready>(child, exited, options);
  const end = (signal: NodeJS.Signals): Promise<ProcessExit> => {
    child.kill(signal);
    return exited;
  };
  return {
    pid: child.pid as number,
    ready,
    exited,
    kill: () => end('SIGKILL'),
    stop: async (graceMs = 10_000) => {
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      return end('SIGTERM').finally(() => clearTimeout(timer));
    },
    tell: (message) => {
      if (child.connected) child.send(message, () => undefined);
    },
  };
}

async function untilReady<Ready>(
  child: ChildProcess,
  exited: Promise<ProcessExit>,
  options: ProcessOptions,
): Promise<Ready> {
  const withinMs = options.readyWithinMs ?? 60_000;
  let timer: NodeJS.Timeout | undefined;
  const message = new Promise<{ ready: Ready }>((resolve) =>
    child.once('message', (value) => resolve(value as { ready: Ready })),
  );
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`was not ready within ${withinMs} ms`), withinMs);
  });
  const gone = exited.then(({ code, signal }) => `ended (${signal ?? `exit code ${code}`}) before it was ready`);
  const first = await Promise.race([message, late, gone]).finally(() => clearTimeout(timer));
  if (typeof first !== 'string') return first.ready;
  child.kill('SIGKILL');
  const tail = readFileSync(options.logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(`the process ${options.script} ${first}. The end of its log (${options.logFile}):\n${tail}`);
}

/** Child's side: tells the parent that it is ready, and ends this process (by `onParentGone`) should the parent die. */
export function sayReady(ready: unknown, onParentGone: () => void = () => process.exit(1)): void {
  if (!process.send) return;
  process.once('disconnect', onParentGone);
  process.send({ ready });
}
