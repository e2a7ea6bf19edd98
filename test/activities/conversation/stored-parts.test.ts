/** A model call of a session whose conversation is partly stored, on a worker that does not have it in memory. */
import { ConversationCache, append, baseOf, EMPTY_CONVERSATION } from '../../../activities/model/conversation-cache';
import { loadConversation } from '../../../activities/model/load-conversation';
import { LedgerUnavailable, type Ledger } from '../../../activities/ledger/port';
import type { SegmentRef } from '../../../workflows/contracts/continuation';
import { EMPTY_BASE } from '../../../workflows/contracts/conversation';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import { temporaryLedger } from '../ledger/temporary-ledger';
import { failureOf, modelInput } from '../model/model-fixture';
import { messages, says, told } from './told-transcript';

const ALL = messages(20);
const WHOLE = baseOf(append(EMPTY_CONVERSATION, ALL));

let ledger: Ledger;
/** Items 0 to 8 and 8 to 12. */
let refs: readonly SegmentRef[];

beforeEach(async () => {
  ledger = await temporaryLedger();
  refs = await Promise.all([storedAs(0, 8), storedAs(8, 4)]);
});

async function storedAs(from: number, length: number): Promise<SegmentRef> {
  const { hash, bytes } = await ledger.storeSegment('run-1', ALL.slice(from, from + length));
  return { hash, bytes, from, length, ledger: { name: 'default', id: ledger.id }, runId: 'run-1' };
}

function load(input: Partial<ModelCallInput>, transcript = told(ALL, refs), ledgers = new Map([['default', ledger]])) {
  const cache = new ConversationCache();
  return loadConversation(modelInput({ keyNamespace: 'run-1', ...input }), cache, transcript.read, ledgers);
}

describe('a conversation that is partly stored', () => {
  it('is read from the ledger as far as it is stored, and from the session from there on', async () => {
    const transcript = told(ALL, refs, 5);
    const { items } = await load({ base: WHOLE, items: [says('new')] }, transcript);
    expect(items).toEqual([...ALL, says('new')]);
    expect(transcript.asked.map(({ from }) => from)).toEqual([0, 8, 12, 17]);
  });

  it('is read to where the base ends, though that is in the middle of a part', async () => {
    const base = baseOf(append(EMPTY_CONVERSATION, ALL.slice(0, 10)));
    const { items } = await load({ base, items: [], readBackTo: 20 });
    expect(items).toEqual(ALL);
  });

  it('is read from its beginning where the base was given up', async () => {
    const { items } = await load({ base: EMPTY_BASE, items: [], readBackTo: 20 });
    expect(items).toEqual(ALL);
  });

  it('is refused where it is not the one the last model call saw', async () => {
    const failure = await failureOf(load({ base: { ...WHOLE, digest: 'f'.repeat(64) }, items: [] }));
    expect(failure).toMatchObject({ type: 'ConversationUnavailable', nonRetryable: false });
    expect(failure.message).toMatch(/not the conversation the last model call saw/);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'this worker has another ledger of that name',
      async () => load({ base: WHOLE }, undefined, new Map([['default', await temporaryLedger()]])),
      /the items 0 to 7 of the conversation are stored in the ledger "default" with the id \S+, and this worker's has the id /,
    ],
    [
      'this worker has none of that name',
      () => load({ base: WHOLE }, undefined, new Map()),
      /this worker has none of that name/,
    ],
    [
      'the ledger does not hold it',
      () => load({ base: WHOLE, keyNamespace: 'run-2' }),
      /the items 0 to 7 of the conversation are not in the ledger "default", where they were stored under run-2/,
    ],
    [
      'it holds another number of items than is said',
      () => load({ base: WHOLE }, told(ALL, [{ ...(refs[0] as SegmentRef), length: 9 }])),
      /were expected in the stored part \S+, which has 8 items/,
    ],
    [
      'the session says something else',
      () => load({ base: WHOLE }, told(ALL, [{ ...(refs[0] as SegmentRef), hash: 7 as never }])),
      /the session has 0 items, 20 were expected/,
    ],
  ])('is tried again, and what is missing is named, where %s', async (_what, loading, words) => {
    const failure = await failureOf(loading());
    expect(failure).toMatchObject({ type: 'ConversationUnavailable', nonRetryable: false });
    expect(failure.message).toMatch(words);
  });

  it('is not said to be lost where the ledger is only away', async () => {
    await ledger.close();
    await expect(load({ base: WHOLE })).rejects.toBeInstanceOf(LedgerUnavailable);
  });
});
