/** The shop as tables: their SQL, and their types for Kysely (`ctx.tx` of the transactional tools). */
import type { Generated } from 'kysely';

export interface CustomerRow {
  readonly customer_id: number;
  readonly name: string;
  readonly email: string;
  readonly postcode: string;
}

export type OrderStatus = 'packing' | 'shipped' | 'delivered';

export interface OrderRow {
  readonly order_number: number;
  readonly customer_id: number;
  readonly status: OrderStatus;
  readonly address: string;
}

export interface ItemRow {
  readonly order_number: number;
  readonly sku: string;
  readonly name: string;
  /** What was paid for it, in pence. */
  readonly paid: number;
  readonly status: 'ordered' | 'cancelled';
}

/** What happened to an order, oldest first. */
export interface EventRow {
  readonly order_number: number;
  /** `2027-02-22`. */
  readonly day: string;
  readonly text: string;
}

export interface LetterRow {
  readonly letter_id: number;
  readonly customer_id: number;
  readonly subject: string;
  readonly body: string;
  /** Of the call that sent it. */
  readonly idempotency_key: string;
}

/** Who was identified in which conversation. */
export interface IdentifiedRow {
  /** Id of the first session: the same for every agent that the conversation goes through. */
  readonly session_id: string;
  readonly customer_id: number;
}

/** The tables as Kysely sees them. */
export interface ShopTables {
  customers: CustomerRow;
  orders: OrderRow;
  items: ItemRow;
  events: EventRow;
  letters: Omit<LetterRow, 'letter_id'> & { letter_id: Generated<number> };
  identified: IdentifiedRow;
}

export const SHOP_SQL = `
  CREATE TABLE IF NOT EXISTS customers (
    customer_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    postcode TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS orders (
    order_number INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers,
    status TEXT NOT NULL CHECK (status IN ('packing', 'shipped', 'delivered')),
    address TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS items (
    order_number INTEGER NOT NULL REFERENCES orders,
    sku TEXT NOT NULL,
    name TEXT NOT NULL,
    paid INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('ordered', 'cancelled')),
    PRIMARY KEY (order_number, sku)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events (
    order_number INTEGER NOT NULL REFERENCES orders,
    day TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS letters (
    letter_id INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id INTEGER NOT NULL REFERENCES customers,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE IF NOT EXISTS identified (
    session_id TEXT NOT NULL,
    customer_id INTEGER NOT NULL REFERENCES customers,
    PRIMARY KEY (session_id, customer_id)
  ) STRICT;
`;
