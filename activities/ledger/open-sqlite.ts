/** Opens a SQLite file for the ledger: one handle for each use, and turns among the writers of this process. */
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import { LedgerOpenError } from './ledger-url';
import { migrate, MIGRATION_TABLE, NoLedger } from './migrations';
import { nodeSqlite } from './node-sqlite';
import type { OpenedDatabase } from './opened-database';
import { LedgerUnavailable } from './port';
import { NodeSqliteDialect } from './sqlite-dialect';
import { whileLocked } from './sqlite-errors';
import type { LedgerTables } from './tables';
import { WriteLock } from './write-lock';

/** The database's clock. `unixepoch` moves between the statements of a transaction. */
const SQLITE_CLOCK = sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;

/**
 * Makes the folder and the file where they are missing.
 * @throws LedgerOpenError
 */
export async function openSqlite(name: string, file: string, lockWaitMs: number): Promise<OpenedDatabase> {
  makeFile(name, file);
  const lock = new WriteLock();
  const opened: Kysely<LedgerTables>[] = [];
  const open = async (use: Use) => {
    const database = await openDatabase(file, lockWaitMs, use);
    const turns = use === 'read' ? undefined : lock;
    const urgent = use === 'renew leases';
    const db = new Kysely<LedgerTables>({
      dialect: new NodeSqliteDialect({ database, lock: turns, urgent, lockWaitMs }),
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
    const modelWriter = await open('record answers');
    const renewer = await open('renew leases');
    const reader = await open('read');
    let closing: Promise<void> | undefined;
    return {
      dialect: 'sqlite',
      writer,
      modelWriter,
      renewer,
      reader,
      clock: SQLITE_CLOCK,
      // Turns are taken by the handle, and `unixepoch` stands still within a statement.
      oneStatement: () => ({ begin: (db) => db, clock: SQLITE_CLOCK, lockOf: () => '' }),
      migrate: (how) => migrate(writer, { ...how, dialect: 'sqlite' }),
      close: () =>
        (closing ??= lock
          .acquire(lockWaitMs)
          .then(() => lock.release())
          .finally(destroy)),
    };
  } catch (error) {
    await destroy().catch(() => undefined);
    throw sqliteOpenError(name, file, error);
  }
}

/**
 * For who only looks: opening makes files and changes the journal mode, which is not to be done to somebody else's database.
 * @throws LedgerOpenError
 */
export function assertHoldsLedger(name: string, file: string): void {
  try {
    const database = new (nodeSqlite().DatabaseSync)(file, { readOnly: true });
    try {
      const found = database
        .prepare("select 1 from sqlite_master where type = 'table' and name = ?")
        .get(MIGRATION_TABLE);
      if (found === undefined) throw new NoLedger('it holds no ledger');
    } finally {
      database.close();
    }
  } catch (error) {
    throw sqliteOpenError(name, file, error);
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
    throw sqliteOpenError(name, file, error);
  }
}

/** What a handle is for, and with it what its commits survive. */
type Use = 'record effects' | 'record answers' | 'renew leases' | 'read';

/**
 * WAL lets readers go on beside a writer. FULL syncs every commit, so that what was recorded of an effect survives a power cut. Rows of model
 * calls survive the death of every process too, but a power cut may take the last ones (NORMAL): then at most an answer is paid for
 * again, which is not worth two syncs a step (docs/decisions/0002). A lease means nothing once the power was cut.
 */
const PRAGMAS: Readonly<Record<Use, readonly string[]>> = {
  'record effects': ['journal_mode = WAL', 'synchronous = FULL'],
  'record answers': ['journal_mode = WAL', 'synchronous = NORMAL'],
  'renew leases': ['journal_mode = WAL', 'synchronous = NORMAL'],
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

export function sqliteOpenError(name: string, file: string, error: unknown): Error {
  if (error instanceof LedgerOpenError) return error;
  const why = String((error as { message?: unknown } | null)?.message ?? error).split('\n')[0] ?? '';
  const text =
    error instanceof LedgerUnavailable || error instanceof NoLedger
      ? `ledger ${JSON.stringify(name)} at ${file} could not be opened: ${why}`
      : `ledger ${JSON.stringify(name)} at ${file} could not be opened (${why}); give the path of a SQLite file that this process may write`;
  return new LedgerOpenError(text, { cause: error });
}
