/**
 * Paying money back, at a payment service that can be asked what it did, by the reference that each refund carries: so the tool is `reconcilable`, and a call that
 * was cut off is looked up before anything is tried again. Two agents have it. Its key is the item of the order, which no agent and no session is part of: whoever
 * is asked, and however often, an item is paid back once.
 */
import { z } from 'zod';
import { defineTool, ToolError, type Reconciliation, type ToolContext } from '../../agents';
import { askService } from '../shared/ask-service';
import { OrderNumber, Sku } from './arguments';
import { ownOrderFirst } from './own-order';
import type { Shop } from './shop';
import { refundKey, SHOP_LEDGER } from './shop-ledger';
import { money } from './words';

/** In pence: above it a person of the shop must agree. */
export const FREE_TO_REFUND = 10_000;

const refundSchema = z.object({
  refund_id: z.string().min(1),
  order: z.int(),
  item: z.string(),
  /** In pence. */
  amount: z.int(),
  currency: z.string(),
});

export type Refund = z.output<typeof refundSchema>;

const refundsSchema = z.object({ refunds: z.array(refundSchema) });
const reversalSchema = z.object({ refund_id: z.string(), reversal_id: z.string(), already_reversed: z.boolean() });

/** @param payments where the payment service is. */
export function refundPayment(shop: Shop, payments: string) {
  return defineTool({
    name: 'refund_payment',
    effect: 'reconcilable',
    description:
      'Pays what was paid for an item back, in full or in part, to the card that was used. Only after the user has agreed. Above £100.00 a person of the shop is asked first, by itself.',
    input: z.object({
      order_number: OrderNumber,
      sku: Sku,
      amount: z.number().int().min(1).max(500_000).describe('In pence: 14900 is £149.00.'),
      currency: z.literal('GBP'),
      reason: z.string().min(3).max(200).describe('Why, in a few words.'),
    }),
    output: refundSchema,
    ledger: SHOP_LEDGER,
    timeout: '20s',
    usesState: true,
    key: ({ order_number, sku }) => refundKey(order_number, sku),
    // Another amount for the same item is a conflict, and refused; another reason is not.
    sameAs: ({ amount, currency }) => ({ amount, currency }),
    // A request that was on its way when its worker died is carried out in far less than a second (the service is near), and the
    // service's list shows a refund 200 ms after it was made.
    settleWithin: '1s',
    approval: {
      when: ({ amount }) =>
        amount > FREE_TO_REFUND && `${money(amount)} is more than the ${money(FREE_TO_REFUND)} that need no approval`,
      amount: ({ amount }) => amount / 100,
      unit: 'GBP',
    },
    summary: ({ order_number, sku, amount }) => `${money(amount)} for ${sku} of ${order_number}`,
    run: async ({ order_number, sku, amount, currency, reason }, ctx): Promise<Refund> => {
      const order = await ownOrderFirst(shop, ctx.session, order_number);
      const item = order.items.find((one) => one.sku === sku);
      if (!item) throw new ToolError(`Order ${order_number} has no ${sku}.`);
      if (amount > item.paid) throw new ToolError(`Only ${money(item.paid)} was paid for ${sku}.`);
      if (item.status === 'ordered' && order.status === 'packing') {
        throw new ToolError(`${sku} of order ${order_number} is not shipped yet: cancel it first.`);
      }
      const body = { reference: ctx.idempotencyKey, order: order_number, item: sku, amount, currency, reason };
      return noted(
        refundSchema.parse(await askService(payments, { method: 'POST', path: '/refunds', body }, ctx)),
        ctx,
      );
    },
    reconcile: (_, ctx) => findRefund(payments, ctx),
    // Charging the card again for the second time changes nothing, so a reversal that was cut off is simply asked for again.
    compensate: {
      effect: 'idempotent',
      run: async (_, { refund_id }, ctx) => {
        const path = `/refunds/${refund_id}/reversal`;
        return reversalSchema.parse(await askService(payments, { method: 'POST', path }, ctx));
      },
    },
  });
}

/** @throws where the service gave no answer, or none that can be read: that is asked again, and never taken for `absent`. */
async function findRefund(payments: string, ctx: ToolContext): Promise<Reconciliation<Refund>> {
  const path = `/refunds?reference=${encodeURIComponent(ctx.idempotencyKey)}`;
  const [refund] = refundsSchema.parse(await askService(payments, { method: 'GET', path }, ctx)).refunds;
  return refund ? { kind: 'applied', result: noted(refund, ctx) } : { kind: 'absent' };
}

/** The state says so however it was found out that it was paid. */
function noted(refund: Refund, { state }: ToolContext): Refund {
  const { refund_id, order, item, amount } = refund;
  state?.patch({ order, item });
  state?.establish(`${money(amount)} for ${item} of order ${order} was paid back.`, refund_id);
  return refund;
}
