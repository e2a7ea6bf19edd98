import {
  append,
  baseOf,
  ConversationCache,
  EMPTY_CONVERSATION,
  nextDigest,
} from '../../../activities/model/conversation-cache';
import { createHash } from 'node:crypto';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import type { TranscriptPage, TranscriptRequest } from '../../../workflows/contracts/session';
import { chatBody } from './scripted-server';
import { environmentOf, failureOf, modelInput, startFixture, type Fixture } from './model-fixture';

const says = (text: string): ConversationItem => ({ kind: 'user', turn: 1, messageId: 'm', text });
const items = Array.from({ length: 10 }, (_, index) => says(`message ${index}`));
const whole = append(EMPTY_CONVERSATION, items);

describe('the digest', () => {
  test('rolls: sha256 of the digest before and the canonical item', () => {
    const text = '{"kind":"user","messageId":"m","text":"a","turn":1}';
    expect(nextDigest('', says('a'))).toBe(createHash('sha256').update(text).digest('hex'));
    expect(baseOf(append(append(EMPTY_CONVERSATION, items.slice(0, 4)), items.slice(4)))).toEqual(baseOf(whole));
  });
});

describe('the cache', () => {
  test('gives a conversation, and any earlier part of it, by digest', () => {
    const cache = new ConversationCache();
    cache.set('s', whole);
    expect(cache.get('s', baseOf(whole))?.items).toEqual(items);
    expect(cache.get('s', baseOf(append(EMPTY_CONVERSATION, items.slice(0, 3))))?.items).toEqual(items.slice(0, 3));
  });

  test('another branch, another session or a longer conversation is a miss', () => {
    const cache = new ConversationCache();
    cache.set('s', whole);
    expect(cache.get('s', { length: 10, digest: 'f'.repeat(64) })).toBeNull();
    expect(cache.get('other', baseOf(whole))).toBeNull();
    expect(cache.get('s', { length: 11, digest: baseOf(whole).digest })).toBeNull();
  });

  test('lets the least recently used go first, and never holds more than its bound', () => {
    const cache = new ConversationCache(whole.bytes * 2);
    for (const session of ['a', 'b', 'a', 'c']) cache.set(session, whole);
    expect(cache.get('b', baseOf(whole))).toBeNull();
    expect(cache.get('a', baseOf(whole))).not.toBeNull();
    expect(cache.bytes).toBeLessThanOrEqual(whole.bytes * 2);
    cache.set('big', append(whole, [...items, ...items]));
    expect(cache.bytes).toBeLessThanOrEqual(whole.bytes * 2);
  });
});

describe('a model call with a base', () => {
  let fixture: Fixture;
  const asked: TranscriptRequest[] = [];
  /** Pages of three items, as the session would cut them at 1 MB. */
  const pages =
    (all: readonly ConversationItem[]) =>
    async (request: TranscriptRequest): Promise<TranscriptPage> => {
      asked.push(request);
      const from = request.from ?? 0;
      return {
        from,
        items: all.slice(from, Math.min(from + 3, from + (request.limit ?? 3))),
        total: all.length,
        base: baseOf(whole),
      };
    };
  const sent = () =>
    (JSON.parse(fixture.server.seen.at(-1)?.body ?? '') as { messages: { content: string }[] }).messages
      .slice(1)
      .map((one) => one.content);

  beforeEach(async () => {
    fixture = await startFixture();
    asked.length = 0;
  });
  afterEach(() => fixture.close());

  test('has the rest in memory after the first call, and reads nothing back', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) }, { body: chatBody({ text: 'Again' }) });
    const activity = fixture.activity();
    const first = await fixture.run({}, { activity });
    expect(first.base.length).toBe(2);
    await fixture.run({ callId: 't2.s1.m', turn: 2, base: first.base, items: [says('more')] }, { activity });
    expect(sent()).toEqual(['Hello', 'Hi', 'more']);
  });

  test('reads it back in pages on a worker that does not have it', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    const turn = await fixture.run({ base: baseOf(whole), items: [says('new')] }, { readTranscript: pages(items) });
    expect(sent()).toEqual([...items.map((item) => (item.kind === 'user' ? item.text : '')), 'new']);
    expect(asked.map((request) => request.from)).toEqual([0, 3, 6, 9]);
    expect(turn.base.length).toBe(12);
  });

  test('reads new items back too where they were too large to be sent', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    const base = baseOf(append(EMPTY_CONVERSATION, items.slice(0, 4)));
    const turn = await fixture.run({ base, items: [], readBackTo: 9 }, { readTranscript: pages(items) });
    expect(sent()).toHaveLength(9);
    expect(turn.base.length).toBe(10);
  });

  test.each<[string, () => Promise<TranscriptPage>]>([
    ['another conversation', pages([...items.slice(0, 9), says('other')]) as () => Promise<TranscriptPage>],
    ['fewer items', pages(items.slice(0, 5)) as () => Promise<TranscriptPage>],
    ['a failing query', () => Promise.reject(new Error('Deadline exceeded'))],
    ['no page', () => Promise.resolve({ $undecodable: true } as unknown as TranscriptPage)],
  ])('%s: a retry, no request, nothing booked', async (_name, readTranscript) => {
    const failure = await failureOf(fixture.run({ base: baseOf(whole), items: [] }, { readTranscript }));
    expect(failure).toMatchObject({ type: 'ConversationUnavailable', nonRetryable: false });
    expect(fixture.server.seen).toHaveLength(0);
    expect(fixture.ledger.rows.size).toBe(0);
  });

  test('asks the workflow by query where nothing else is given', async () => {
    const activity = fixture.activity({ readTranscript: undefined });
    const queried: unknown[] = [];
    const environment = environmentOf({ workflowExecution: { workflowId: 's-1', runId: 'r-1' } });
    const client = {
      withDeadline: (deadline: number, run: () => Promise<unknown>) => {
        queried.push(deadline > Date.now() && deadline <= Date.now() + 10_000);
        return run();
      },
      workflow: {
        getHandle: (...ids: string[]) => ({
          query: (name: string, request: TranscriptRequest) => {
            queried.push([...ids, name]);
            return pages(items)(request);
          },
        }),
      },
    };
    Object.defineProperty(environment.context, 'client', { value: client });
    fixture.server.script({ body: chatBody({ text: 'Hi' }) });
    await environment.run(activity, modelInput({ base: baseOf(whole), items: [] }));
    expect(queried.slice(0, 2)).toEqual([true, ['s-1', 'r-1', 'transcript']]);
  });
});
