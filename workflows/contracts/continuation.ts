/**
 * What one run of a session hands to the next. Versioned: a decoder per version stays in the code for ever.
 */
import type { ConversationBase, ConversationItem } from './conversation';
import type { SendRequest, SendResult } from './messages';
import type { SessionPolicy } from './model';
import type { SessionStatusName, UsageTotals } from './session';

/** A closed part of the conversation, stored content-addressed in the ledger's database. */
export interface SegmentRef {
  /** sha256 of the stored text, hex. */
  readonly hash: string;
  readonly ledger: string;
  readonly from: number;
  readonly length: number;
  readonly bytes: number;
}

/** A message the session has seen: how repeats are recognised and answered. */
export interface AnsweredMessage {
  readonly messageId: string;
  /** Fingerprint of the content. */
  readonly content: string;
  /** Absent while it waits or its turn runs. */
  readonly answer?: SendResult;
}

export interface Carry {
  readonly v: 1;
  readonly keyNamespace: string;
  readonly turn: number;
  readonly step: number;
  readonly status: SessionStatusName;
  readonly since: number;
  readonly segments: readonly SegmentRef[];
  /** Items after the last segment. */
  readonly tail: readonly ConversationItem[];
  readonly base: ConversationBase;
  readonly queue: readonly SendRequest[];
  /** The last 200. */
  readonly messages: readonly AnsweredMessage[];
  readonly usage: UsageTotals;
  readonly definitionHash?: string;
  readonly policy?: SessionPolicy;
  readonly ledgers: Readonly<Record<string, string>>;
  /** Acts of `intervene` that were done: a repeat is answered, another act under the same id is not taken for it. */
  readonly acts: readonly { readonly actId: string; readonly act: string }[];
}
