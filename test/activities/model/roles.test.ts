/** What a session's place in its family makes of its agent's model calls: the tools that are offered, what is refused, and what the prompt may depend on. */
import { definitionOf } from '../../../activities/model/definition';
import { defineAgent } from '../../../agents';
import type { ChildTerms, ModelCallInput } from '../../../workflows/contracts/model';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import { asDelegate, asTransfer, clerk, orders, since, stateWith, triage } from './family-fixture';
import { chatBody } from './scripted-server';
import { hello, receptionist, startFixture, type Fixture } from './model-fixture';

const toolsOf = (agent = triage, child?: ChildTerms, depth?: number) =>
  definitionOf(agent, false, { child, depth }).record.tools.map(({ name }) => name);
const result = { type: 'object', properties: { cents: { type: 'integer' } }, required: ['cents'] };
const transfers = ['transfer_to_orders', 'to_clerk', 'transfer_to_abroad', 'broken_map'];
const asks = ['ask_clerk', 'find_price', 'ask_shortly'];

describe('the tools that are offered', () => {
  test('of a first session: the agent’s, the state, handoffs and delegations', () => {
    expect(toolsOf()).toEqual(['find_order', 'update_state', ...transfers, ...asks]);
    expect(toolsOf(clerk)).toEqual(['find_order']);
  });

  test('to whom the user was handed over: also to hand back', () => {
    expect(toolsOf(triage, asTransfer)).toEqual(['find_order', 'update_state', ...transfers, ...asks, 'hand_back']);
    expect(toolsOf(clerk, asTransfer)).toEqual(['find_order', 'update_state', 'hand_back']);
  });

  test('of who is asked: no handoffs; a result where one of a form is wanted', () => {
    expect(toolsOf(triage, asDelegate)).toEqual(['find_order', 'update_state', ...asks]);
    expect(toolsOf(clerk, { ...asDelegate, result })).toEqual(['find_order', 'update_state', 'give_result']);
  });

  test('at the greatest depth: no delegations', () => {
    expect(toolsOf(triage, asDelegate, 2)).toContain('ask_clerk');
    expect(toolsOf(triage, asDelegate, 3)).toEqual(['find_order', 'update_state']);
  });

  test('none that grants withhold', () => {
    const grants = { only: ['find_order', 'ask_clerk'], without: ['find_order'] };
    expect(toolsOf(triage, { ...asTransfer, grants })).toEqual(['update_state', 'ask_clerk', 'hand_back']);
  });

  test('are described, and their schemas are those of what they take', () => {
    const { tools } = definitionOf(triage, false, { child: { ...asDelegate, result } }).record;
    const named = (name: string) => tools.find((tool) => tool.name === name);
    for (const { description, parameters } of tools) {
      expect(description.length).toBeGreaterThan(10);
      expect(parameters.type).toBe('object');
    }
    expect(named('give_result')).toMatchObject({ parameters: result, strict: false });
    expect(named('find_price')).toMatchObject({ strict: true });
    const own = (named('update_state')?.parameters.properties as { own: Record<string, unknown> }).own;
    expect(own).not.toHaveProperty('required');
    expect(own.properties).toMatchObject({
      order: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      address: { anyOf: [{ type: 'object', properties: { city: {} } }, { type: 'null' }] },
    });
    expect((own.properties as { address: { anyOf: object[] } }).address.anyOf[0]).not.toHaveProperty('required');
  });
});

describe('the definition', () => {
  test('of an agent that declares nothing of it is what it was, at any depth', () => {
    const { record, hash } = definitionOf(receptionist);
    expect(definitionOf(receptionist, false, { depth: 7 }).hash).toBe(hash);
    expect(record.tools.map(({ name }) => name)).toEqual([...receptionist.tools.keys()]);
    expect(record.policy).toBe(receptionist.policy);
  });

  test('of a child has a bound on the state, whatever its agent declares', () => {
    expect(definitionOf(clerk, false, { child: asDelegate }).record.policy).toEqual({
      ...clerk.policy,
      state: { maxTokens: 1_500 },
    });
    const bounded = defineAgent({ name: 'b', instructions: 'x', model: 'm', stateTokens: 300 });
    expect(definitionOf(bounded, false, { child: asDelegate }).record.policy).toBe(bounded.policy);
  });

  test('is made once for each place in a family', () => {
    const terms = () => ({ child: { ...asDelegate, result }, depth: 1 });
    expect(definitionOf(clerk, false, terms())).toBe(definitionOf(clerk, false, terms()));
    const hashes = [{}, { child: asTransfer }, { child: asDelegate }, terms()].map(
      (one) => definitionOf(clerk, false, one).hash,
    );
    expect(new Set(hashes).size).toBe(4);
    // The first session's id is no part of it: sessions of one agent share what providers cache.
    expect(definitionOf(clerk, false, { child: { ...asTransfer, root: 's-9' } }).hash).toBe(hashes[1]);
  });
});

