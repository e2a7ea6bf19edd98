/**
 * Ends child processes together with this one. What happens, by the way this process ends:
 * - it returns or calls `process.exit`: the `exit` handler kills them (SIGKILL: an exit handler cannot wait; both an in-memory
 *   server and one with a database file bear it).
 * - SIGINT, SIGTERM, SIGHUP: where nobody else listens to the signal, they are killed and the signal goes on to do what it always
 *   does. Where somebody listens (a worker that drains and needs its server for that), they stay until that one exits.
 * - SIGKILL, or a crash of the runtime: nothing in this process can act. `killWithParent` starts a watchdog for that: a shell
 *   that waits on a pipe which the system closes when this process is gone.
 * Imports Node only.
 */
import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const onEnd = new Set<() => void>();

/** Runs `action` (synchronous, must not throw) when this process ends. @returns takes it back. */
export function atProcessEnd(action: () => void): () => void {
  if (onEnd.size === 0) listen();
  onEnd.add(action);
  return () => {
    onEnd.delete(action);
    if (onEnd.size === 0) unlisten();
  };
}

function runAll(): void {
  for (const action of onEnd) action();
  onEnd.clear();
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  runAll();
  unlisten();
  process.kill(process.pid, signal);
}

function listen(): void {
  process.on('exit', runAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', runAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/**
 * Kills the process `pid` (and removes `folder`, if there is one) when this process dies in whatever way. On Windows nothing
 * is needed: the system ends a child that was not detached with its parent.
 * @returns ends the watchdog; to be called when `pid` is gone, since the system may give that number to another process.
 */
export function killWithParent(pid: number, folder: string | undefined): () => void {
  if (process.platform === 'win32') return () => {};
  // `read` returns when the pipe's other end, which only this process has, is closed.
  const watchdog = spawn(
    '/bin/sh',
    ['-c', 'read -r _; kill -9 "$0"; if [ -n "$1" ]; then rm -rf "$1"; fi', String(pid), folder ?? ''],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      // Its own group, so that Ctrl-C in a terminal does not end it first.
      detached: true,
    },
  );
  watchdog.on('error', () => {});
  watchdog.unref();
  // Not to keep this process alive for the pipe's sake.
  if (watchdog.stdin instanceof Socket) watchdog.stdin.unref();
  return () => void watchdog.kill('SIGKILL');
}
