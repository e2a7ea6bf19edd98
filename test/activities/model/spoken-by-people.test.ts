/** What people did in a conversation, as the model is told of it: in an order that providers take, and in words only. */
import { buildChatRequest } from '../../../activities/model/chat-completions';
import { definitionOf } from '../../../activities/model/definition';
import { inProviderOrder } from '../../../activities/model/conversation-order';
import { buildResponsesRequest } from '../../../activities/model/responses';
import type { AssistantItem, ConversationItem, NoteItem, OutcomeItem } from '../../../workflows/contracts/conversation';
import { hello, receptionist } from './model-fixture';

const definition = definitionOf(receptionist).record;
const IDS = ['t1.s1.c1-aa', 't1.s1.c2-bb'] as const;

const asks: AssistantItem = {
  kind: 'assistant',
  turn: 1,
  step: 1,
  agent: 'receptionist',
  text: null,
  calls: IDS.map((id) => ({ id, tool: 'find_patient', arguments: '{}' })),
};
const spoken: AssistantItem = {
  kind: 'assistant',
  turn: 1,
  step: 1,
  agent: 'receptionist',
  text: 'One moment, please.',
  by: 'mia-canary',
};
const outcome = (callId: string): OutcomeItem => ({
  kind: 'outcome',
  turn: 1,
  step: 1,
  callId,
  tool: 'find_patient',
  outcome: { kind: 'succeeded', result: callId },
});
const told: NoteItem = {
  kind: 'note',
  turn: 1,
  audience: 'model',
  reason: 'operator',
  text: 'The patient is a child.',
  by: 'mia-canary',
  verified: true,
  callId: 'canary-call',
  detail: { canary: 'detail-canary' },
};
const [first, second] = [outcome(IDS[0]), outcome(IDS[1])];

const roles = (items: readonly ConversationItem[]) =>
  (buildChatRequest(definition, 'x', items, 'step').messages as readonly { role: string }[]).map(({ role }) => role);

describe('what a person says as the agent', () => {
  test.each<[string, readonly ConversationItem[]]>([
    ['before any outcome', [hello, asks, spoken, first, second]],
    ['between two outcomes', [hello, asks, first, spoken, second]],
    ['after the last', [hello, asks, first, second, spoken]],
  ])('%s is told behind the outcomes of the step', (_when, items) => {
    expect(roles(items)).toEqual(['system', 'user', 'assistant', 'tool', 'tool', 'assistant']);
  });

  test('in the middle of a step leaves no call without its outcome', () => {
    const { spoken: order } = inProviderOrder([hello, asks, spoken, first, second]);
    expect(order.map(({ kind }) => kind)).toEqual(['user', 'assistant', 'outcome', 'outcome', 'assistant']);
  });

  test('keeps its place among notes and messages that came meanwhile', () => {
    const later: ConversationItem = { ...hello, messageId: 'm2', text: 'And?' } as ConversationItem;
    expect(roles([hello, asks, told, spoken, later, first, second])).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'tool',
      'system',
      'assistant',
      'user',
    ]);
  });

  test('is told where the step never ended, behind the words that there is no outcome', () => {
    expect(roles([hello, asks, first, spoken])).toEqual(['system', 'user', 'assistant', 'tool', 'tool', 'assistant']);
  });

  test('between steps is the answer that it is', () => {
    expect(roles([hello, spoken, { ...hello, messageId: 'm2' } as ConversationItem])).toEqual([
      'system',
      'user',
      'assistant',
      'user',
    ]);
  });
});

test.each([
  ['Chat Completions', buildChatRequest],
  ['Responses', buildResponsesRequest],
])('%s: nothing of a person goes to the model but the words', (_what, build) => {
  const sent = JSON.stringify(build(definition, 'x', [hello, asks, spoken, told, first, second], 'step'));
  expect(sent).toContain('One moment, please.');
  expect(sent).toContain('The patient is a child.');
  expect(sent).not.toContain('canary');
});
