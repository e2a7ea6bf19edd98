/**
 * The shop: a SQLite file of its own, shared with other processes and with the ledger's tables. Opening creates and seeds it. What changes it is not here: the
 * transactional tools write in the ledger's transaction.
 */
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from '../shared/open-database';
import { BUSY_TIMEOUT_MS, retryWhileBusy } from '../shared/when-busy';
import { CUSTOMERS, EVENTS, ITEMS, ORDERS } from './shop-seed';
import { SHOP_SQL, type CustomerRow, type EventRow, type ItemRow, type OrderRow } from './shop-tables';

/** An order with what is in it. */
export type Order = OrderRow & { readonly items: readonly ItemRow[] };

export interface Shop {
  readonly file: string;
  /** Who was identified in this conversation. */
  identified(sessionId: string): Promise<readonly CustomerRow[]>;
  order(orderNumber: number): Promise<Order | undefined>;
  /** What happened to an order, oldest first. */
  history(orderNumber: number): Promise<readonly EventRow[]>;
  close(): void;
}

/** Opens the shop, and creates and seeds it where it is not there. Any number of processes may do so at once. */
export function openShop(file: string): Shop {
  const database = openDatabase(file);
  createAndSeed(database);
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const all = <Row>(sql: string, ...values: (string | number)[]): Promise<Row[]> =>
    retryWhileBusy(() => database.prepare(sql).all(...values) as Row[]);

  return {
    file,
    identified: (sessionId) =>
      all<CustomerRow>(
        'SELECT customers.* FROM identified JOIN customers USING (customer_id) WHERE session_id = ? ORDER BY customer_id',
        sessionId,
      ),
    async order(orderNumber) {
      const [order] = await all<OrderRow>('SELECT * FROM orders WHERE order_number = ?', orderNumber);
      if (!order) return undefined;
      return {
        ...order,
        items: await all<ItemRow>('SELECT * FROM items WHERE order_number = ? ORDER BY rowid', orderNumber),
      };
    },
    history: (orderNumber) =>
      all<EventRow>('SELECT * FROM events WHERE order_number = ? ORDER BY day, rowid', orderNumber),
    close: () => database.close(),
  };
}

function createAndSeed(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    database.exec(SHOP_SQL);
    if (!database.prepare('SELECT 1 FROM customers LIMIT 1').get()) seed(database);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function seed(database: DatabaseSync): void {
  const customer = database.prepare('INSERT INTO customers VALUES (?, ?, ?, ?)');
  for (const row of CUSTOMERS) customer.run(row.customer_id, row.name, row.email, row.postcode);
  const order = database.prepare('INSERT INTO orders VALUES (?, ?, ?, ?)');
  for (const row of ORDERS) order.run(row.order_number, row.customer_id, row.status, row.address);
  const item = database.prepare('INSERT INTO items VALUES (?, ?, ?, ?, ?)');
  for (const row of ITEMS) item.run(row.order_number, row.sku, row.name, row.paid, row.status);
  const event = database.prepare('INSERT INTO events VALUES (?, ?, ?)');
  for (const row of EVENTS) event.run(row.order_number, row.day, row.text);
}
