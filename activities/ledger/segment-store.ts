/** What the activities need of the place where parts of long conversations are kept: the ledger's database, beside the calls. */
import type { ConversationItem } from '../../workflows/contracts/conversation';

/** A stored part of a conversation is not what was stored. */
export class SegmentCorrupt extends Error {
  override readonly name = 'SegmentCorrupt';
}

/** A stored part of a conversation, without what it holds. Times are the database's, ms since the epoch. */
export interface StoredSegment {
  /** sha256 of the canonical JSON of its items, hex. */
  readonly hash: string;
  /** UTF-8 bytes of that JSON. */
  readonly bytes: number;
  /** How many items. */
  readonly items: number;
  readonly createdAt: number;
  /** When its session ended; absent: it has not, as far as the ledger knows. */
  readonly closedAt?: number;
}

/** Methods throw `LedgerUnavailable` as those of the ledger do. `namespace` is the session's key namespace. */
export interface SegmentStore {
  /** Stores a part of a session's conversation, by the hash of what it holds; a repeat changes nothing. */
  storeSegment(namespace: string, items: readonly ConversationItem[]): Promise<Pick<StoredSegment, 'hash' | 'bytes'>>;
  /**
   * Undefined where there is none under this hash. @throws SegmentCorrupt
   * @param open true: the session itself asks, so it has not ended (any more), whatever was said before.
   */
  readSegment(namespace: string, hash: string, open?: boolean): Promise<readonly ConversationItem[] | undefined>;
  /** Says that the session has ended, so that its parts may be pruned in time. */
  closeSegments(namespace: string): Promise<void>;
  /** The parts of one session, oldest first. */
  segments(namespace: string): Promise<readonly StoredSegment[]>;
}
