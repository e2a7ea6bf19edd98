/**
 * A gateway for text messages of the simplest kind: it takes a message, says 202, and that is all. It recognises no repeat and
 * answers no question, so nobody but a person with its bill in hand can say whether a message went out.
 */
import { z } from 'zod';
import { nextId, type JournalRow, type ServiceEffect } from './journal';
import { refused, type ServiceReply, type ServiceRequest } from '../../shared/services/reply';

const messageSchema = z.object({
  to: z.string().regex(/^[0-9+ ]{6,20}$/, 'expected a telephone number'),
  text: z.string().min(1).max(480),
});

/** @returns undefined for what is not the gateway's. */
export function textGateway(
  { method, path, body }: ServiceRequest,
  rows: readonly JournalRow[],
): ServiceReply<ServiceEffect> | undefined {
  if (path !== '/messages') return undefined;
  if (method !== 'POST') return refused(405, 'send_only', 'Messages can be sent here, and nothing can be asked.');
  const checked = messageSchema.safeParse(body);
  if (!checked.success) return refused(400, 'invalid_request', z.prettifyError(checked.error));
  const id = nextId('sms', rows, 'message');
  return {
    decision: 'applied',
    status: 202,
    body: { message_id: id },
    effect: { kind: 'message', id, ...checked.data },
  };
}
