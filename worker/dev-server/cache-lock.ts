/**
 * A lock file between processes, so that two that miss the binary at the same time do the work once. It only saves work: a
 * binary is always made under a name of its own and renamed into place, so a lock that fails costs a second build and breaks
 * nothing. Imports Node only.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCK_HEARTBEAT_MS, LOCK_POLL_MS, LOCK_STALE_MS } from './deadlines';

export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Tells two owners with the same pid apart. */
  readonly token: string;
}

/**
 * Runs `work` while this process owns the lock at `path`; waits for another owner that lives, takes over from one that died.
 * @param onWait called once, with the owner's pid, when there is somebody to wait for.
 */
export async function withLock<T>(
  path: string,
  onWait: (pid: number | undefined) => void,
  work: () => Promise<T>,
): Promise<T> {
  const owner: Owner = { pid: process.pid, host: hostname(), token: randomUUID() };
  for (let waited = false; !tryTake(path, owner);) {
    const seen = look(path);
    if (seen.kind === 'held') {
      if (!waited) onWait(seen.owner?.pid);
      waited = true;
      await sleep(LOCK_POLL_MS);
    } else if (seen.kind === 'stale') {
      takeAway(path, seen.text);
    }
  }
  const heartbeat = setInterval(() => touch(path), LOCK_HEARTBEAT_MS);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (read(path) === JSON.stringify(owner)) rmSync(path, { force: true });
  }
}

function tryTake(path: string, owner: Owner): boolean {
  try {
    writeFileSync(path, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    // EPERM: Windows, while the file is being deleted.
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32')) return false;
    throw error;
  }
}

type Seen =
  | { readonly kind: 'gone' }
  | { readonly kind: 'held'; readonly owner: Owner | undefined }
  | { readonly kind: 'stale'; readonly text: string };

function look(path: string): Seen {
  const text = read(path);
  if (text === undefined) return { kind: 'gone' };
  const owner = parse(text);
  if (owner && owner.host === hostname() && !isAlive(owner.pid)) return { kind: 'stale', text };
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (touched === undefined) return { kind: 'gone' };
  // Also how a lock whose text was never finished (the owner died between create and write) gets freed.
  return Date.now() - touched > LOCK_STALE_MS ? { kind: 'stale', text } : { kind: 'held', owner };
}

/** Two waiters may both see the stale lock; the slower one must not remove the lock that the faster one has made since. */
function takeAway(path: string, staleText: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) === staleText) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

/** False only when the system says that there is no such process; a process of another user is alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Taken over while this process was paused: the work goes on under its own file name.
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { pid, host, token } = value as Partial<Owner>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host, token: token ?? '' } : undefined;
  } catch {
    return undefined;
  }
}
