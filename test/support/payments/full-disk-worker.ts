/**
 * A worker whose SQLite ledger has no room: SIGUSR2 takes the room away, and gives it back the next time. SQLite's own
 * `max_page_count` is what says no, on every handle that this process has open.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import { patchExport } from '../planted/patch-export';

/** SQLite's own default. */
const MOST_PAGES = 0xfffffffe;

const open = new Set<DatabaseSync>();
let full = false;

patchExport<typeof nodeSqlite>('activities/ledger/node-sqlite', 'nodeSqlite', (original) => () => {
  const sqlite = original();
  class Counted extends sqlite.DatabaseSync {
    constructor(...args: ConstructorParameters<typeof DatabaseSync>) {
      super(...args);
      open.add(this);
    }

    override close(): void {
      open.delete(this);
      super.close();
    }
  }
  return { ...sqlite, DatabaseSync: Counted };
});

process.on('SIGUSR2', () => {
  full = !full;
  // Fewer than there are is taken for as many as there are.
  for (const database of open) database.exec(`PRAGMA max_page_count = ${full ? 1 : MOST_PAGES}`);
});

void import('../worker-main.js');
