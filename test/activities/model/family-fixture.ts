/** What the tests of handoffs in a model call share: three agents that know each other, and what is planned for one of them. */
import { z } from 'zod';
import { definitionOf } from '../../../activities/model/definition';
import { planCalls, type Plan, type PlanContext } from '../../../activities/model/plan';
import { createRegistry, defineAgent, defineTool, delegateTo, handoffTo } from '../../../agents';
import type { ChildTerms } from '../../../workflows/contracts/model';
import type { StateDoc } from '../../../workflows/contracts/state';
import { DEFAULT_ID } from './model-fixture';

export const since = Date.parse('2026-11-21T10:05:00Z');

export const findOrder = defineTool({
  name: 'find_order',
  description: 'Finds an order.',
  effect: 'read',
  input: z.object({ id: z.string() }),
  run: () => 'found',
});

export const refund = defineTool({
  name: 'refund',
  description: 'Pays back.',
  effect: 'idempotent',
  input: z.object({ id: z.string() }),
  usesState: true,
  run: () => 'paid',
});

export const orders = defineAgent({
  name: 'orders',
  instructions: 'You know the orders.',
  model: 'gpt-5-mini',
  tools: [findOrder, refund],
  state: z.object({ order: z.string().regex(/^A-/).optional(), status: z.enum(['open', 'paid']).default('open') }),
  handoffs: ['triage'],
  delegates: ['clerk'],
});

/** Declares nothing of it. */
export const clerk = defineAgent({
  name: 'clerk',
  instructions: 'You write.',
  model: 'gpt-5-mini',
  tools: [findOrder],
});

export const triage = defineAgent({
  name: 'triage',
  instructions: 'You sort.',
  model: 'gpt-5-mini',
  tools: [findOrder],
  state: z.object({
    order: z.string().optional(),
    mood: z.string().optional(),
    visits: z.number().int().optional(),
    address: z.object({ city: z.string(), street: z.string().optional() }).optional(),
  }),
  handoffs: [
    'orders',
    handoffTo('clerk', { toolName: 'to_clerk', map: ({ order = '' }) => ({ order }), tools: ['find_order'] }),
    handoffTo('abroad', { taskQueue: 'far', acceptWithin: '5s', brief: z.object({ count: z.number().int() }) }),
    handoffTo('orders', {
      toolName: 'broken_map',
      map: () => {
        throw new Error('no such thing');
      },
    }),
  ],
  delegates: [
    'clerk',
    delegateTo('orders', {
      toolName: 'find_price',
      input: z.object({ order: z.string(), days: z.number().int() }),
      output: z.object({ cents: z.number().int() }),
      map: ({ order = 'A-1' }) => ({ order }),
      without: ['refund'],
      limits: { tokens: 5_000, wallClock: '1m' },
    }),
    delegateTo('clerk', { toolName: 'ask_shortly', prompt: ({ task }) => `Shortly: ${task}` }),
  ],
});

export const registry = createRegistry([triage, orders, clerk]);

export const asTransfer: ChildTerms = { role: 'transfer', root: 's-0', from: 'triage' };
export const asDelegate: ChildTerms = { role: 'delegate', root: 's-0', from: 'triage' };

export const stateWith = (over: Partial<StateDoc> = {}): StateDoc => ({
  own: {},
  established: [{ id: 'f1', text: 'it is broken', since }],
  done: [],
  owed: [{ id: 'o1', text: 'a call back', by: 'triage', since }],
  ...over,
});

export function contextOf(over: Partial<PlanContext> = {}): PlanContext {
  const agent = over.agent ?? triage;
  const { schemas, engine } = definitionOf(agent, false, over);
  return {
    agent,
    schemas,
    engine,
    registry,
    state: stateWith(),
    profile: 'dev',
    session: { id: 's-0', agent: agent.name },
    now: since,
    turn: 1,
    step: 2,
    answer: 'a1',
    ledger: (name) => ({ name, id: DEFAULT_ID }),
    ...over,
  };
}

/** Plans calls of `[tool, arguments]`. */
export function planOf(
  calls: readonly (readonly [tool: string, args: unknown])[],
  over: Partial<PlanContext> = {},
): Promise<Plan> {
  const asked = calls.map(([tool, args]) => ({
    tool,
    arguments: typeof args === 'string' ? args : JSON.stringify(args),
  }));
  return planCalls(asked, contextOf(over));
}

/** Of a call in the plans of the tests. */
export const id = expect.stringMatching(/^t1\.s2\.c1-[0-9a-f]{8}$/) as string;

/** A refusal, its message matching. */
export const refused = (reason: string, message: RegExp) =>
  expect.objectContaining({
    kind: 'refused',
    outcome: { kind: 'rejected', reason, message: expect.stringMatching(message) as string },
  }) as object;
