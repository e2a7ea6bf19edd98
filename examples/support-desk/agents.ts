/** The support desk: five agents over one shop and one payment service. */
import { z } from 'zod';
import { defineAgent, delegateTo, handoffTo, type Agent } from '../../agents';
import { cancelItem, changeAddress } from './change-order';
import { checkIdentity } from './check-identity';
import {
  ORDERS_INSTRUCTIONS,
  REFUNDS_INSTRUCTIONS,
  RESEARCHER_INSTRUCTIONS,
  TRIAGE_INSTRUCTIONS,
  WRITER_INSTRUCTIONS,
} from './instructions';
import { findArticles, lookUpOrder, orderHistory } from './look-up';
import { ORDERS, REFUNDS, RESEARCHER, TRIAGE, WRITER } from './names';
import { refundPayment } from './refund-payment';
import { sendLetter } from './send-letter';
import type { Shop } from './shop';
import {
  customerOnly,
  matter,
  ordersState,
  recipient,
  refundsState,
  researcherState,
  triageState,
  writerState,
} from './state';

const MODEL = 'gpt-5-mini';

/** What the researcher comes back with. */
export const findings = z.object({
  answer: z.string().min(1).describe('The answer, in two sentences at most.'),
  findings: z
    .array(
      z.object({
        text: z.string().min(1).describe('One sentence.'),
        source: z.string().min(1).describe('The article, or the order.'),
      }),
    )
    .min(1),
});

/** What the writer comes back with. */
export const letter = z.object({ subject: z.string().min(3).max(120), body: z.string().min(10).max(4_000) });

/**
 * @param payments address of the payment service.
 * @param model as the provider knows it.
 */
export function supportDesk(shop: Shop, payments: string, model = MODEL): readonly Agent[] {
  // A bound on the longest answer is what lets a call be reserved before it is made.
  const common = { model: { name: model, timeout: '60s', maxOutputTokens: 4_000 } } as const;
  const refund = refundPayment(shop, payments);
  const look = lookUpOrder(shop);
  const toOrders = 'Changes orders that are not shipped yet, and says where orders stand.';
  const toRefunds = 'Pays money back.';
  const toTriage = 'The front desk: policy, letters, and whatever is nobody else’s.';
  return [
    defineAgent({
      ...common,
      name: TRIAGE,
      instructions: TRIAGE_INSTRUCTIONS,
      state: triageState,
      // It sums up what all desks did, so that much of it must be in view.
      stateTokens: 4_000,
      tools: [checkIdentity, sendLetter],
      handoffs: [
        handoffTo(ORDERS, { description: toOrders, map: customerOnly }),
        handoffTo(REFUNDS, { description: toRefunds, map: customerOnly }),
      ],
      delegates: [
        delegateTo(RESEARCHER, {
          description: 'Finds out what the policy says, and what happened to an order, with sources.',
          map: customerOnly,
          input: z.object({
            question: z.string().min(3),
            order_number: z.int().optional().describe('Where it is about one.'),
          }),
          output: findings,
          prompt: ({ question, order_number }) =>
            order_number === undefined ? question : `${question}\nIt is about order ${order_number}.`,
          limits: { modelCalls: 8 },
        }),
        delegateTo(WRITER, {
          description: 'Writes a letter to the user. It is not sent by that.',
          map: recipient,
          input: z.object({
            purpose: z.string().min(3).describe('What the letter is for.'),
            facts: z.array(z.string()).min(1).describe('What it is to say.'),
          }),
          output: letter,
          prompt: ({ purpose, facts }) => `Write a letter. ${purpose}\n${facts.map((fact) => `- ${fact}`).join('\n')}`,
          limits: { modelCalls: 4 },
        }),
      ],
      limits: {
        steps: 10,
        turn: { toolFailures: 6, wallClock: '10m' },
        // Of the whole family: what other agents use is the first session's. Of another model the price may not be known, so its tokens are bounded.
        session: model === MODEL ? { microUsd: 1_000_000 } : { tokens: 2_000_000 },
        onLimit: 'ask',
        askFor: '8h',
      },
    }),
    defineAgent({
      ...common,
      name: ORDERS,
      instructions: ORDERS_INSTRUCTIONS,
      state: ordersState,
      tools: [look, changeAddress, cancelItem, refund],
      handoffs: [
        handoffTo(REFUNDS, { description: toRefunds, map: matter }),
        handoffTo(TRIAGE, { description: toTriage, map: customerOnly }),
      ],
    }),
    defineAgent({
      ...common,
      name: REFUNDS,
      instructions: REFUNDS_INSTRUCTIONS,
      state: refundsState,
      tools: [look, refund],
      handoffs: [
        handoffTo(ORDERS, { description: toOrders, map: matter }),
        handoffTo(TRIAGE, { description: toTriage, map: customerOnly }),
      ],
    }),
    defineAgent({
      ...common,
      name: RESEARCHER,
      instructions: RESEARCHER_INSTRUCTIONS,
      state: researcherState,
      tools: [findArticles, orderHistory(shop)],
    }),
    defineAgent({ ...common, name: WRITER, instructions: WRITER_INSTRUCTIONS, state: writerState }),
  ];
}
