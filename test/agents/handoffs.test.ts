import { z } from 'zod';
import { definitionOf } from '../../activities/model/definition';
import {
  createRegistry,
  defineAgent,
  defineTool,
  delegateTo,
  handoffTo,
  type AgentSpec,
  type Tool,
} from '../../agents';

const plain: AgentSpec = { name: 'triage', instructions: 'You sort.', model: 'm' };
const agent = (spec: Partial<AgentSpec> = {}) => defineAgent({ ...plain, ...spec });
const orders = defineAgent({ name: 'orders', instructions: 'x', model: 'm' });
const tool = (name: string, more: Partial<Tool> = {}) =>
  ({
    ...defineTool({ name, description: 'x', effect: 'read', input: z.object({}), run: () => 1 }),
    ...more,
  }) satisfies Tool;

describe('what an agent declares of others', () => {
  test('an agent, a name and a handoff are all taken, each under its tool', () => {
    const { handoffs, delegates } = agent({
      handoffs: [orders, 'billing', handoffTo('care', { toolName: 'to_a_person', description: 'For complaints.' })],
      delegates: [orders, delegateTo('research', { taskQueue: 'far' })],
    });
    expect([...handoffs].map(([name, { to }]) => [name, to])).toEqual([
      ['transfer_to_orders', 'orders'],
      ['transfer_to_billing', 'billing'],
      ['to_a_person', 'care'],
    ]);
    expect([...delegates].map(([name, { to, acceptMs }]) => [name, to, acceptMs])).toEqual([
      ['ask_orders', 'orders', undefined],
      ['ask_research', 'research', 60_000],
    ]);
    expect(handoffs.get('to_a_person')?.description).toBe('For complaints.');
  });

  test('limits, grants and the time to accept are brought into one form', () => {
    expect(
      delegateTo('a', {
        tools: ['x', 'x'],
        without: ['y'],
        taskQueue: 'q',
        acceptWithin: '5s',
        limits: { tokens: 100, wallClock: '2m' },
      }),
    ).toMatchObject({
      grants: { only: ['x'], without: ['y'] },
      acceptMs: 5_000,
      share: { tokens: 100, wallClockMs: 120_000 },
    });
  });

  test('they are carried over where one agent is made of another', () => {
    const first = agent({ handoffs: [orders], delegates: ['b'] });
    const { tools: _tools, ...spread } = first;
    expect(defineAgent({ ...spread, name: 'second' }).handoffs).toEqual(first.handoffs);
  });
});

describe('the policy', () => {
  test('of an agent that declares none of it is what it was', () => {
    const { policy } = agent();
    expect(policy).not.toHaveProperty('state');
    expect(policy).not.toHaveProperty('children');
    expect(policy.detectors).not.toHaveProperty('handoffCycle');
    expect(policy.limits).not.toHaveProperty('turn');
    expect(agent({ detectors: { handoffCycle: { after: 9 } } }).policy).toEqual(policy);
  });

  test('of one with a state has its bound, and no children', () => {
    const { policy } = agent({ state: z.object({}), stateTokens: 200 });
    expect(policy.state).toEqual({ maxTokens: 200 });
    expect(policy.children).toBeUndefined();
    expect(agent({ tools: [tool('note', { usesState: true })] }).policy.state).toEqual({ maxTokens: 1_500 });
  });

  test('of one with delegates has both, and no bound on handoffs', () => {
    const { policy } = agent({ delegates: ['a'] });
    expect(policy).toMatchObject({ state: { maxTokens: 1_500 }, children: { depth: 3, atOnce: 8, perStep: 8 } });
    expect(policy.limits?.turn).toBeUndefined();
    expect(policy.detectors?.handoffCycle).toBeUndefined();
  });

  test('of one with handoffs bounds them, and notices cycles', () => {
    const { policy } = agent({ handoffs: ['a'], maxDelegationDepth: 10, maxOpenChildren: 50 });
    expect(policy.children).toEqual({ depth: 10, atOnce: 50, perStep: 8 });
    expect(policy.limits).toMatchObject({ turn: { handoffs: 6 }, session: { handoffs: 30 } });
    expect(policy.detectors?.handoffCycle).toEqual({ after: 2, ladder: ['note', 'stronger_model', 'ask', 'stop'] });
    expect(agent({ handoffs: ['a'], detectors: { handoffCycle: false } }).policy.detectors?.handoffCycle).toBe(
      undefined,
    );
  });

  test.each([
    [{ turn: { handoffs: 40 } }, 40, 40],
    [{ session: { handoffs: 3 } }, 3, 3],
    [{ turn: { handoffs: 1 }, session: { handoffs: 2 } }, 1, 2],
  ])('a bound on handoffs that is declared stands: %j', (limits, turn, session) => {
    const { policy } = agent({ handoffs: ['a'], limits });
    expect(policy.limits).toMatchObject({ turn: { handoffs: turn }, session: { handoffs: session } });
  });
});

