import { z } from 'zod';
import { createRegistry, defineAgent, delegateTo, handoffTo, type AgentSpec } from '../../agents';

const base: AgentSpec = { name: 'orders', instructions: 'x', model: 'm' };
const declared = (state: z.ZodObject) => () => defineAgent({ ...base, state });

describe('a state that cannot be kept is refused', () => {
  test.each<[string, z.ZodObject, RegExp]>([
    [
      'an async check of the whole',
      z.object({ order: z.string().optional() }).refine(() => Promise.resolve(true)),
      /^agent "orders": state could not check an own part that is empty.*must not be async/,
    ],
    [
      'an async check of a member',
      z.object({ order: z.string().refine(async () => true) }),
      /state\.order has an async refinement/,
    ],
    [
      'an async transform of one that may be left out',
      z.object({ at: z.object({ order: z.string().transform(async (text) => text) }).optional() }),
      /state\.at\.order has an async refinement or transform, and a state is checked at once/,
    ],
    [
      'one that throws',
      z.object({ order: z.string().optional() }).refine(({ order }) => (order as string).length > 0),
      /state could not check .*must not throw/,
    ],
    [
      'null',
      z.object({ order: z.string().nullable() }),
      /agent "orders": state\.order may be null and must be there.*merge patches.*null takes a member out/,
    ],
    ['null in a choice', z.object({ order: z.union([z.string(), z.null()]) }), /state\.order may be null/],
    ['null as a value', z.object({ order: z.literal(['a', null]) }), /state\.order may be null/],
    [
      'null in an object',
      z.object({ order: z.object({ id: z.string().nullable(), n: z.number() }).optional() }),
      /state\.order\.id may be null/,
    ],
  ])('%s', (_, state, message) => {
    expect(declared(state)).toThrow(TypeError);
    expect(declared(state)).toThrow(message);
  });

  test('null that may be left out, that is in a list or that is not named is fine', () => {
    interface Tree {
      readonly next?: Tree;
    }
    const tree: z.ZodType<Tree> = z.object({
      get next() {
        return tree.optional();
      },
    });
    const state = z.object({
      order: z.string().nullable().optional(),
      other: z.string().nullish(),
      status: z.string().nullable().default('open'),
      list: z.array(z.string().nullable()),
      any: z.unknown(),
      needed: z.string(),
      checked: z.string().refine((text) => text !== ''),
      tree,
    });
    expect(declared(state)).not.toThrow();
  });
});

describe('a handoff that can never be made is refused when the worker starts', () => {
  const orders = defineAgent({ ...base, state: z.object({ order: z.string(), note: z.string().optional() }) });
  const front = (spec: Partial<AgentSpec>) => () =>
    createRegistry([orders, defineAgent({ ...base, name: 'front', ...spec })]);

  test('where the other’s state needs what the sender never has', () => {
    expect(front({ handoffs: ['orders'] })).toThrow(
      /^agent "front", handoff to "orders": it can never be made: the state of "orders" needs order, and "front" declares no state that has it, nor the handoff a map\./,
    );
    expect(front({ delegates: ['orders'] })).toThrow(/^agent "front", delegation to "orders": it can never be made/);
  });

  test('not where it may have it, or its workers are elsewhere', () => {
    expect(front({ handoffs: [handoffTo('orders', { map: () => ({ order: 'A-1' }) })] })).not.toThrow();
    expect(front({ handoffs: ['orders'], state: z.object({ order: z.string().optional() }) })).not.toThrow();
    expect(front({ delegates: [delegateTo('orders', { taskQueue: 'far' })] })).not.toThrow();
  });
});
