import { buildChatRequest } from '../../../activities/model/chat-completions';
import { definitionOf } from '../../../activities/model/definition';
import { renderInstructions } from '../../../activities/model/instructions';
import { buildResponsesRequest } from '../../../activities/model/responses';
import { toolSchema } from '../../../activities/model/tool-schema';
import { defineAgent, defineTool } from '../../../agents';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { z } from 'zod';
import { findPatient, hello, receptionist } from './model-fixture';

const definition = definitionOf(receptionist).record;
const call = (id: string) => ({ id, tool: 'find_patient', arguments: '{"name":"Ann"}' });
const assistant = (text: string | null, ...ids: string[]): ConversationItem => ({
  kind: 'assistant',
  turn: 1,
  step: 1,
  agent: 'receptionist',
  text,
  ...(ids.length > 0 ? { calls: ids.map(call) } : {}),
});
const outcome = (callId: string, value: ToolOutcome): ConversationItem => ({
  kind: 'outcome',
  turn: 1,
  step: 1,
  callId,
  tool: 'find_patient',
  outcome: value,
});
const note = (audience: 'model' | 'record', text: string): ConversationItem => ({
  kind: 'note',
  turn: 1,
  audience,
  reason: 'x',
  text,
});

const conversation: readonly ConversationItem[] = [
  hello,
  assistant(null, 't1.s1.c1-aa', 't1.s1.c2-bb'),
  note('model', 'in between'),
  outcome('t1.s1.c1-aa', { kind: 'succeeded', result: { id: 'p-1' } }),
  outcome('t1.s1.c2-bb', { kind: 'rejected', reason: 'conflict', message: 'taken' }),
  note('record', 'for people only'),
  assistant('Done.'),
];

test('Chat Completions: results directly behind their calls, our ids, notes for the model only', () => {
  expect(buildChatRequest(definition, 'Be kind.', conversation, 'step')).toMatchObject({
    model: 'gpt-5-mini',
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Hello' },
      {
        role: 'assistant',
        content: null,
        tool_calls: ['t1_s1_c1-aa', 't1_s1_c2-bb'].map((id) => ({
          id,
          type: 'function',
          function: { name: 'find_patient', arguments: '{"name":"Ann"}' },
        })),
      },
      { role: 'tool', tool_call_id: 't1_s1_c1-aa', content: '{"id":"p-1"}' },
      {
        role: 'tool',
        tool_call_id: 't1_s1_c2-bb',
        content: '{"error":"rejected","reason":"conflict","message":"taken"}',
      },
      { role: 'system', content: 'in between' },
      { role: 'assistant', content: 'Done.' },
    ],
  });
});

test('Responses: the same, stateless', () => {
  const request = buildResponsesRequest(definition, 'Be kind.', conversation, 'step');
  expect(request).toMatchObject({ model: 'gpt-5-mini', instructions: 'Be kind.', store: false });
  expect(request.input).toEqual([
    { role: 'user', content: 'Hello' },
    { type: 'function_call', call_id: 't1_s1_c1-aa', name: 'find_patient', arguments: '{"name":"Ann"}' },
    { type: 'function_call', call_id: 't1_s1_c2-bb', name: 'find_patient', arguments: '{"name":"Ann"}' },
    { type: 'function_call_output', call_id: 't1_s1_c1-aa', output: '{"id":"p-1"}' },
    {
      type: 'function_call_output',
      call_id: 't1_s1_c2-bb',
      output: '{"error":"rejected","reason":"conflict","message":"taken"}',
    },
    { role: 'developer', content: 'in between' },
    { role: 'assistant', content: 'Done.' },
  ]);
});

test.each([buildChatRequest, buildResponsesRequest])(
  'a final call keeps the tools listed and forbids them',
  (build) => {
    expect(build(definition, 'x', [hello], 'final')).toMatchObject({ tool_choice: 'none', tools: { length: 3 } });
    const bare = definitionOf(defineAgent({ name: 'bare', instructions: 'x', model: 'm' })).record;
    expect(build(bare, 'x', [hello], 'final')).not.toHaveProperty('tool_choice');
    expect(build(bare, 'x', [hello], 'final')).not.toHaveProperty('tools');
  },
);

test.each([buildChatRequest, buildResponsesRequest])('the same bytes from what history holds', (build) => {
  const kept = JSON.parse(JSON.stringify({ definition, conversation })) as {
    definition: typeof definition;
    conversation: ConversationItem[];
  };
  expect(JSON.stringify(build(kept.definition, 'x', kept.conversation, 'step'))).toBe(
    JSON.stringify(build(definition, 'x', conversation, 'step')),
  );
});