describe('a model call', () => {
  let fixture: Fixture;
  beforeEach(async () => {
    fixture = await startFixture();
  });
  afterEach(() => fixture.close());

  const run = (input: Partial<ModelCallInput>, agents = [triage, orders, clerk]) => fixture.run(input, { agents });
  const given = (own: Record<string, string>): readonly ConversationItem[] => [
    {
      kind: 'state',
      turn: 1,
      step: 0,
      at: since,
      cause: { kind: 'handoff', agent: 'triage' },
      change: stateWith({ own }),
    },
    { kind: 'note', turn: 1, audience: 'model', reason: 'handoff', text: 'triage handed over: {"reason":"x"}' },
    hello,
  ];
  const bodies = () =>
    fixture.server.seen.map(({ body }) => JSON.parse(body) as { messages: { role: string; content: string }[] });

  test('of a child is sent the state, and plans with it', async () => {
    fixture.server.script({
      body: chatBody({ calls: [{ name: 'hand_back', arguments: '{"reason":"a","request":"b"}' }] }),
    });
    const turn = await run({ agent: 'orders', child: asTransfer, items: given({ order: 'A-7' }) });
    expect(turn.decision).toMatchObject({
      kind: 'calls',
      calls: [{ kind: 'transfer', to: 'triage', own: { order: 'A-7' } }],
    });
    const messages = bodies()[0]?.messages ?? [];
    expect(messages.map(({ role }) => role)).toEqual(['system', 'system', 'user', 'system']);
    expect(messages.at(-1)?.content).toContain('Own part: {"order":"A-7"}');
    expect(turn.definition?.tools.map(({ name }) => name)).toContain('hand_back');
  });

  test('the first of a child whose agent does not take what it was given is refused, and nothing is sent', async () => {
    delete process.env.OPENAI_API_KEY;
    const turn = await run({ agent: 'orders', child: asTransfer, items: given({ order: 'B-7' }) });
    expect(turn).toMatchObject({
      decision: {
        kind: 'refuse',
        problem: expect.stringMatching(/^what the agent triage handed over does not fit orders: order: /) as string,
      },
      usage: { inputTokens: 0, outputTokens: 0 },
      billed: { kind: 'priced', microUsd: 0 },
      base: { length: 3 },
    });
    expect(turn).not.toHaveProperty('item');
    expect(fixture.server.seen).toHaveLength(0);
    expect([...fixture.ledger.rows.values()].flatMap(({ started }) => started)).toEqual([]);
  });

  test('a later one is sent all the same, as is one of a first session', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) }, { body: chatBody({ text: 'Hi' }) });
    const items = given({ order: 'B-7' });
    const { hash } = definitionOf(orders, false, { child: asTransfer });
    expect(await run({ agent: 'orders', child: asTransfer, items, definitionHash: hash })).toMatchObject({
      decision: { kind: 'answer' },
    });
    expect(await run({ agent: 'orders', items, callId: 't2.s1.m' })).toMatchObject({ decision: { kind: 'answer' } });
  });

  test('an answer that an earlier attempt got stands, though its agent would not take over today', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    const input = { agent: 'orders', child: asTransfer, items: given({ order: 'B-7' }) };
    const lenient = defineAgent({ name: 'orders', instructions: 'x', model: 'gpt-5-mini' });
    await run(input, [lenient]);
    expect(await run(input)).toMatchObject({ decision: { kind: 'answer', text: 'Hi' }, provider: { replayed: true } });
  });

  test('words are no result where one of a form is wanted, but in a last answer', async () => {
    const child = { ...asDelegate, result };
    const words = { body: chatBody({ text: 'Twelve.' }) };
    fixture.server.script(words, words, words);
    const input = { agent: 'clerk', child };
    const turn = await run(input);
    expect(turn.decision).toMatchObject({ kind: 'repair', note: expect.stringMatching(/Call give_result/) as string });
    expect(turn.decision).not.toHaveProperty('cause');
    expect(turn.item).toMatchObject({ text: 'Twelve.' });
    expect(await run({ ...input, purpose: 'final', callId: 't1.s2.m' })).toMatchObject({
      decision: { kind: 'answer', text: 'Twelve.' },
    });
    expect(await run({ ...input, child: asDelegate, callId: 't1.s3.m' })).toMatchObject({
      decision: { kind: 'answer' },
    });
  });

  test('the prompt and the rules are told the first session’s id; the prompt also how it came to it', async () => {
    const seen: unknown[] = [];
    const told = defineAgent({
      name: 'told',
      model: 'gpt-5-mini',
      instructions: ({ session, handoff }) => {
        seen.push([session.id, handoff]);
        return 'x';
      },
    });
    fixture.server.script({ body: chatBody({ text: 'Hi' }) }, { body: chatBody({ text: 'Hi' }) });
    await run({ agent: 'told', sessionId: 's-0/h1', child: asTransfer }, [told]);
    await run({ agent: 'told', callId: 't1.s2.m' }, [told]);
    expect(seen).toEqual([
      ['s-0', { from: 'triage', role: 'transfer' }],
      ['s-1', undefined],
    ]);
  });

  test('with a role that this version does not know is left to another worker', async () => {
    const failed = run({ child: { ...asTransfer, role: 'shadow' as never } });
    await expect(failed).rejects.toMatchObject({ type: 'BadActivityInput', nonRetryable: false });
  });
});
