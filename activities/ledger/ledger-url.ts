/** Where a ledger is, as users write it: a `postgres://` address, a file's path, or a `file:` address. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A ledger could not be opened. The message is one sentence that says what to do. */
export class LedgerOpenError extends Error {
  override readonly name = 'LedgerOpenError';
}

const WHAT_TO_GIVE = 'give the path of a SQLite file, or postgres://user:password@host:5432/database';

/** Whether the address is one of a Postgres; anything else is taken for a SQLite file. */
export function isPostgresUrl(url: string): boolean {
  return typeof url === 'string' && /^postgres(ql)?:/i.test(url);
}

/** What people may see of an address: never the password. */
export function shownLedgerUrl(url: string): string {
  if (!isPostgresUrl(url)) return url;
  try {
    const { username, host, pathname } = new URL(url);
    return `postgres://${username === '' ? '' : `${username}@`}${host}${pathname}`;
  } catch {
    return 'postgres://…';
  }
}

/**
 * @returns the absolute path of the SQLite file.
 * @throws LedgerOpenError for databases that are not supported.
 */
export function ledgerPath(name: string, url: string): string {
  const here = `ledger ${JSON.stringify(name)}`;
  if (typeof url !== 'string' || url.trim() === '') {
    throw new LedgerOpenError(`${here}: its address is empty; ${WHAT_TO_GIVE}`);
  }
  if (url.includes(':memory:')) {
    throw new LedgerOpenError(
      `${here}: a ledger in memory would forget what it is for; give the path of a SQLite file`,
    );
  }
  if (url.includes('\0'))
    throw new LedgerOpenError(`${here}: its path holds a NUL character; give the path of a SQLite file`);
  if (/^file:\/\//i.test(url)) return fileUrlPath(here, url);
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'file') {
    throw new LedgerOpenError(`${here}: ${scheme}: is not supported; ${WHAT_TO_GIVE}`);
  }
  return path.resolve(scheme === 'file' ? url.slice('file:'.length) : url);
}

function fileUrlPath(here: string, url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new LedgerOpenError(`${here}: its address is not a file on this machine; write file:/path or a plain path`, {
      cause: error,
    });
  }
}
