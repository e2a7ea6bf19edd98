/** A ledger's database seen from outside: over a connection of its own, as a tool's own program or a person would. */
import type { Transaction } from 'kysely';
import { nodeSqlite } from '../../../activities/ledger/node-sqlite';
import { isPostgresUrl } from '../../../activities/ledger/ledger-url';
import type { Ledger } from '../../../activities/ledger/port';
import { queryOnce } from '../../support/postgres';
import { temporaryLedger, temporaryLedgerUrl } from './temporary-ledger';

/** Runs one statement. @returns its rows */
export async function fromOutside<Row = Record<string, unknown>>(url: string, text: string): Promise<readonly Row[]> {
  if (isPostgresUrl(url)) return queryOnce<Row>(url, text);
  const database = new (nodeSqlite().DatabaseSync)(url);
  try {
    const statement = database.prepare(text);
    if (statement.columns().length > 0) return statement.all() as Row[];
    statement.run();
    return [];
  } finally {
    database.close();
  }
}

type Data = { visits: { slot: string } };

export interface DataLedger {
  readonly ledger: Ledger;
  readonly url: string;
  /** What is in the tool's own table. */
  readonly visits: () => Promise<readonly string[]>;
  readonly visit: (tx: Transaction<unknown>, slot: string) => Promise<unknown>;
}

/** A ledger inside a data database with one table, whose slots are unique. */
export async function dataLedger(options: Parameters<typeof temporaryLedger>[0] = {}): Promise<DataLedger> {
  const url = await temporaryLedgerUrl();
  await fromOutside(url, 'create table visits (slot text primary key)');
  const ledger = await temporaryLedger({ name: 'data', url, ...options });
  return {
    ledger,
    url,
    visits: async () =>
      (await fromOutside<{ slot: string }>(url, 'select slot from visits order by slot')).map((row) => row.slot),
    visit: (tx, slot) => tx.withTables<Data>().insertInto('visits').values({ slot }).execute(),
  };
}
