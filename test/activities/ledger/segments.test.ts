/** Stored parts of conversations: what is read is what was written, or an error; what is pruned is of sessions that ended. */
import { sql, type Kysely } from 'kysely';
import type { Ledger } from '../../../activities/ledger/port';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import { canonicalJson } from '../../../workflows/contracts/json';
import { eventually } from '../../support/eventually';
import { claimOf, temporaryLedger, temporaryLedgerUrl } from './temporary-ledger';

const says = (text: string): ConversationItem => ({ kind: 'user', turn: 1, messageId: 'm', text });
const ITEMS: readonly ConversationItem[] = [
  says('Grüße 👋 \u0000 \ud800'),
  {
    kind: 'outcome',
    turn: 1,
    step: 2,
    callId: 'c',
    tool: 't',
    outcome: { kind: 'succeeded', result: { b: 1, a: [null] } },
  },
];

/** Reads the database past the ledger's own code, through a transactional tool's transaction. */
async function inDatabase(ledger: Ledger, statement: (db: Kysely<unknown>) => Promise<unknown>): Promise<void> {
  const end = await ledger.runTransactional(claimOf(`raw-${Math.random()}`, {}), 5_000, async (tx) => {
    await statement(tx);
    return { outcome: { kind: 'succeeded', result: null } };
  });
  expect(end.kind).toBe('settled');
}

async function later(ledger: Ledger): Promise<number> {
  const at = await ledger.now();
  await eventually('the clock to move on', async () => (await ledger.now()) > at + 1);
  return ledger.now();
}

it('gives back what was stored, under the hash of it', async () => {
  const ledger = await temporaryLedger();
  const { hash, bytes } = await ledger.storeSegment('run-1', ITEMS);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(bytes).toBe(Buffer.byteLength(canonicalJson(ITEMS)));
  expect(await ledger.readSegment('run-1', hash)).toEqual(ITEMS);
  expect(await ledger.readSegment('run-2', hash)).toBeUndefined();
  expect(await ledger.readSegment('run-1', 'f'.repeat(64))).toBeUndefined();
});

it('stores the same once, however often and from wherever it is written', async () => {
  const url = await temporaryLedgerUrl();
  const [one, two] = [await temporaryLedger({ url }), await temporaryLedger({ url })];
  const stored = await Promise.all([one, two, one, two].map((ledger) => ledger.storeSegment('run-1', ITEMS)));
  expect(new Set(stored.map(({ hash }) => hash)).size).toBe(1);
  expect(await one.segments('run-1')).toEqual([
    { ...stored[0], items: ITEMS.length, createdAt: expect.any(Number) as number },
  ]);
});

it('takes a part of several MB, and what payload codecs make of it', async () => {
  const big = [says('x'.repeat(5_000_000))];
  const reverse = (bytes: Uint8Array | null | undefined) => Uint8Array.from(bytes ?? []).reverse();
  const codec = {
    encode: async <T extends { data?: Uint8Array | null }>(payloads: T[]) =>
      payloads.map((one) => ({ ...one, data: reverse(one.data) })),
    decode: async <T extends { data?: Uint8Array | null }>(payloads: T[]) =>
      payloads.map((one) => ({ ...one, data: reverse(one.data) })),
  };
  const ledger = await temporaryLedger({ payloadCodecs: [codec] });
  const { hash } = await ledger.storeSegment('run-1', big);
  expect(await ledger.readSegment('run-1', hash)).toEqual(big);
});

it.each([
  ['other items', '[{"kind":"user","turn":1,"messageId":"m","text":"I never said that"}]'],
  ['cut text', '[{"kind":"user"'],
  ['no list', '{"kind":"user"}'],
])('says so where the database holds %s', async (_what, content) => {
  const ledger = await temporaryLedger();
  const { hash } = await ledger.storeSegment('run-1', ITEMS);
  await inDatabase(ledger, (db) => sql`update holdfast_segments set content = ${content}`.execute(db));
  await expect(ledger.readSegment('run-1', hash)).rejects.toMatchObject({
    name: 'SegmentCorrupt',
    message: expect.stringMatching(`the stored part ${hash} of the conversation is not what was stored`) as string,
  });
  // Stored again, it is whole again.
  await ledger.storeSegment('run-1', ITEMS);
  expect(await ledger.readSegment('run-1', hash)).toEqual(ITEMS);
});

describe('pruning', () => {
  const segments = (pruned: { readonly segments: number }) => pruned.segments;

  it('deletes parts of sessions that ended before, and never those of open ones', async () => {
    const ledger = await temporaryLedger();
    for (let part = 0; part < 45; part += 1) await ledger.storeSegment('ended', [says(`part ${part}`)]);
    await ledger.storeSegment('open', ITEMS);
    await ledger.storeSegment('ended-later', ITEMS);
    await ledger.closeSegments('ended');
    const settledBefore = await later(ledger);
    await ledger.closeSegments('ended-later');

    expect(segments(await ledger.prune({ settledBefore, dryRun: true }))).toBe(45);
    expect(await ledger.segments('ended')).toHaveLength(45);
    expect(segments(await ledger.prune({ settledBefore }))).toBe(45);
    expect(await ledger.segments('ended')).toEqual([]);
    expect(await ledger.segments('open')).toHaveLength(1);
    expect(await ledger.segments('ended-later')).toMatchObject([{ closedAt: expect.any(Number) as number }]);
    expect(segments(await ledger.prune({ settledBefore }))).toBe(0);
  });

  it('goes by the first end, however often that is said', async () => {
    const ledger = await temporaryLedger();
    await ledger.storeSegment('run-1', ITEMS);
    await ledger.closeSegments('run-1');
    const settledBefore = await later(ledger);
    await ledger.closeSegments('run-1');
    expect(segments(await ledger.prune({ settledBefore }))).toBe(1);
  });

  it.each<[string, (ledger: Ledger, hash: string) => Promise<unknown>]>([
    ['stores a further part', (ledger) => ledger.storeSegment('run-1', [says('more')])],
    ['reads one', (ledger, hash) => ledger.readSegment('run-1', hash, true)],
  ])('keeps them where a session that had ended %s: it was reset, and goes on', async (_what, goesOn) => {
    const ledger = await temporaryLedger();
    const { hash } = await ledger.storeSegment('run-1', ITEMS);
    await ledger.closeSegments('run-1');
    // A person who reads is not the session.
    await ledger.readSegment('run-1', hash);
    expect(await ledger.segments('run-1')).toMatchObject([{ closedAt: expect.any(Number) as number }]);
    await goesOn(ledger, hash);
    expect(segments(await ledger.prune({ settledBefore: (await later(ledger)) + 1_000 }))).toBe(0);
    expect(await ledger.readSegment('run-1', hash)).toEqual(ITEMS);
  });
});
