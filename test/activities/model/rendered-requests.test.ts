/** A request's text is made of parts that are kept with the items, and is the JSON of the request byte for byte. */
import fc from 'fast-check';
import { CHAT } from '../../../activities/model/chat-completions';
import { definitionOf } from '../../../activities/model/definition';
import { buildRequest, renderRequest, type Protocol } from '../../../activities/model/request';
import { RESPONSES } from '../../../activities/model/responses';
import { boundedInput } from '../../../activities/model/reservation';
import { defineAgent } from '../../../agents';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import type { ToolDefinition } from '../../../workflows/contracts/model';
import { hello, receptionist } from './model-fixture';

const { record } = definitionOf(receptionist);
const odd = definitionOf(
  defineAgent({
    name: 'odd',
    instructions: 'x',
    model: { name: 'm', temperature: 0, parameters: { tool_choice: 'auto', zz: { b: [1, null], a: '"' }, 7: true } },
    tools: [...receptionist.tools.values()],
  }),
).record;

const text = fc.string({ unit: 'grapheme', maxLength: 30 });
const callId = fc.constantFrom('t1.s1.c1-a', 't1.s1.c2-b', 't1.s2.c1-c');
const item: fc.Arbitrary<ConversationItem> = fc.oneof(
  text.map((said): ConversationItem => ({ kind: 'user', turn: 1, messageId: 'm', text: said })),
  fc
    .record({ said: fc.option(text), ids: fc.uniqueArray(callId), args: text })
    .map(({ said, ids, args }): ConversationItem => ({
      kind: 'assistant',
      turn: 1,
      step: 1,
      agent: 'a',
      text: said,
      ...(ids.length > 0 ? { calls: ids.map((id) => ({ id, tool: 'find_patient', arguments: args })) } : {}),
    })),
  // A person speaks as the agent, now and then in the middle of a step.
  text.map((said): ConversationItem => ({ kind: 'assistant', turn: 1, step: 1, agent: 'a', text: said, by: 'mia' })),
  fc.record({ id: callId, result: fc.jsonValue() }).map(({ id, result }): ConversationItem => ({
    kind: 'outcome',
    turn: 1,
    step: 1,
    callId: id,
    tool: 'find_patient',
    outcome: { kind: 'succeeded', result: JSON.parse(JSON.stringify(result)) as null },
  })),
  fc
    .record({ said: text, audience: fc.constantFrom('model' as const, 'record' as const) })
    .map(({ said, audience }): ConversationItem => ({ kind: 'note', turn: 1, audience, reason: 'x', text: said })),
);

test('the text is the JSON of the request, whatever the conversation, and its bytes are counted', () => {
  const purposes = fc.constantFrom('step' as const, 'final' as const);
  const protocols = fc.constantFrom<Protocol>(CHAT, RESPONSES);
  const records = fc.constantFrom(record, odd, { ...record, tools: [] });
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 12 }),
      purposes,
      protocols,
      records,
      (items, purpose, protocol, definition) => {
        // As a conversation grows, so that parts are kept from one request to the next.
        for (const length of [...items.keys(), items.length, Math.floor(items.length / 2)]) {
          const parts = [definition, 'Be “kind”.\n', items.slice(0, length), purpose] as const;
          const rendered = renderRequest(protocol, ...parts);
          expect(rendered.text()).toBe(JSON.stringify(buildRequest(protocol, ...parts)));
          expect(rendered.characters).toBe(rendered.text().length);
          expect(rendered.bytes).toBe(Buffer.byteLength(rendered.text()));
        }
      },
    ),
    { numRuns: 150, seed: 5 },
  );
});

test('an item is made into JSON once, however often the conversation is sent', () => {
  let made = 0;
  const counting: Protocol = {
    ...CHAT,
    messagesOf: (spoken) => {
      made += 1;
      return CHAT.messagesOf(spoken);
    },
  };
  const items: ConversationItem[] = [];
  for (let step = 0; step < 50; step += 1) {
    items.push({ kind: 'user', turn: 1, messageId: `m${step}`, text: `message ${step}` });
    renderRequest(counting, record, 'x', items, 'step');
  }
  expect(made).toBe(50);
});

/** A clinic's tools with schemas of the usual kind. */
const twelveTools: readonly ToolDefinition[] = Array.from({ length: 12 }, (_, index) => ({
  name: `tool_number_${index}`,
  description: `Does the ${index}th thing that a receptionist does, and says whether it was done.`,
  strict: true,
  parameters: {
    type: 'object',
    properties: {
      patient: { type: 'string', description: 'The patient as the calendar knows them.' },
      minutes: { type: 'number', description: 'How long it takes.' },
      urgency: { type: 'string', enum: ['low', 'middle', 'high'] },
      notes: { type: 'array', items: { type: 'string' } },
    },
    required: ['patient', 'minutes', 'urgency', 'notes'],
    additionalProperties: false,
  },
}));

