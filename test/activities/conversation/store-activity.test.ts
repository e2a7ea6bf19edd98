/** `conversation.store` and `conversation.close`, against a ledger in a file. */
import { createCloseActivity } from '../../../activities/conversation/close-activity';
import { MAX_SEGMENT_BYTES } from '../../../activities/conversation/cut-segments';
import { createStoreActivity } from '../../../activities/conversation/store-activity';
import type { Ledger } from '../../../activities/ledger/port';
import type { ReadTranscript } from '../../../activities/model/read-back';
import type {
  ConversationStoreInput,
  ConversationStoreReport,
  SegmentRef,
} from '../../../workflows/contracts/continuation';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import { temporaryLedger } from '../ledger/temporary-ledger';
import { environmentOf, failureOf } from '../model/model-fixture';
import { messages, says, told } from './told-transcript';

let ledger: Ledger;
let input: ConversationStoreInput;

beforeEach(async () => {
  ledger = await temporaryLedger();
  const ref = { name: 'default', id: ledger.id };
  input = { agent: 'a', sessionId: 's', keyNamespace: 'run-1', ledger: ref, from: 0, to: 0 };
});

async function store(read: ReadTranscript, change: Partial<ConversationStoreInput>): Promise<readonly SegmentRef[]> {
  const activity = createStoreActivity({ ledgers: new Map([['default', ledger]]), readTranscript: read });
  const environment = environmentOf({ workflowExecution: { workflowId: 's', runId: 'run-7' } });
  const report: ConversationStoreReport = await environment.run(activity, { ...input, ...change });
  return report.segments;
}

async function stored(refs: readonly SegmentRef[]): Promise<readonly ConversationItem[]> {
  const parts = await Promise.all(refs.map((ref) => ledger.readSegment('run-1', ref.hash)));
  return parts.flatMap((part) => part ?? []);
}

describe('conversation.store', () => {
  it('stores the items it is told, and says which part holds which', async () => {
    const all = messages(10);
    const refs = await store(told(all).read, { from: 2, to: 9 });
    expect(refs).toEqual([
      {
        hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        ledger: input.ledger,
        from: 2,
        length: 7,
        bytes: expect.any(Number) as number,
        runId: 'run-7',
      },
    ]);
    expect(await stored(refs)).toEqual(all.slice(2, 9));
  });

  it('cuts what is large, without gaps, and gives the same references when it is done again', async () => {
    const third = 'x'.repeat(MAX_SEGMENT_BYTES / 3);
    const all = [...'abcdefg'].map((letter) => says(letter + third));
    all.splice(3, 0, says('y'.repeat(MAX_SEGMENT_BYTES * 3)));
    const refs = await store(told(all).read, { to: all.length });
    expect(refs.map(({ from, length }) => [from, length])).toEqual([
      [0, 2],
      [2, 1],
      [3, 1],
      [4, 2],
      [6, 2],
    ]);
    expect(await stored(refs)).toEqual(all);
    expect(await store(told(all).read, { to: all.length })).toEqual(refs);
    expect(await ledger.segments('run-1')).toHaveLength(refs.length);
  });

  it.each<[string, ReadTranscript, RegExp]>([
    ['the query fails', () => Promise.reject(new Error('Deadline exceeded')), /Deadline exceeded/],
    ['the session has fewer items', told(messages(3)).read, /the session has 3 items, 5 were expected/],
    ['something else answers', (async () => ({ $undecodable: true })) as never, /did not answer with a page/],
  ])('is tried again where %s', async (_what, read, words) => {
    const failure = await failureOf(store(read, { to: 5 }));
    expect(failure).toMatchObject({ type: 'ConversationUnavailable', nonRetryable: false });
    expect(failure.message).toMatch(words);
    expect(await ledger.segments('run-1')).toEqual([]);
  });

  it('is tried again on a worker with another ledger, or without it', async () => {
    const other = { name: 'default', id: '00000000-0000-4000-8000-000000000000' };
    const failure = await failureOf(store(told(messages(3)).read, { to: 3, ledger: other }));
    expect(failure).toMatchObject({ type: 'LedgerMismatch', nonRetryable: false });
    await ledger.close();
    const closed = await failureOf(store(told(messages(3)).read, { to: 3 }));
    expect(closed).toMatchObject({ type: 'LedgerUnavailable', nonRetryable: false });
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', null, /it is not an object/],
    ['no agent', { agent: undefined }, /agent must be texts/],
    ['no ledger', { ledger: 'default' }, /ledger must be \{name, id\}/],
    ['nothing to store', { from: 3, to: 3 }, /from before to/],
  ])('leaves input with %s to a worker that can read it', async (_what, change, words) => {
    const activity = createStoreActivity({ ledgers: new Map([['default', ledger]]) });
    const value = change === null ? null : { ...input, to: 3, ...(change as object) };
    const failure = await failureOf(environmentOf().run(activity, value as ConversationStoreInput));
    expect(failure).toMatchObject({ type: 'BadActivityInput', nonRetryable: false });
    expect(failure.message).toMatch(words);
  });

  it('beats while it reads', async () => {
    const { read } = told(messages(3));
    const environment = environmentOf({ heartbeatTimeoutMs: 300 });
    const beaten = new Promise((resolve) => environment.on('heartbeat', resolve));
    const slow: ReadTranscript = (request) => beaten.then(() => read(request));
    const activity = createStoreActivity({ ledgers: new Map([['default', ledger]]), readTranscript: slow });
    const report: ConversationStoreReport = await environment.run(activity, { ...input, to: 3 });
    expect(report.segments).toHaveLength(1);
  });
});

describe('conversation.close', () => {
  const close = (change: object = {}) => {
    const activity = createCloseActivity({ ledgers: new Map([['default', ledger]]) });
    return environmentOf().run(activity, { ...input, ...change });
  };

  it('says that the session has ended, as often as it is asked', async () => {
    await store(told(messages(3)).read, { to: 3 });
    await close();
    await close();
    expect(await ledger.segments('run-1')).toMatchObject([{ closedAt: expect.any(Number) as number }]);
  });

  it('is tried again where the ledger is another, or the input cannot be read', async () => {
    const other = await failureOf(close({ ledger: { name: 'default', id: 'other' } }));
    expect(other).toMatchObject({ type: 'LedgerMismatch', nonRetryable: false });
    expect(await failureOf(close({ ledger: 7 }))).toMatchObject({ type: 'BadActivityInput', nonRetryable: false });
  });
});
