/** What can be changed of an order that is not shipped yet. Both tools write through `ctx.tx`, and say what the shop owes the user from then on. */
import { z } from 'zod';
import { defineTool, ToolError } from '../../agents';
import { OrderNumber, Sku } from './arguments';
import { ownOrderIn } from './own-order';
import { SHOP_LEDGER } from './shop-ledger';
import { TODAY } from './shop-seed';
import type { OrderRow } from './shop-tables';
import { money, standing } from './words';

export const changeAddress = defineTool({
  name: 'change_address',
  effect: 'transactional',
  description:
    'Changes where an order goes that is not shipped yet. Only to an address that the user gave in full. Opens that a confirmation letter is owed.',
  input: z.object({
    order_number: OrderNumber,
    address: z.string().min(8).max(200).describe('In full, with town and postcode.'),
  }),
  ledger: SHOP_LEDGER,
  timeout: '20s',
  usesState: true,
  summary: ({ order_number }) => String(order_number),
  run: async ({ order_number, address }, { tx, session, state }) => {
    const { order } = await ownOrderIn(tx, session, order_number);
    assertChangeable(order);
    await tx.updateTable('orders').set({ address }).where('order_number', '=', order_number).execute();
    await tx.insertInto('events').values({ order_number, day: TODAY, text: 'address changed' }).execute();
    state?.patch({ order: order_number, address });
    state?.establish(`Order ${order_number} goes to ${address}.`, `order ${order_number}`);
    state?.open(`send the confirmation letter for the new address of order ${order_number}`);
    return { order_number, old_address: order.address, address };
  },
});

export const cancelItem = defineTool({
  name: 'cancel_item',
  effect: 'transactional',
  description:
    'Takes an item out of an order that is not shipped yet. What was paid for it is owed to the user from then on: refund_payment.',
  input: z.object({ order_number: OrderNumber, sku: Sku }),
  ledger: SHOP_LEDGER,
  timeout: '20s',
  usesState: true,
  summary: ({ order_number, sku }) => `${sku} of ${order_number}`,
  run: async ({ order_number, sku }, { tx, session, state }) => {
    const { order, items } = await ownOrderIn(tx, session, order_number);
    assertChangeable(order);
    const item = items.find((one) => one.sku === sku);
    if (!item) {
      throw new ToolError(`Order ${order_number} has no ${sku}; it has ${items.map((one) => one.sku).join(', ')}.`);
    }
    if (item.status === 'cancelled') throw new ToolError(`${sku} of order ${order_number} is cancelled already.`);
    await tx
      .updateTable('items')
      .set({ status: 'cancelled' })
      .where('order_number', '=', order_number)
      .where('sku', '=', sku)
      .execute();
    await tx
      .insertInto('events')
      .values({ order_number, day: TODAY, text: `${sku} cancelled` })
      .execute();
    state?.patch({ order: order_number, item: sku });
    state?.open(`pay back ${money(item.paid)} for ${sku} of order ${order_number}`);
    return { order_number, sku, name: item.name, to_pay_back: item.paid };
  },
});

function assertChangeable({ order_number, status }: OrderRow): void {
  if (status === 'packing') return;
  throw new ToolError(`Order ${order_number} is ${standing(status)}: nothing of it can be changed any more.`);
}
