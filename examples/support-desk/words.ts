/** How the support desk says amounts and orders: to the model in results, to people in summaries. */
import type { Order } from './shop';
import type { OrderStatus } from './shop-tables';

/** 14900 as `£149.00`. @param pence all prices here are in pounds. */
export function money(pence: number): string {
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' }).format(pence / 100);
}

const STANDS: Readonly<Record<OrderStatus, string>> = {
  packing: 'being packed, not shipped yet',
  shipped: 'on its way',
  delivered: 'delivered',
};

export function standing(status: OrderStatus): string {
  return STANDS[status];
}

export function orderForModel({ order_number, status, address, items }: Order) {
  return {
    order_number,
    status,
    stands: standing(status),
    address,
    items: items.map(({ sku, name, paid, status: state }) => ({ sku, name, paid, price: money(paid), status: state })),
  };
}
