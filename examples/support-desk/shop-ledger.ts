/** The ledger that lives inside the shop's own database: what a transactional tool writes and the record of it are one commit. */
import { ledgerNamed } from '../../agents';
import type { ShopTables } from './shop-tables';

export const SHOP_LEDGER = ledgerNamed<ShopTables>('shop');

/** What makes two refunds the same one: an item of an order is paid back once, whichever agent is asked. */
export function refundKey(orderNumber: number, sku: string): string {
  return `${orderNumber}:${sku}`;
}
