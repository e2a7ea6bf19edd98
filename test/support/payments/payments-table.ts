/** The table that the transactional tool writes, in the ledger's own database: read and made from outside of any worker. */
import { DatabaseSync } from 'node:sqlite';
import { queryOnce } from '../postgres';

export interface PaymentsTables {
  readonly payments: {
    readonly payment_order: string;
    readonly cents: number;
    readonly call_id: string;
  };
}

/** No unique key: a payment made twice must show. */
const MAKE =
  'create table if not exists payments (payment_order text not null, cents integer not null, call_id text not null)';

const isPostgres = (url: string) => /^postgres/.test(url);

export async function makePaymentsTable(ledgerUrl: string): Promise<void> {
  if (isPostgres(ledgerUrl)) await queryOnce(ledgerUrl, MAKE);
  else withFile(ledgerUrl, (database) => database.exec(MAKE));
}

/** Orders in the table, one for each row. */
export async function paidOrders(ledgerUrl: string): Promise<readonly string[]> {
  const select = 'select payment_order from payments';
  const rows = isPostgres(ledgerUrl)
    ? await queryOnce<{ payment_order: string }>(ledgerUrl, select)
    : withFile(ledgerUrl, (database) => database.prepare(select).all());
  return rows.map((row) => String(row.payment_order));
}

function withFile<T>(file: string, use: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  try {
    return use(database);
  } finally {
    database.close();
  }
}
