/**
 * The support desk's side of the sweep: `holdfast sweep triage --script dist/examples/support-desk/sweep.js`. A conversation that goes through three desks and asks
 * two agents at once, and a world of its own for each run: the shop, and the payment service with its journal, which no worker's death touches.
 */
import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import type { Json } from '../../workflows/contracts/json';
import type { PendingItem } from '../../workflows/contracts/messages';
import type { SweepDecision, SweepPlan } from '../../testing/sweep/plan';
import { applied } from '../shared/services/journal';
import { SHORT_CONVERSATION } from './conversation';
import type { JournalRow } from './payments/journal';
import { startPayments } from './payments/service';
import { script } from './script';
import { openShop } from './shop';
import { SHOP_LEDGER } from './shop-ledger';
import type { EventRow, IdentifiedRow, ItemRow, LetterRow, OrderRow } from './shop-tables';

export const sweep: SweepPlan = {
  agentsModule: path.join(__dirname, 'worker.js'),
  script,
  messages: SHORT_CONVERSATION,
  openWorld: async (folder) => {
    const shopFile = path.join(folder, 'shop.sqlite');
    openShop(shopFile).close();
    const payments = await startPayments({ file: path.join(folder, 'payments.jsonl') });
    return {
      env: { SUPPORT_DESK_SHOP: shopFile, SUPPORT_DESK_PAYMENTS_URL: payments.url },
      ledgers: { [SHOP_LEDGER.name]: shopFile },
      snapshot: async () => ({ ...shopIn(shopFile), ...paidBy(payments.journal()) }),
      decide: async (item) => approve(item),
      resolve: async (item) => lookUp(item, payments.journal()),
      close: () => payments.close(),
    };
  },
};

/** All that a conversation can change. */
export function shopIn(file: string) {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  const rows = <Row>(sql: string) => database.prepare(sql).all() as Row[];
  try {
    return {
      orders: rows<Pick<OrderRow, 'order_number' | 'address' | 'status'>>(
        'SELECT order_number, address, status FROM orders ORDER BY order_number',
      ),
      items: rows<Pick<ItemRow, 'order_number' | 'sku' | 'status'>>(
        'SELECT order_number, sku, status FROM items ORDER BY order_number, sku',
      ),
      events: rows<Pick<EventRow, keyof EventRow>>('SELECT order_number, day, text FROM events ORDER BY rowid'),
      letters: rows<LetterRow>('SELECT * FROM letters ORDER BY letter_id').map(({ idempotency_key, ...letter }) => ({
        ...letter,
        call: callOf(idempotency_key),
      })),
      // Not in which session: each run has one of its own.
      identified: rows<Pick<IdentifiedRow, 'customer_id'>>('SELECT customer_id FROM identified ORDER BY rowid'),
    };
  } finally {
    database.close();
  }
}

/** Everything that the payment service did, in order, so that what is there twice is seen twice. */
function paidBy(rows: readonly JournalRow[]) {
  return {
    refunds: applied(rows, 'refund').map(({ id, order, item, amount, reason, reference }) => ({
      refund: id,
      ...{ order, item, amount, reason },
      call: callOf(reference),
    })),
    reversals: applied(rows, 'reversal').map(({ id, refundId }) => ({ reversal: id, refund: refundId })),
  };
}

/** A key is `<namespace>/<path of the child>/<call id>`, and every session has a namespace of its own. */
function callOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

/** What a person of the shop does about a refund: agrees, whoever of the desks asks. */
function approve({ kind, summary, approval }: PendingItem): SweepDecision {
  if (approval?.tool !== 'refund_payment') throw new Error(`Nobody knows what to do about ${kind}: ${summary}`);
  return { decision: 'approve', by: 'dana', reason: 'it came broken' };
}

/** What a person of the shop does who is asked what became of a refund: looks into the payment service's list. */
function lookUp({ call }: PendingItem, rows: readonly JournalRow[]): { as: 'applied' | 'absent'; result?: Json } {
  if (call?.tool !== 'refund_payment')
    throw new Error(`Nobody can look up what became of ${call?.tool ?? 'no call at all'}.`);
  const refund = applied(rows, 'refund').find((one) => one.reference === call.row.idempotencyKey);
  if (!refund) return { as: 'absent' };
  const { id, order, item, amount, currency } = refund;
  return { as: 'applied', result: { refund_id: id, order, item, amount, currency } };
}
