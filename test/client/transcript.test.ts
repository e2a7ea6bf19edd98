/** Reading a conversation of which parts are stored, over a server of a few runs in memory. */
import { createHash } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/common';
import { TranscriptUnavailable, type ReadStoredPart } from '../../client';
import type { Service } from '../../client/service';
import { transcriptPages } from '../../client/transcript';
import { canonicalJson, type SegmentRef, type TranscriptPage, type TranscriptRequest } from '../../workflows/contracts';
import { messages, told } from '../activities/conversation/told-transcript';

const ALL = messages(12);

function ref(runId: string, from: number, to: number): SegmentRef {
  const text = canonicalJson(ALL.slice(from, to));
  const hash = createHash('sha256').update(text).digest('hex');
  return { hash, ledger: { name: 'default', id: 'l-1' }, from, length: to - from, bytes: text.length, runId };
}

/** r1 stored items 0 to 3, r2 items 4 to 6 and 7 to 8; r3 holds the rest. */
const STORED = [ref('r1', 0, 4), ref('r2', 4, 7), ref('r2', 7, 9)] as const;
const RUNS = new Map([
  ['r1', told(ALL.slice(0, 6), [], 2).read],
  ['r2', told(ALL.slice(0, 10), STORED.slice(0, 1), 2).read],
  ['newest', told(ALL, STORED, 2).read],
]);

function service(
  runs: ReadonlyMap<string, (request: TranscriptRequest) => Promise<TranscriptPage>>,
  read?: ReadStoredPart,
) {
  const asked: string[] = [];
  const getHandle = (_id: string, runId = 'newest') => ({
    query: async (name: string, request: TranscriptRequest) => {
      asked.push(`${name} of ${runId}`);
      if (name === 'status') return { keyNamespace: 'ns' };
      const run = runs.get(runId);
      if (!run) throw new WorkflowNotFoundError('gone', 's', runId);
      return run(request);
    },
  });
  const fake = {
    namespace: 'default',
    clock: { now: () => 0, sleep: async () => undefined },
    lifetime: { run: (_connection: unknown, call: () => Promise<unknown>) => call() },
    client: { withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(), workflow: { getHandle } },
    readStoredPart: read,
  };
  return { service: fake as unknown as Service, asked };
}

async function pagesOf(fake: Service, from = 0): Promise<readonly TranscriptPage[]> {
  const pages = [];
  for await (const page of transcriptPages(fake, 's', from, () => 1_000)) pages.push(page);
  return pages;
}

describe('the pages of a conversation', () => {
  it('come from the runs that hold them, in order, from wherever they are asked for', async () => {
    const { service: fake } = service(RUNS);
    for (let from = 0; from < ALL.length; from += 1) {
      const pages = await pagesOf(fake, from);
      expect(pages.flatMap(({ items }) => items)).toEqual(ALL.slice(from));
      expect(pages.map((page) => page.from)).toEqual(
        pages.map((_, index) => from + pages.slice(0, index).flatMap(({ items }) => items).length),
      );
      for (const page of pages) expect(page).not.toHaveProperty('stored');
    }
  });

  it('come from the ledger where it has them, and else from the run that stored them', async () => {
    const parts: string[] = [];
    const { service: fake, asked } = service(RUNS, async ({ sessionId, keyNamespace, ref: part }) => {
      parts.push(`${sessionId} ${keyNamespace} ${part.from}`);
      return part.runId === 'r1' ? ALL.slice(part.from, part.from + part.length) : undefined;
    });
    expect((await pagesOf(fake)).flatMap(({ items }) => items)).toEqual(ALL);
    expect(parts).toEqual(['s ns 0', 's ns 4', 's ns 7']);
    expect(asked.filter((what) => what === 'status of newest')).toHaveLength(1);
    expect(asked).toContain('transcript of r2');
    expect(asked).not.toContain('transcript of r1');
  });

  const without = (run: string) => new Map([...RUNS].filter(([id]) => id !== run));
  it.each<[string, ReturnType<typeof service>, RegExp]>([
    [
      'a run is past its retention',
      service(without('r1')),
      /^the items 0 to 3 of session s cannot be read: its run r1 is past the retention .* in the ledger "default" with the id l-1/,
    ],
    [
      'a run answers with another conversation',
      service(new Map([...RUNS, ['r2', told(messages(20).toReversed(), [], 2).read]])),
      /^the items 4 to 6 of session s cannot be read: its run r2 gives something else than what was stored/,
    ],
    [
      'a run has stored its part itself by now',
      service(new Map([...RUNS, ['r2', told(ALL, STORED, 2).read]])),
      /^the items 4 to 6 .*: its run r2 does not hold them any more/,
    ],
    [
      'the ledger gives something else',
      service(RUNS, async () => ALL.slice(0, 1)),
      /^the items 0 to 3 .*: the ledger "default" gives something else/,
    ],
  ])('are refused in one clear sentence where %s', async (_what, { service: fake }, words) => {
    const error: unknown = await pagesOf(fake).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TranscriptUnavailable);
    expect((error as TranscriptUnavailable).message).toMatch(words);
  });

  it('say what a broken ledger says', async () => {
    const { service: fake } = service(RUNS, () => Promise.reject(new Error('the disk is on fire')));
    await expect(pagesOf(fake)).rejects.toThrow('the disk is on fire');
  });
});