const TEXTS: readonly (readonly [string, string])[] = [
  ['a greeting', 'Hi'],
  [
    'English',
    'The patient would like to move the appointment of next Tuesday to the afternoon, if that can be done. '.repeat(60),
  ],
  [
    'JSON',
    JSON.stringify(
      Array.from({ length: 100 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.5, tags: ['a', 'b'] })),
    ),
  ],
  [
    'Japanese and Chinese',
    '予約を確認したいのですが、来週の火曜日の午前九時は空いていますか。我想预约下周二上午九点的门诊，请问还有号吗？'.repeat(
      40,
    ),
  ],
  ['Korean', '다음 주 화요일 오전 아홉 시에 예약을 하고 싶습니다. '.repeat(60)],
  ['Hindi', 'मुझे अगले मंगलवार सुबह नौ बजे का अपॉइंटमेंट चाहिए। '.repeat(60)],
  ['emoji', '👩‍⚕️🩺📅✅🦷😷🤒🏥💊🧾'.repeat(60)],
  [
    'code',
    'export function sum(values: readonly number[]): number {\n\treturn values.reduce((a, b) => a + b, 0);\n}\n'.repeat(
      40,
    ),
  ],
  ['quotes and line breaks', 'a\n\n\n\t"quoted" \\ slash\n'.repeat(100)],
  ['hex', Array.from({ length: 300 }, (_, index) => ((index * 2654435761) >>> 0).toString(16)).join(' ')],
  ['a run of one letter', 'a'.repeat(5_000)],
];

describe.each([
  ['without tools', []],
  ['with 12 tools', twelveTools],
] as const)('what is booked for the input, %s,', (_tools, tools) => {
  test.each(TEXTS)('is at least what OpenAI counts, and not much more: %s', async (_name, content) => {
    const gpt4o = await import('gpt-tokenizer/model/gpt-4o');
    const instructions = 'You book appointments.';
    const items: ConversationItem[] = [hello, { kind: 'user', turn: 1, messageId: 'm2', text: content }];
    const request = renderRequest(CHAT, { ...record, tools }, instructions, items, 'step');
    const booked = boundedInput(await request.countTokens(), request, 'gpt-5-mini');
    const messages = [
      { role: 'system', content: instructions },
      { role: 'user', content: 'Hello' },
      { role: 'user', content },
    ] as const;
    // What OpenAI was found to bill: a frame of a few tokens around each message, and the tools written as types.
    const billed = gpt4o.countChatCompletionTokens?.({
      messages: [...messages],
      ...(tools.length > 0
        ? { functions: tools.map(({ name, description, parameters }) => ({ name, description, parameters })) }
        : {}),
    } as Parameters<NonNullable<typeof gpt4o.countChatCompletionTokens>>[0]);
    if (billed === undefined) throw new Error('the tokenizer does not count whole requests any more');
    expect(booked).toBeGreaterThanOrEqual(billed);
    expect(booked).toBeLessThan(billed * (tools.length > 0 ? 2.5 : 1.6) + 150);
  });
});

test.each(TEXTS)(
  'for a model with another tokenizer it is at least what an older and coarser one counts: %s',
  async (_name, content) => {
    const { countTokens } = await import('gpt-tokenizer/encoding/cl100k_base');
    const items: ConversationItem[] = [{ kind: 'user', turn: 1, messageId: 'm2', text: content }];
    const request = renderRequest(CHAT, { ...record, tools: [] }, 'x', items, 'step');
    const booked = boundedInput(await request.countTokens(), request, 'llama-of-ours');
    expect(booked).toBeGreaterThanOrEqual(countTokens(content) + 10);
  },
);

test('tokens of items are counted once, and the request is counted whole', async () => {
  const long = 'word '.repeat(60_000);
  const items: ConversationItem[] = [{ kind: 'user', turn: 1, messageId: 'm', text: long }];
  const first = await renderRequest(CHAT, record, 'x', items, 'step').countTokens();
  expect(first).toBeGreaterThan(59_000);
  const more = [...items, { ...hello, text: 'and more' }];
  const second = await renderRequest(CHAT, record, 'x', more, 'step').countTokens();
  expect(second - first).toBeGreaterThan(5);
  expect(second - first).toBeLessThan(40);
});