test('a call without a recorded outcome still gets a result, so that the provider takes the conversation', () => {
  expect(buildChatRequest(definition, 'x', [assistant(null, 'c1'), hello], 'step').messages).toMatchObject([
    {},
    {},
    { role: 'tool', tool_call_id: 'c1', content: expect.stringContaining('No outcome') as string },
    { role: 'user' },
  ]);
});

test.each<[ToolOutcome, string]>([
  [{ kind: 'succeeded', result: 'as it is\n"quoted"' }, 'as it is\n"quoted"'],
  [{ kind: 'succeeded', result: [1, null] }, '[1,null]'],
  [
    { kind: 'succeeded', result: 'abc', cutFromBytes: 90000 },
    'abc\n[cut: this is the first part of 90000 bytes; ask for less to see the rest]',
  ],
  [{ kind: 'failed', reason: 'tool_error', message: 'no' }, '{"error":"failed","reason":"tool_error","message":"no"}'],
  [{ kind: 'unknown', message: 'may have happened' }, '{"error":"unknown","message":"may have happened"}'],
  [{ kind: 'cancelled', message: 'stopped' }, '{"error":"cancelled","message":"stopped"}'],
])('the model is told %j', (value, text) => {
  const { messages } = buildChatRequest(definition, 'x', [assistant(null, 'c1'), outcome('c1', value)], 'step');
  expect(messages).toMatchObject([{}, {}, { content: text }]);
});

describe('the definition', () => {
  const agentWith = (parameters: Parameters<typeof defineAgent>[0]['model']) =>
    defineAgent({ name: 'a', instructions: 'x', model: parameters, tools: [findPatient] });

  test('is hashed over its content: the same for an equal agent, another for any change', () => {
    const hash = (temperature: number) => definitionOf(agentWith({ name: 'm', temperature })).hash;
    expect(hash(0.5)).toBe(hash(0.5));
    expect(hash(0.5)).not.toBe(hash(0.6));
  });

  test('carries parameters by the name the API has for them, and none that are the engine’s', () => {
    expect(
      definitionOf(agentWith({ name: 'm', maxOutputTokens: 9, parameters: { reasoning_effort: 'low' } })).record
        .parameters,
    ).toEqual({
      max_completion_tokens: 9,
      reasoning_effort: 'low',
    });
    expect(definitionOf(agentWith({ name: 'm', api: 'responses', maxOutputTokens: 9 })).record.parameters).toEqual({
      max_output_tokens: 9,
    });
    expect(() => definitionOf(agentWith({ name: 'm', parameters: { messages: [] } }))).toThrow(
      /may not set "messages"/,
    );
  });

  test('instructions may depend on the time the call was scheduled', () => {
    const agent = defineAgent({
      name: 'a',
      instructions: ({ now, turn }) => `${now.toISOString()} ${turn}`,
      model: 'm',
    });
    expect(renderInstructions(agent, 0, { id: 's', agent: 'a' }, 2)).toEqual({
      text: '1970-01-01T00:00:00.000Z 2',
      perCall: true,
    });
    expect(definitionOf(agent).record).not.toHaveProperty('instructions');
  });
});

describe('tool schemas', () => {
  const schemaOf = (input: z.ZodType) =>
    toolSchema(defineTool({ name: 'tool', description: 'x', effect: 'read', input, run: () => null }));

  test('strict where the strict rules hold it', () => {
    expect(schemaOf(z.object({ a: z.string() }))).toEqual({
      strict: true,
      parameters: {
        type: 'object',
        properties: { a: { type: 'string' } },
        required: ['a'],
        additionalProperties: false,
      },
    });
  });

  test.each([
    z.object({ a: z.string().optional() }),
    z.object({ a: z.string().transform(Number) }),
    z.record(z.string(), z.number()),
  ])('plain elsewhere', (input) => {
    expect(schemaOf(input)).toMatchObject({ strict: false, parameters: { type: 'object' } });
  });

  test('a choice of objects at the root has the type providers demand', () => {
    expect(
      schemaOf(z.union([z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })])).parameters,
    ).toMatchObject({ type: 'object', anyOf: [{}, {}] });
  });

  test.each([
    [z.object({ a: z.date() }), /JSON has no dates/],
    [z.object({ a: z.bigint() }), /a bigint has no JSON form/],
    [z.string(), /must be an object schema/],
  ])('what no call could ever fit is refused with the tool’s name', (input, problem) => {
    expect(() => schemaOf(input)).toThrow(problem);
    expect(() => schemaOf(input)).toThrow(/tool "tool"/);
  });
});
