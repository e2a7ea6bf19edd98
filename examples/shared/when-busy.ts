/**
 * SQLite lets one process write at a time. Waiting inside SQLite would block the event loop, heartbeats included, so each try
 * waits briefly and the waiting between tries is done here.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** How long one try may block, ms: below anything that a heartbeat would notice. */
export const BUSY_TIMEOUT_MS = 50;
const GIVE_UP_AFTER_MS = 5_000;
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** True for errors of node:sqlite that say another connection is writing. */
export function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  // The low byte is the error, the rest its extended code (https://sqlite.org/rescode.html).
  return typeof code === 'number' && ((code & 0xff) === SQLITE_BUSY || (code & 0xff) === SQLITE_LOCKED);
}

/**
 * Runs a statement again for up to 5 s while the database is busy.
 * @throws the busy error itself when the time is up, any other error at once.
 */
export async function retryWhileBusy<T>(statement: () => T): Promise<T> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return statement();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await sleep(5 + Math.random() * 45);
    }
  }
}
