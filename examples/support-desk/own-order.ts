/**
 * Whose order something is about. What the model writes of customers is no proof: the shop itself keeps who was identified in a conversation, under the id of the
 * first session, which tools of every agent in the family are told.
 */
import type { Transaction } from 'kysely';
import { NotApplied, ToolError, type SessionIdentity } from '../../agents';
import type { Order, Shop } from './shop';
import type { ItemRow, OrderRow, ShopTables } from './shop-tables';

const WHO = 'Nobody is identified in this conversation. It takes check_identity, which the front desk has.';

/** @throws ToolError where nobody is identified, or the order is not theirs (said in the same words as where it is not there). */
export async function ownOrder(shop: Shop, { id }: SessionIdentity, orderNumber: number): Promise<Order> {
  const customers = await shop.identified(id);
  if (customers.length === 0) throw new ToolError(WHO);
  const order = await shop.order(orderNumber);
  if (order && customers.some(({ customer_id }) => customer_id === order.customer_id)) return order;
  throw new ToolError(notTheirs(orderNumber));
}

/** The same before something is done elsewhere: a shop that cannot be read is no doubt about the effect. @throws NotApplied too. */
export async function ownOrderFirst(shop: Shop, session: SessionIdentity, orderNumber: number): Promise<Order> {
  try {
    return await ownOrder(shop, session, orderNumber);
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new NotApplied('The shop cannot be read.', { cause: error });
  }
}

/** The same in a transaction, with what is in the order. */
export async function ownOrderIn(
  tx: Transaction<ShopTables>,
  session: SessionIdentity,
  orderNumber: number,
): Promise<{ readonly order: OrderRow; readonly items: readonly ItemRow[] }> {
  const customers = await customersIn(tx, session);
  const order = await tx
    .selectFrom('orders')
    .selectAll()
    .where('order_number', '=', orderNumber)
    .where('customer_id', 'in', customers)
    .executeTakeFirst();
  if (!order) throw new ToolError(notTheirs(orderNumber));
  return { order, items: await tx.selectFrom('items').selectAll().where('order_number', '=', orderNumber).execute() };
}

/** Ids of those who were identified, one at least. @throws ToolError */
export async function customersIn(tx: Transaction<ShopTables>, { id }: SessionIdentity): Promise<number[]> {
  const rows = await tx.selectFrom('identified').select('customer_id').where('session_id', '=', id).execute();
  if (rows.length === 0) throw new ToolError(WHO);
  return rows.map(({ customer_id }) => customer_id);
}

function notTheirs(orderNumber: number): string {
  return `There is no order ${orderNumber} of this customer.`;
}
