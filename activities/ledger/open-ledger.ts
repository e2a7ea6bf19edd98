/** Opens a ledger: makes the folder, the file and the tables where they are missing. Any number of processes may do so at once. */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { PayloadCodec } from '@temporalio/common';
import { Kysely, sql } from 'kysely';
import { jsonContentCodec, payloadContentCodec } from './content-codec';
import { LedgerOpenError, ledgerPath } from './ledger-url';
import { migrate } from './migrations';
import { nodeSqlite } from './node-sqlite';
import { LedgerUnavailable, type ContentCodec, type Ledger } from './port';
import { checkSeal } from './seal';
import { createSqlLedger } from './sql-ledger';
import { NodeSqliteDialect } from './sqlite-dialect';
import { whileLocked } from './sqlite-errors';
import type { LedgerTables } from './tables';
import { WriteLock } from './write-lock';

/** Longer than the longest transaction a tool may keep open (5 s), so that one of those delays other calls and fails none. */
export const LOCK_WAIT_MS = 10_000;

export interface OpenLedgerOptions {
  /** As tools name it; `default` is the one of tools that name none. */
  readonly name: string;
  /** Path of a SQLite file, or `file:/path`. */
  readonly url: string;
  /** The codecs Temporal's payloads are sealed with: content in the ledger is sealed with them too. */
  readonly payloadCodecs?: readonly PayloadCodec[];
  /** Another way to store content; wins over `payloadCodecs`. */
  readonly codec?: ContentCodec;
  /** How long a call waits while others write, ms, before it fails with `LedgerUnavailable`. */
  readonly lockWaitMs?: number;
}

/** The database's clock. `unixepoch` moves between the statements of a transaction. */
const SQLITE_CLOCK = sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;

/**
 * @throws LedgerOpenError: a database that is not supported, a path that cannot be used, a file that is something else,
 * tables of a later version, or content that is sealed where this process has no codecs.
 */
export async function openLedger(options: OpenLedgerOptions): Promise<Ledger> {
  const { name, url, lockWaitMs = LOCK_WAIT_MS } = options;
  const file = ledgerPath(name, url);
  makeFile(name, file);
  const lock = new WriteLock();
  const opened: Kysely<LedgerTables>[] = [];
  const open = async (use: Use) => {
    const database = await openDatabase(file, lockWaitMs, use);
    const db = new Kysely<LedgerTables>({
      dialect: new NodeSqliteDialect({ database, lock: use === 'read' ? undefined : lock, lockWaitMs }),
    });
    opened.push(db);
    return db;
  };
  const destroy = async () => {
    // Kysely does nothing for a handle that no query has used yet; a query makes sure that it is closed.
    for (const db of opened) {
      await db.selectNoFrom(sql<number>`1`.as('one')).execute();
      await db.destroy();
    }
  };
  try {
    const writer = await open('record effects');
    const id = await migrate(writer);
    if (!options.codec) await checkSeal(writer, name, Boolean(options.payloadCodecs?.length));
    const modelWriter = await open('record answers');
    const reader = await open('read');
    let closing: Promise<void> | undefined;
    return createSqlLedger({
      name,
      id,
      dialect: 'sqlite',
      writer,
      modelWriter,
      reader,
      clock: SQLITE_CLOCK,
      codec:
        options.codec ??
        (options.payloadCodecs?.length ? payloadContentCodec(options.payloadCodecs) : jsonContentCodec),
      close: () =>
        (closing ??= lock
          .acquire(lockWaitMs)
          .then(() => lock.release())
          .finally(destroy)),
    });
  } catch (error) {
    await destroy().catch(() => undefined);
    throw openError(name, file, error);
  }
}

/** The file is made here and not by SQLite, so that only its owner can read what sessions said. */
function makeFile(name: string, file: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
      throw new LedgerOpenError(`ledger ${JSON.stringify(name)}: ${file} is a folder; give the path of a SQLite file`);
    }
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw openError(name, file, error);
  }
}

/** What a handle is for, and with it what its commits survive. */
type Use = 'record effects' | 'record answers' | 'read';

/**
 * WAL lets readers go on beside a writer. FULL syncs every commit, so that what was recorded of an effect survives a power cut. Rows of model
 * calls survive the death of every process too, but a power cut may take the last ones (NORMAL): then at most an answer is paid for
 * again, which is not worth two syncs a step (docs/decisions/0002).
 */
const PRAGMAS: Readonly<Record<Use, readonly string[]>> = {
  'record effects': ['journal_mode = WAL', 'synchronous = FULL'],
  'record answers': ['journal_mode = WAL', 'synchronous = NORMAL'],
  read: ['journal_mode = WAL', 'query_only = ON'],
};

async function openDatabase(file: string, lockWaitMs: number, use: Use): Promise<DatabaseSync> {
  const { DatabaseSync: Database } = nodeSqlite();
  const database = await whileLocked(lockWaitMs, () => new Database(file, { timeout: 0 }));
  try {
    for (const pragma of PRAGMAS[use]) await whileLocked(lockWaitMs, () => database.exec(`PRAGMA ${pragma}`));
    // Some file systems cannot do it, and SQLite then stays with what it had without an error.
    const mode: unknown = database.prepare('PRAGMA journal_mode').get()?.journal_mode;
    if (mode !== 'wal') {
      throw new Error(
        `its file system does not take a write-ahead log (journal mode ${String(mode)}); use a local disk`,
      );
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function openError(name: string, file: string, error: unknown): Error {
  if (error instanceof LedgerOpenError) return error;
  const why = String((error as { message?: unknown } | null)?.message ?? error).split('\n')[0] ?? '';
  const text =
    error instanceof LedgerUnavailable
      ? `ledger ${JSON.stringify(name)} at ${file} could not be opened: ${why}`
      : `ledger ${JSON.stringify(name)} at ${file} could not be opened (${why}); give the path of a SQLite file that this process may write`;
  return new LedgerOpenError(text, { cause: error });
}
