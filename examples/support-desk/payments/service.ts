/**
 * A payment service of the kind that recognises a repeat: a request under a reference that it has seen is answered with the refund that it made then. It can be
 * asked for the refunds under a reference, too.
 */
import { z } from 'zod';
import { applied, nextId } from '../../shared/services/journal';
import { refused, type ServiceReply, type ServiceRequest } from '../../shared/services/reply';
import { startService, type RunningService, type ServiceOptions, type ServiceSpec } from '../../shared/services/server';
import type { JournalRow, PaymentEffect } from './journal';

/** A refund may be there for so long before the list shows it, ms. */
export const LIST_LAG_MS = 200;

/** `list`: the refunds by reference. */
const ASKED = ['refund', 'list', 'reversal'] as const;
type Asked = (typeof ASKED)[number];
type Reply = ServiceReply<PaymentEffect>;

export type Payments = RunningService<PaymentEffect, Asked>;

const refundSchema = z.object({
  reference: z.string().min(1),
  order: z.int().min(1),
  item: z.string().min(1),
  amount: z.int().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/, 'expected three capitals, e.g. GBP'),
  reason: z.string().default(''),
});

const SPEC: ServiceSpec<PaymentEffect, Asked> = {
  asked: ASKED,
  askedFor: (method, path) => (method === 'GET' ? 'list' : path === '/refunds' ? 'refund' : 'reversal'),
  carryOut: ({ method, path, query, body }: ServiceRequest, rows, now) => {
    if (path === '/refunds' && method === 'POST') return refund(body, rows);
    if (path === '/refunds' && method === 'GET') return list(query.get('reference'), rows, now);
    const reversed = /^\/refunds\/([^/]+)\/reversal$/.exec(path)?.[1];
    return reversed !== undefined && method === 'POST' ? reverse(reversed, rows) : undefined;
  },
};

/** Starts the service on a free port. */
export function startPayments(options: ServiceOptions): Promise<Payments> {
  return startService(SPEC, options);
}

function refund(body: unknown, rows: readonly JournalRow[]): Reply {
  const checked = refundSchema.safeParse(body);
  if (!checked.success) return refused(400, 'invalid_request', z.prettifyError(checked.error));
  const { reference, order, item, amount, currency } = checked.data;
  const made = { order, item, amount, currency };
  const before = applied(rows, 'refund').find((one) => one.reference === reference);
  if (before) {
    const isSame = before.order === order && before.item === item && before.amount === amount;
    return isSame
      ? { decision: 'repeated', status: 200, body: { refund_id: before.id, ...made } }
      : refused(409, 'other_request', `The reference ${reference} was used for another refund.`);
  }
  const id = nextId('rf', rows, 'refund');
  return {
    decision: 'applied',
    status: 201,
    body: { refund_id: id, ...made },
    effect: { kind: 'refund', id, ...checked.data },
  };
}

function list(reference: string | null, rows: readonly JournalRow[], now: number): Reply {
  if (!reference) return refused(400, 'invalid_request', 'Say which refunds: /refunds?reference=...');
  const refunds = applied(rows, 'refund')
    .filter((one) => one.reference === reference && one.at <= now - LIST_LAG_MS)
    .map(({ id, order, item, amount, currency }) => ({ refund_id: id, order, item, amount, currency }));
  return { decision: 'answered', status: 200, body: { refunds } };
}

function reverse(refundId: string, rows: readonly JournalRow[]): Reply {
  if (!applied(rows, 'refund').some((one) => one.id === refundId)) {
    return refused(404, 'no_such_refund', `There is no refund ${refundId}.`);
  }
  const before = applied(rows, 'reversal').find((one) => one.refundId === refundId);
  const body = { refund_id: refundId, reversal_id: before?.id ?? nextId('rv', rows, 'reversal') };
  if (before) return { decision: 'repeated', status: 200, body: { ...body, already_reversed: true } };
  return {
    decision: 'applied',
    status: 201,
    body: { ...body, already_reversed: false },
    effect: { kind: 'reversal', id: body.reversal_id, refundId },
  };
}
