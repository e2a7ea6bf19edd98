/** The cashier: one tool of each effect class on one payment service, for tests that cut them off. What `worker-main.js` is given. */
import { z } from 'zod';
import { defineAgent, defineTool, ledgerNamed, type Agent, type ToolContext } from '../../../agents';
import type { PaymentClass, PaymentRequest } from './journal';
import type { PaymentsTables } from './payments-table';
import { CASHIER, TOOL_OF } from './script';

const input = z.object({ order: z.string().min(1).max(200), cents: z.int().min(1) });
const output = z.object({ order: z.string(), cents: z.int() });
type Args = z.output<typeof input>;

/** Longest time of a charge in flight plus the service's lag; it has none. */
const SETTLE_WITHIN = '1s';
const retry = { attempts: 3, initialInterval: '100ms' } as const;
const timeout = (process.env.PAYMENTS_TIMEOUT ?? '30s') as '30s';
const key = ({ order }: Args) => order;

/** Salts keys where a test plants a tool that ignores the one it is given. */
const keyOf = ({ idempotencyKey }: ToolContext): string =>
  process.env.PLANTED_KEY === 'ignored' ? `${idempotencyKey}-${Math.random()}` : idempotencyKey;

function request(ctx: ToolContext, effect: PaymentClass, tool: string, args: Args): PaymentRequest {
  const { attempt, callId, session } = ctx;
  return { session: session.id, callId, tool, effect, key: keyOf(ctx), attempt, worker: process.pid, ...args };
}

async function post(send: typeof fetch, where: string, body: PaymentRequest): Promise<unknown> {
  const url = process.env.PAYMENTS_URL;
  if (!url) throw new Error('PAYMENTS_URL is not set: this agent is for tests, which set it');
  const response = await send(url + where, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`the payment service answered ${response.status}`);
  return response.json();
}

const pay = (effect: PaymentClass, tool: string) => async (args: Args, ctx: ToolContext) => {
  await post(ctx.fetch, '/pay', request(ctx, effect, tool, args));
  return args;
};

const description = 'Pays an order.';

const tools = [
  defineTool({
    name: TOOL_OF.read,
    description: 'Looks an order up.',
    effect: 'read',
    input,
    timeout,
    retry,
    run: pay('read', TOOL_OF.read),
  }),
  defineTool({
    name: TOOL_OF.plain,
    description,
    effect: 'idempotent',
    input,
    timeout,
    retry,
    run: pay('idempotent', TOOL_OF.plain),
  }),
  defineTool({
    name: TOOL_OF.idempotent,
    description,
    effect: 'idempotent',
    input,
    timeout,
    retry,
    key,
    run: pay('idempotent', TOOL_OF.idempotent),
  }),
  defineTool({
    name: TOOL_OF.transactional,
    description,
    effect: 'transactional',
    input,
    timeout,
    retry,
    key,
    ledger: ledgerNamed<PaymentsTables>('default'),
    run: async (args, ctx) => {
      await ctx.tx
        .insertInto('payments')
        .values({ payment_order: args.order, cents: args.cents, call_id: ctx.callId })
        .execute();
      // A tool must not wait inside its transaction: this one says that it is there, so that a test can cut it off.
      await post(fetch, '/pay', request(ctx, 'transactional', TOOL_OF.transactional, args));
      return args;
    },
  }),
  defineTool({
    name: TOOL_OF.reconcilable,
    description,
    effect: 'reconcilable',
    input,
    timeout,
    retry,
    key,
    settleWithin: SETTLE_WITHIN,
    run: pay('reconcilable', TOOL_OF.reconcilable),
    reconcile: async (args, ctx) => {
      const { found } = (await post(ctx.fetch, '/ask', request(ctx, 'reconcilable', TOOL_OF.reconcilable, args))) as {
        readonly found?: Args;
      };
      return found ? { kind: 'applied', result: found } : { kind: 'absent' };
    },
  }),
  defineTool({
    name: TOOL_OF['at-most-once'],
    description,
    effect: 'at-most-once',
    input,
    output,
    timeout,
    retry,
    key,
    run: pay('at-most-once', TOOL_OF['at-most-once']),
  }),
];

export const agents: readonly Agent[] = [
  defineAgent({
    name: CASHIER,
    instructions: 'You pay what you are asked to pay, one order after the other, and then say that you are done.',
    model: 'gpt-5-mini',
    tools,
  }),
];

export const ledgers = {};
