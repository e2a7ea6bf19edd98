/**
 * What each agent keeps of its own in the state of a session, and how one's becomes another's. All of it is optional: nothing is known when a conversation
 * begins. Facts, deeds and what is owed are kept by the engine, and cross without any of this.
 */
import { z } from 'zod';
import type { JsonObject } from '../../workflows/contracts/json';

const customer = z
  .object({ customer_id: z.int(), name: z.string() })
  .describe('Who the user is, as check_identity said.');
const order = z.int().describe('Number of the order that the conversation is about.');
const item = z.string().describe('Sku of the item that it is about.');

export const triageState = z.object({
  customer: customer.optional(),
  topic: z.string().describe('What the user came for, in a few words.').optional(),
});

export const ordersState = z.object({
  customer: customer.optional(),
  order: order.optional(),
  item: item.optional(),
  address: z.string().describe('Where the order goes since it was changed here.').optional(),
});

export const refundsState = z.object({
  customer: customer.optional(),
  order: order.optional(),
  item: item.optional(),
  reason: z.string().describe('Why the user wants the money back.').optional(),
});

export const researcherState = z.object({ customer: customer.optional() });

export const writerState = z.object({ recipient: z.string().describe('Whom letters go to.').optional() });

/** Who the user is: all that the front desk and the other desks have in common. */
export function customerOnly(own: JsonObject): object {
  return { customer: own.customer };
}

/** What a matter is about, from one desk to the other. */
export function matter({ customer: who, order: which, item: what }: JsonObject): object {
  return { customer: who, order: which, item: what };
}

/** A letter needs a name and nothing else. */
export function recipient(own: JsonObject): object {
  return { recipient: triageState.parse(own).customer?.name };
}
