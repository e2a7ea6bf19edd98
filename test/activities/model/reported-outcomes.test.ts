import { append, baseOf, ConversationCache, EMPTY_CONVERSATION } from '../../../activities/model/conversation-cache';
import { loadConversation } from '../../../activities/model/load-conversation';
import { ReportedOutcomes } from '../../../activities/reported-outcomes';
import type { ConversationItem, ReportedItem } from '../../../workflows/contracts/conversation';
import { canonicalJson, fingerprint } from '../../../workflows/contracts/json';
import type { TranscriptPage, TranscriptRequest } from '../../../workflows/contracts/session';
import type { ToolOutcome } from '../../../workflows/contracts/tool';
import { modelInput } from './model-fixture';

const outcome: ToolOutcome = { kind: 'succeeded', result: { note: 'x'.repeat(2_000) } };
const call = { turn: 1, step: 1, callId: 't1.s1.c1-a', tool: 'note' };
const user: ConversationItem = { kind: 'user', turn: 1, messageId: 'm', text: 'Hello' };
const said: ConversationItem = {
  kind: 'assistant',
  turn: 1,
  step: 1,
  agent: 'a',
  text: null,
  calls: [{ id: call.callId, tool: 'note', arguments: '{}' }],
};
const note: ConversationItem = { kind: 'note', turn: 1, audience: 'model', reason: 'detector', text: 'Go on.' };
const whole: readonly ConversationItem[] = [user, said, { kind: 'outcome', ...call, outcome }, note];
const known = append(EMPTY_CONVERSATION, whole.slice(0, 2));

const reportedItem = (of: ToolOutcome): ReportedItem => ({
  kind: 'reported',
  ...call,
  print: fingerprint(canonicalJson(of)),
});

/** The conversation that `model.call` works on, and how often the session was asked for pages of it. */
async function load(reported: ReportedOutcomes) {
  const cache = new ConversationCache();
  cache.set('ns', known);
  let pages = 0;
  const read = async ({ from = 0 }: TranscriptRequest): Promise<TranscriptPage> => {
    pages += 1;
    return { from, items: whole.slice(from), total: whole.length, base: baseOf(known) };
  };
  const input = modelInput({
    keyNamespace: 'ns',
    base: baseOf(known),
    items: [],
    readBackTo: whole.length,
    outline: [reportedItem(outcome), note],
  });
  const { items } = await loadConversation(input, cache, read, new Map(), reported);
  return { items, pages };
}

describe('new items of which an outcome is only named', () => {
  test('are put together from what this worker reported', async () => {
    const reported = new ReportedOutcomes();
    reported.keep(`ns/${call.callId}`, outcome);
    expect(await load(reported)).toEqual({ items: whole, pages: 0 });
  });

  test.each<[string, (reported: ReportedOutcomes) => void]>([
    ['another worker reported it', () => undefined],
    [
      'this worker reported something else for the call',
      (reported) => reported.keep(`ns/${call.callId}`, { kind: 'succeeded', result: 'other' }),
    ],
    ['it was reported for another session', (reported) => reported.keep(`other/${call.callId}`, outcome)],
    [
      'too much was reported since',
      (reported) => {
        reported.keep(`ns/${call.callId}`, outcome);
        reported.keep('ns/later', { kind: 'succeeded', result: 'y'.repeat(5_000) });
      },
    ],
  ])('are read back where %s', async (_why, prepare) => {
    const reported = new ReportedOutcomes(10_400);
    prepare(reported);
    expect(await load(reported)).toEqual({ items: whole, pages: 1 });
  });
});
