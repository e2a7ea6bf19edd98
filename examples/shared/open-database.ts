/** Opens the databases of the examples. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './when-busy';

/** Long, since nothing runs yet when a database is opened: another process may be creating it. */
const OPEN_TIMEOUT_MS = 10_000;
const TRY_EVERY_MS = 10;

/**
 * Opens a SQLite file, which is created where it is not there, so that what is committed survives a crash. Any number of processes may do so at once: whoever
 * switches a new file to write-ahead logging needs it for itself, and where two want that SQLite has one of them fail at once, whatever the timeout
 * (https://sqlite.org/c3ref/busy_handler.html).
 */
export function openDatabase(file: string): DatabaseSync {
  mkdirSync(path.dirname(file), { recursive: true });
  const database = new DatabaseSync(file, { timeout: OPEN_TIMEOUT_MS });
  const deadline = performance.now() + OPEN_TIMEOUT_MS;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      return database;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) {
        database.close();
        throw error;
      }
      // Nothing else runs yet, and whoever opens it expects it to be there when this returns.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TRY_EVERY_MS);
    }
  }
}
