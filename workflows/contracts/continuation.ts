/**
 * What one run of a session hands to the next, and the stored parts of its conversation. Versioned: a decoder per version stays in the
 * code for ever (`session/carry.ts`), and a carry of each version is kept in the tests.
 */
import type { ConversationBase, ConversationItem } from './conversation';
import type { Json, JsonObject } from './json';
import type { RefusedAct, SendRequest, SendResult } from './messages';
import type { SessionPolicy } from './model';
import type { Hold, SessionStatusName, StepRecord, UsageTotals } from './session';
import type { StateDoc } from './state';
import type { LedgerRef, PlannedCall } from './tool';

/** A closed part of the conversation: items `from` to `from + length`, stored content-addressed in the ledger's database. */
export interface SegmentRef {
  /** sha256 of the canonical JSON of the items, hex. */
  readonly hash: string;
  readonly ledger: LedgerRef;
  /** Index of its first item in the conversation. */
  readonly from: number;
  readonly length: number;
  /** Of its JSON, UTF-8. */
  readonly bytes: number;
  /** The run that stored it and still answers for its items by query, as long as the server keeps that run. */
  readonly runId: string;
}

/** Input of the activity `conversation.store`: items `from` to `to` are read from the running workflow by query. */
export interface ConversationStoreInput {
  readonly agent: string;
  readonly sessionId: string;
  readonly keyNamespace: string;
  readonly ledger: LedgerRef;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export interface ConversationStoreReport {
  /** In order, without gaps. */
  readonly segments: readonly SegmentRef[];
}

/** Input of the activity `conversation.close`. Its result is empty. */
export interface ConversationCloseInput {
  readonly sessionId: string;
  readonly keyNamespace: string;
  readonly ledger: LedgerRef;
}

/** A message the session has seen: how repeats are recognised and answered. */
export interface CarriedMessage {
  readonly messageId: string;
  /** Fingerprint of the content. */
  readonly content: string;
  /** Absent while it waits or its turn runs. */
  readonly answer?: SendResult;
}

/** The calls of a step that was under way when the run ended: none of them was running any more. */
export interface CarriedStep {
  /** Those that have no outcome yet, as planned, in their order. Outcomes of the others are in the conversation. */
  readonly calls: readonly CarriedCall[];
}

export interface CarriedCall {
  readonly call: PlannedCall;
  /** Set where it waits for `resolve`: as the waiting call is kept by the session (`session/waiting-call.ts`), and how often it was run again. */
  readonly waiting?: Json;
  readonly attempt?: number;
  readonly again?: number;
  /** Set where a person said so while somebody held the session: it waits for the hold alone. */
  readonly said?: 'absent' | 'said_of_another';
  /** Set while it waits for approval, and from when it was approved: as `session/running-step.ts` has them. */
  readonly approving?: Json;
  readonly approved?: Json;
}

/** Version 1. */
export interface Carry {
  readonly v: 1;
  /** Number of the run that it begins, from 2. */
  readonly run: number;
  readonly keyNamespace: string;
  readonly turn: number;
  readonly step: number;
  readonly status: SessionStatusName;
  /** ms since the epoch. */
  readonly since: number;
  readonly reason?: string;
  readonly segments: readonly SegmentRef[];
  /** Items after the last segment. */
  readonly tail: readonly ConversationItem[];
  readonly base: ConversationBase;
  readonly queue: readonly SendRequest[];
  /** The message whose turn runs. */
  readonly active?: SendRequest;
  readonly runningStep?: CarriedStep;
  /** Oldest first, the last 200. */
  readonly messages: readonly CarriedMessage[];
  readonly usage: UsageTotals;
  readonly definitionHash?: string;
  readonly policy?: SessionPolicy;
  readonly ledgers: Readonly<Record<string, string>>;
  /** Acts that were done: a repeat is answered, another act under the same id is not taken for it. Oldest first. */
  readonly acts: readonly { readonly actId: string; readonly done: Json }[];
  /** Calls that can be undone; compensations in doubt, which hold nothing up; notes for the next model call. */
  readonly undoable: readonly Json[];
  readonly waitingUndos: readonly Json[];
  readonly notes: readonly {
    readonly reason: string;
    readonly text: string;
    readonly by?: string;
    readonly callId?: string;
    readonly detail?: JsonObject;
  }[];
  /** What was used, extended, noticed and asked: `session/bounding.ts`, as it is. */
  readonly bounding: Json;
  readonly restReason?: string;
  readonly lastAnswer?: string;
  readonly lastPartial?: string;
  readonly refused: number;
  /** The last few step records, for displays. */
  readonly recent: readonly StepRecord[];
  /** Decisions that hold on, decisions on calls (the last 200), who holds the session, messages that joined the running turn, the last refusals, and how the last turn came out. */
  readonly standing?: readonly Json[];
  readonly decided?: readonly Json[];
  readonly paused?: Hold;
  readonly person?: Hold;
  readonly steered?: readonly string[];
  readonly refusals?: readonly RefusedAct[];
  readonly lastOutcome?: string;
  /** The state as it is, what ids it mints next, and the children: `session/children.ts` has them. */
  readonly state?: StateDoc;
  readonly family?: Json;
}