describe('what cannot be meant is refused, with the agent and the field', () => {
  const long = 'x'.repeat(60);
  test.each<[string, () => unknown, RegExp]>([
    [
      'a state that is no object',
      () => agent({ state: z.string() as never }),
      /agent "triage": state must be an object schema/,
    ],
    [
      'a state that is transformed',
      () => agent({ state: z.object({}).transform(() => 1) as never }),
      /state must be an object schema/,
    ],
    [
      'few tokens',
      () => agent({ stateTokens: 199 }),
      /agent "triage": stateTokens must be .* from 200 to 20,000, got 199/,
    ],
    [
      'a depth of none',
      () => agent({ delegates: ['a'], maxDelegationDepth: 0 }),
      /maxDelegationDepth must be .* from 1 to 10, got 0/,
    ],
    [
      'many children',
      () => agent({ delegates: ['a'], maxOpenChildren: 51 }),
      /maxOpenChildren must be .* from 1 to 50, got 51/,
    ],
    [
      'a depth of nothing',
      () => agent({ maxDelegationDepth: 2 }),
      /maxDelegationDepth is for agents with handoffs or delegates/,
    ],
    ['no list', () => agent({ handoffs: 'a' as never }), /agent "triage": handoffs must be a list, got the text "a"/],
    [
      'a bad name',
      () => agent({ handoffs: ['a b'] }),
      /agent "triage": handoffs\[0\]: handoff to an agent: expected an agent or its name .*, got the text "a b"/,
    ],
    [
      'nothing',
      () => agent({ delegates: [undefined as never] }),
      /delegates\[0\]: delegation to an agent: .*, got nothing/,
    ],
    [
      'one of the other kind',
      () => agent({ handoffs: [delegateTo('a') as never] }),
      /handoffs\[0\] is a delegation, made by delegateTo/,
    ],
    ['itself', () => agent({ handoffs: ['triage'] }), /agent "triage": handoffs names the agent itself/],
    [
      'a name for two',
      () => agent({ handoffs: ['a', 'a'] }),
      /the handoff to a would be named "transfer_to_a", which is the name of the handoff to a/,
    ],
    [
      'the name of a tool',
      () => agent({ tools: [tool('ask_a')], delegates: ['a'] }),
      /agent "triage": delegates: the delegation to a would be named "ask_a", which is the name of a tool; give/,
    ],
    [
      'a name of the engine',
      () => agent({ delegates: [delegateTo('a', { toolName: 'hand_back' })] }),
      /would be named "hand_back", which is the name of a tool of the engine/,
    ],
    [
      'a tool of the engine',
      () => agent({ tools: [tool('update_state')] }),
      /tools: a tool would be named "update_state", which is the name of a tool of the engine/,
    ],
    [
      'a long name',
      () => agent({ handoffs: [long] }),
      /which is longer than the 64 characters that providers take: give it a toolName/,
    ],
    ['a bad tool name', () => handoffTo('a', { toolName: 'a.b' }), /handoff to "a": toolName must be/],
    [
      'an unknown field',
      () => handoffTo('a', { breif: z.object({}) } as never),
      /handoff to "a": it does not know "breif"; it takes: .*brief/,
    ],
    [
      'a brief that is none',
      () => handoffTo('a', { brief: {} as never }),
      /handoff to "a": brief must be a zod schema/,
    ],
    [
      'an output that is none',
      () => delegateTo('a', { output: 'text' as never }),
      /delegation to "a": output must be a zod schema/,
    ],
    ['a time for nobody', () => handoffTo('a', { acceptWithin: '5s' }), /acceptWithin is for another task queue/],
    ['a queue of the engine', () => handoffTo('a', { taskQueue: '/x' }), /taskQueue must be a name/],
    [
      'no names of tools',
      () => handoffTo('a', { tools: 'x' as never }),
      /handoff to "a": tools must be a list of at most 100 names of tools, got the text "x"/,
    ],
    [
      'half a token',
      () => delegateTo('a', { limits: { tokens: 0.5 } }),
      /delegation to "a": limits\.tokens must be a whole number of tokens, got 0\.5/,
    ],
    ['an unknown limit', () => delegateTo('a', { limits: { steps: 1 } as never }), /limits does not know "steps"/],
    [
      'a state for no tool',
      () =>
        tool('a') &&
        defineTool({
          name: 'a',
          description: 'x',
          effect: 'read',
          input: z.object({}),
          usesState: 1 as never,
          run: () => 1,
        }),
      /tool "a": usesState must be true or left out/,
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  test.each<[string, Partial<AgentSpec>, RegExp]>([
    [
      'a brief',
      { handoffs: [handoffTo('a', { brief: z.string() })] },
      /agent "triage": handoffs: transfer_to_a: brief: it must be an object schema/,
    ],
    [
      'an output',
      { delegates: [delegateTo('a', { output: z.array(z.string()) })] },
      /agent "triage": delegates: ask_a: output: it must be an object schema/,
    ],
    ['a state', { state: z.object({ at: z.date() }) }, /agent "triage": state: it has no JSON Schema/],
  ])('%s without a JSON form, when a worker starts', (_, spec, message) => {
    expect(() => definitionOf(agent(spec))).toThrow(message);
  });
});

describe('the agents of a worker', () => {
  test('may refer to each other in circles', () => {
    const one = agent({ name: 'one', handoffs: ['two'] });
    const two = agent({ name: 'two', handoffs: [one], delegates: ['two'] });
    expect(createRegistry([one, two]).agentNames).toEqual(['one', 'two']);
  });

  test('must have those that they refer to, unless those have workers of their own', () => {
    expect(() => createRegistry([agent({ handoffs: ['orders'] })])).toThrow(
      /^agent "triage", handoff to "orders": this worker has no agent of that name; its agents are: triage\. Give it/,
    );
    expect(() => createRegistry([agent({ delegates: [delegateTo('orders', { taskQueue: 'far' })] })])).not.toThrow();
  });

  test('must have the tools that a handoff names', () => {
    const withTool = defineAgent({ ...plain, name: 'orders', tools: [tool('find_order')], delegates: ['orders'] });
    const of = (options: Parameters<typeof handoffTo>[1]) => () =>
      createRegistry([withTool, agent({ handoffs: [handoffTo('orders', options)] })]);
    expect(of({ tools: ['find_order', 'ask_orders'] })).not.toThrow();
    expect(of({ without: ['find_ordr'] })).toThrow(
      /handoff to "orders": without names "find_ordr", which is no tool of that agent; its tools are: ask_orders, find_order/,
    );
    expect(of({ tools: ['x'] })).toThrow(/tools names "x"/);
  });
});
