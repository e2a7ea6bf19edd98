/** The agents of the stage, who hand users to one another and ask one another, and what their tools did. */
import { z } from 'zod';
import { defineAgent, defineTool, delegateTo, handoffTo, ToolError, type Agent } from '../../agents';
import { Gate } from '../session/gate';

/** What tools did, in order. */
export let done: string[] = [];
/** Where `pay` waits. */
export let gate = new Gate();
/** Whether `wire` is in doubt. */
let shaky = false;

/** Nothing was done, and nobody waits. */
export function reset(): void {
  done = [];
  shaky = false;
  gate = new Gate();
  gate.open();
}

/** Makes tools wait until the test lets them go on. */
export function shut(): void {
  gate = new Gate();
}

/** Nobody knows whether the next `wire` happened. */
export function shake(): void {
  shaky = true;
}

const what = z.object({ what: z.string() });
const about = z.object({ about: z.string() });

const pay = defineTool({
  name: 'pay',
  description: 'Pays.',
  effect: 'idempotent',
  input: what,
  key: ({ what: it }, session) => `${session.id}:pay:${it}`,
  run: async ({ what: it }, { session }) => {
    await gate.pass();
    done.push(`pay ${it} in ${session.id}`);
    return { paid: it };
  },
  compensate: {
    effect: 'idempotent',
    run: ({ what: it }, _paid, { session }) => void done.push(`unpay ${it} in ${session.id}`),
  },
});
const ship = defineTool({
  name: 'ship',
  description: 'Ships, under the key that the engine makes.',
  effect: 'idempotent',
  input: what,
  run: ({ what: it }, { idempotencyKey }) => {
    done.push(`ship ${it} under ${idempotencyKey}`);
    return { shipped: it };
  },
});
const buy = defineTool({
  name: 'buy',
  description: 'Needs leave.',
  effect: 'idempotent',
  approval: 'always',
  input: what,
  run: ({ what: it }) => {
    done.push(`buy ${it}`);
    return { bought: it };
  },
});
const wire = defineTool({
  name: 'wire',
  description: 'Cannot be asked whether it happened.',
  effect: 'at-most-once',
  input: what,
  run: ({ what: it }) => {
    if (shaky) {
      shaky = false;
      throw new Error('the connection broke');
    }
    done.push(`wire ${it}`);
    return { wired: it };
  },
});
const look = defineTool({
  name: 'look',
  description: 'Looks something up, and notes whose it is.',
  effect: 'read',
  usesState: true,
  input: what,
  run: ({ what: it }, { state }) => {
    state?.patch({ customer: `owner of ${it}` });
    state?.establish(`${it} is there`);
    return { found: it };
  },
});
const watch = defineTool({
  name: 'watch',
  description: 'Goes on until it is told to stop, and changes nothing.',
  effect: 'read',
  input: what,
  run: (_args, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('told to stop')))),
});
const spoil = defineTool({
  name: 'spoil',
  description: 'Says of the state what does not fit it.',
  effect: 'read',
  usesState: true,
  input: what,
  run: ({ what: it }, { state }) => {
    state?.patch({ customer: 7 });
    return { spoiled: it };
  },
});
const fail = defineTool({
  name: 'fail',
  description: 'Fails.',
  effect: 'read',
  input: what,
  run: () => {
    throw new ToolError('out of order');
  },
});

const state = z.object({ customer: z.string().optional(), order: z.string().optional() });
const base = (name: string) => ({
  name,
  instructions: `You are ${name}.`,
  // Reserved before each call, where tokens or money are bounded.
  model: { name: 'gpt-5-mini', maxOutputTokens: 1_000 },
  state,
});
const tools = [look, pay, ship, buy, wire, watch, fail];
const found = z.object({ found: z.string(), pages: z.number().int().min(1) });
/** More than its JSON schema says. */
const short = found.refine(({ pages }) => pages <= 10, { message: 'no more than 10 pages are read', path: ['pages'] });

const transfers = [
  handoffTo('orders', { brief: about }),
  handoffTo('strict', { brief: about }),
  handoffTo('far', { brief: about, taskQueue: 'nobody-is-here', acceptWithin: '2s' }),
  handoffTo('narrow', { brief: about, tools: ['look', 'transfer_to_refunds', 'ask_clerk'] }),
];
const delegates = [
  delegateTo('reader', { output: short }),
  delegateTo('writer'),
  delegateTo('clerk'),
  delegateTo('lookout', { tools: ['look'] }),
];

/** A task queue whose workers have none of these agents. */
export const ELSEWHERE = `elsewhere-${process.pid}`;
const elsewhere = { taskQueue: ELSEWHERE, acceptWithin: '30s' } as const;

/** Of every worker of this stage. */
export const agents: readonly Agent[] = [
  defineAgent({ ...base('front'), tools: [...tools, spoil], handoffs: transfers, delegates, limits: { steps: 20 } }),
  defineAgent({
    ...base('asking'),
    tools,
    handoffs: transfers,
    delegates,
    limits: { steps: 20, onLimit: 'ask' },
  }),
  // Each knows somebody whom nobody there knows.
  defineAgent({ ...base('hopeful'), tools, handoffs: [handoffTo('ghost', { brief: about, ...elsewhere })] }),
  defineAgent({ ...base('trusting'), tools, delegates: [delegateTo('ghost', elsewhere)] }),
  defineAgent({
    ...base('orders'),
    tools,
    handoffs: [handoffTo('refunds', { brief: about }), handoffTo('front', { brief: about })],
    delegates: [delegateTo('clerk')],
  }),
  defineAgent({
    ...base('refunds'),
    tools: [pay, ship, buy],
    handoffs: [handoffTo('orders', { brief: about }), handoffTo('strict', { brief: about })],
  }),
  // What it is handed has to name a customer.
  defineAgent({ ...base('strict'), state: z.object({ customer: z.string() }), tools: [look] }),
  defineAgent({
    ...base('narrow'),
    tools: [look, pay, buy],
    handoffs: [handoffTo('refunds', { brief: about, tools: ['pay'] }), handoffTo('orders', { brief: about })],
    delegates: [delegateTo('clerk', { tools: ['look', 'pay'] }), delegateTo('writer')],
  }),
  defineAgent({ ...base('reader'), tools: [look, fail], delegates: [delegateTo('clerk')] }),
  defineAgent({ ...base('writer'), tools: [look, watch] }),
  defineAgent({
    ...base('clerk'),
    tools,
    handoffs: [handoffTo('orders', { brief: about })],
    delegates: [delegateTo('clerk')],
  }),
  defineAgent({ ...base('lookout'), tools: [look, pay] }),
];
