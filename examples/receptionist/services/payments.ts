/**
 * A payment service of the kind that knows no idempotency keys: each request for a charge is a charge. What it does offer is a list
 * of charges by the reference they came with, and that is enough for a `reconcilable` tool.
 */
import { z } from 'zod';
import { applied, nextId, type JournalRow, type ServiceEffect } from './journal';
import { refused, type ServiceReply, type ServiceRequest } from '../../shared/services/reply';

/** A charge may be there for so long before the list shows it, ms. */
export const LIST_LAG_MS = 200;

/** Above it the card is declined: £500.00. */
const CARD_LIMIT = 50_000;

const chargeSchema = z.object({
  reference: z.string().min(1),
  amount: z.int().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/, 'expected three capitals, e.g. GBP'),
  description: z.string().default(''),
});

/** @returns undefined for what is not the payment service's. */
export function payments(
  { method, path, query, body }: ServiceRequest,
  rows: readonly JournalRow[],
  now: number,
): ServiceReply<ServiceEffect> | undefined {
  if (path === '/charges' && method === 'POST') return charge(body, rows);
  if (path === '/charges' && method === 'GET') return list(query.get('reference'), rows, now);
  const refunded = /^\/charges\/([^/]+)\/refund$/.exec(path)?.[1];
  return refunded !== undefined && method === 'POST' ? refund(refunded, rows) : undefined;
}

function charge(body: unknown, rows: readonly JournalRow[]): ServiceReply<ServiceEffect> {
  const checked = chargeSchema.safeParse(body);
  if (!checked.success) return refused(400, 'invalid_request', z.prettifyError(checked.error));
  if (checked.data.amount > CARD_LIMIT) return refused(402, 'card_declined', 'The card was declined.');
  const id = nextId('ch', rows, 'charge');
  const { amount, currency } = checked.data;
  return {
    decision: 'applied',
    status: 201,
    body: { charge_id: id, amount, currency },
    effect: { kind: 'charge', id, ...checked.data },
  };
}

function list(reference: string | null, rows: readonly JournalRow[], now: number): ServiceReply<ServiceEffect> {
  if (!reference) return refused(400, 'invalid_request', 'Say which charges: /charges?reference=...');
  const refunds = applied(rows, 'refund').map((one) => one.chargeId);
  const charges = applied(rows, 'charge')
    .filter((one) => one.reference === reference && one.at <= now - LIST_LAG_MS)
    .map(({ id, amount, currency }) => ({ charge_id: id, amount, currency, refunded: refunds.includes(id) }));
  return { decision: 'answered', status: 200, body: { charges } };
}

function refund(chargeId: string, rows: readonly JournalRow[]): ServiceReply<ServiceEffect> {
  if (!applied(rows, 'charge').some((one) => one.id === chargeId)) {
    return refused(404, 'no_such_charge', `There is no charge ${chargeId}.`);
  }
  const before = applied(rows, 'refund').find((one) => one.chargeId === chargeId);
  const body = { charge_id: chargeId, refund_id: before?.id ?? nextId('re', rows, 'refund') };
  if (before) return { decision: 'repeated', status: 200, body: { ...body, already_refunded: true } };
  return {
    decision: 'applied',
    status: 201,
    body: { ...body, already_refunded: false },
    effect: { kind: 'refund', id: body.refund_id, chargeId },
  };
}
