/**
 * The conversation of a session over all its runs: what the newest one holds, what is stored in a ledger, and what earlier runs still answer
 * for. Whatever comes from elsewhere than the newest run is held against the hash that this one has of it.
 */
import { createHash } from 'node:crypto';
import {
  canonicalJson,
  STATUS_QUERY,
  TRANSCRIPT_QUERY,
  type ConversationItem,
  type SegmentRef,
  type SessionStatus,
  type TranscriptPage,
} from '../workflows/contracts';
import { SessionNotFound, TranscriptUnavailable } from './errors';
import { querySession } from './query';
import type { Service } from './service';

/** A stored part of a conversation. */
export interface StoredPart {
  readonly sessionId: string;
  /** What it is stored under, with `ref.hash`. */
  readonly keyNamespace: string;
  readonly ref: SegmentRef;
}

/** Reads stored parts from the ledger they are in. Undefined: not there, so the run that stored them is asked. */
export type ReadStoredPart = (part: StoredPart) => Promise<readonly ConversationItem[] | undefined>;

const DOING = 'reading';

/**
 * Pages from the item `from` on, without gaps; none of them has `stored`.
 * @param deadlineOfCall for each call, ms since the epoch.
 * @throws TranscriptUnavailable where a stored part can be had from nowhere, and other HoldfastErrors.
 */
export async function* transcriptPages(
  service: Service,
  sessionId: string,
  from: number,
  deadlineOfCall: () => number,
): AsyncGenerator<TranscriptPage, void, void> {
  const stored = new StoredParts(service, sessionId, deadlineOfCall);
  for (let at: number | undefined = from; at !== undefined;) {
    const page: TranscriptPage = await querySession<TranscriptPage>(service, sessionId, {
      name: TRANSCRIPT_QUERY,
      doing: DOING,
      deadline: deadlineOfCall(),
      argument: { from: at },
    });
    const { stored: ref, ...rest } = page;
    yield ref ? { ...rest, items: (await stored.read(ref)).slice(at - ref.from) } : page;
    at = page.next;
  }
}

class StoredParts {
  #keyNamespace: Promise<string> | undefined;

  constructor(
    private readonly service: Service,
    private readonly sessionId: string,
    private readonly deadlineOfCall: () => number,
  ) {}

  async read(ref: SegmentRef): Promise<readonly ConversationItem[]> {
    const { readStoredPart } = this.service;
    const kept = readStoredPart && (await readStoredPart(await this.part(ref)));
    if (kept) return this.verified(kept, ref, `the ledger ${JSON.stringify(ref.ledger.name)}`);
    return this.verified(await this.fromRun(ref), ref, `its run ${ref.runId}`);
  }

  private async part(ref: SegmentRef): Promise<StoredPart> {
    // Asked for once, and only where something is stored.
    this.#keyNamespace ??= querySession<SessionStatus>(this.service, this.sessionId, {
      name: STATUS_QUERY,
      doing: DOING,
      deadline: this.deadlineOfCall(),
    }).then((status) => status.keyNamespace);
    return { sessionId: this.sessionId, keyNamespace: await this.#keyNamespace, ref };
  }

  private async fromRun(ref: SegmentRef): Promise<readonly ConversationItem[]> {
    const end = ref.from + ref.length;
    const items: ConversationItem[] = [];
    while (ref.from + items.length < end) {
      const at = ref.from + items.length;
      const page = await this.pageOfRun(ref, { from: at, limit: end - at });
      if (page.items.length === 0) throw this.unavailable(ref, `its run ${ref.runId} does not hold them any more`);
      items.push(...page.items);
    }
    return items;
  }

  private async pageOfRun(ref: SegmentRef, argument: { from: number; limit: number }): Promise<TranscriptPage> {
    const { runId } = ref;
    const deadline = this.deadlineOfCall();
    try {
      const question = { name: TRANSCRIPT_QUERY, doing: DOING, deadline, argument, runId };
      return await querySession<TranscriptPage>(this.service, this.sessionId, question);
    } catch (error) {
      if (!(error instanceof SessionNotFound)) throw error;
      throw this.unavailable(ref, `its run ${runId} is past the retention of the namespace`, error);
    }
  }

  private verified(items: readonly ConversationItem[], ref: SegmentRef, source: string): readonly ConversationItem[] {
    if (createHash('sha256').update(canonicalJson(items)).digest('hex') === ref.hash) return items;
    throw this.unavailable(ref, `${source} gives something else than what was stored (${ref.hash})`);
  }

  private unavailable(ref: SegmentRef, why: string, cause?: unknown): TranscriptUnavailable {
    const { name, id } = ref.ledger;
    return new TranscriptUnavailable(
      this.sessionId,
      `the items ${ref.from} to ${ref.from + ref.length - 1} of session ${this.sessionId} cannot be read: ${why}; they are stored in the ledger ` +
        `${JSON.stringify(name)} with the id ${id}: read it with \`holdfast transcript\` where that ledger can be reached (--ledger, HOLDFAST_LEDGER_URL), or give connect() a readStoredPart that does`,
      { cause },
    );
  }
}
