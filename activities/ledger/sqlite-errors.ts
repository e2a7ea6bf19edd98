/** What errors of node:sqlite mean for the ledger (result codes: https://sqlite.org/rescode.html). */
import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerUnavailable } from './port';

const BUSY = 5;
const LOCKED = 6;

/** Result codes that say that the database cannot be used just now, in words. */
const UNAVAILABLE: Readonly<Record<number, string>> = {
  8: 'is read-only',
  10: 'could not be read or written by the operating system',
  11: 'is damaged',
  13: 'has no space left on its disk',
  14: 'cannot be opened',
  26: 'is not a SQLite database',
};

/** Primary result code of an error of node:sqlite; undefined for any other error. The low byte is the error, the rest its extended code. */
export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null | undefined)?.errcode;
  return typeof code === 'number' ? code & 0xff : undefined;
}

export function isLocked(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === BUSY || code === LOCKED;
}

/** An error that says the database cannot be used becomes `LedgerUnavailable`; any other, such as a constraint's, stays what it is. */
export function translated(error: unknown): unknown {
  if ((error as { code?: unknown } | null | undefined)?.code === 'ERR_INVALID_STATE') {
    return new LedgerUnavailable('the ledger was closed in this process', { cause: error });
  }
  const why = UNAVAILABLE[sqliteCode(error) ?? -1];
  return why === undefined ? error : new LedgerUnavailable(`the ledger's file ${why}`, { cause: error });
}

/**
 * Runs one statement, again and again while another process has the database locked, with waits of growing jitter between.
 * @throws LedgerUnavailable once `waitMs` is over.
 */
export async function whileLocked<T>(waitMs: number, statement: () => T): Promise<T> {
  const giveUpAt = performance.now() + waitMs;
  for (let tries = 0; ; tries += 1) {
    try {
      return statement();
    } catch (error) {
      if (!isLocked(error)) throw translated(error);
      if (performance.now() >= giveUpAt) {
        throw new LedgerUnavailable(`another process kept the ledger locked for ${waitMs} ms; it is tried again`, {
          cause: error,
        });
      }
      await sleep(1 + Math.random() * Math.min(50, 4 * (tries + 1)));
    }
  }
}
