/**
 * What comes into a session from outside, and what it answers. All messages are idempotent by an id the caller gives.
 */
import type { Json, JsonObject } from './json';
import type { LimitName, LimitState } from './limits';
import type { OnStop } from './model';
import type { SessionStatusName } from './session';
import type { Resolution, ToolOutcome, UnresolvedCall } from './tool';

/** Argument of the update `send`. */
export interface SendRequest {
  /** Chosen by the caller; the same id with the same content is the same message, however often it is sent. */
  readonly messageId: string;
  readonly text: string;
  /** Where given, must be the session's agent. */
  readonly agent?: string;
}

/** Something a person must decide before the turn can go on. */
export interface PendingItem {
  readonly kind: 'approval' | 'unresolved' | 'limit' | 'paused';
  readonly id: string;
  /** One line for people. */
  readonly summary: string;
  /** ms since the epoch. */
  readonly since: number;
  /** The update that unblocks it. */
  readonly unblockedBy: string;
  /** With `limit`: the bound that was met. The act `extend` on it lets the turn go on. */
  readonly limit?: LimitState;
  /** With `limit`: when nobody is waited for any more and the turn ends with a partial answer, ms since the epoch. Absent: never. */
  readonly until?: number;
  /** With `unresolved`: the call, its arguments and what the ledger holds of it. */
  readonly call?: {
    readonly callId: string;
    readonly tool: string;
    readonly turn: number;
    readonly step: number;
    /** `{ $cut }` with the first part of their JSON where they are long; of a compensation the call that it undoes. */
    readonly args: JsonObject;
    /** Why nobody knows whether it happened, in words. */
    readonly message: string;
    readonly row: UnresolvedCall;
  };
}

/** Answer of the update `send`. Permanent. */
export type SendResult =
  /** The turn is done. `partial` says why the answer is not what was asked for but what could be had. */
  | {
      readonly kind: 'reply';
      readonly messageId: string;
      readonly turn: number;
      readonly text: string;
      readonly partial?: string;
    }
  | {
      readonly kind: 'waiting_for_human';
      readonly messageId: string;
      readonly turn: number;
      readonly pending: readonly PendingItem[];
    }
  /** Accepted, and nobody waits for it here: follow with the query `answer`. */
  | { readonly kind: 'queued'; readonly messageId: string; readonly ahead: number }
  | { readonly kind: 'with_person'; readonly messageId: string; readonly person: string }
  /** The run continues as new: send again with the same message id. `run` is the number of the one that ends, from 1. */
  | { readonly kind: 'continued'; readonly messageId: string; readonly run?: number }
  /** The turn was stopped. `session` says whether the session goes on; `names` holds what exists where a name was wrong. */
  | {
      readonly kind: 'stopped';
      readonly messageId: string;
      readonly turn: number;
      readonly reason: string;
      readonly message: string;
      readonly text?: string;
      readonly names?: readonly string[];
      readonly session: 'open' | 'ended';
    }
  /** The session ended before this message was answered. */
  | {
      readonly kind: 'ended';
      readonly messageId: string;
      readonly status: SessionStatusName;
      readonly reason: string;
    };

/** Answer of the query `answer`. */
export type AnswerResult =
  | { readonly kind: 'answered'; readonly answer: SendResult }
  /**
   * `pending`: what a person must decide before this message can be answered; absent where nothing waits. `ahead`: set with it where the
   * message is still queued, behind the turn that waits and so many messages in all.
   */
  | {
      readonly kind: 'in_progress';
      readonly messageId: string;
      readonly pending?: readonly PendingItem[];
      readonly ahead?: number;
    }
  | { readonly kind: 'unknown_message'; readonly messageId: string };

/** Argument of the update `intervene` and the signal `intervention`. */
export interface InterveneRequest {
  /** Chosen by the caller; a repeat is answered without acting again. */
  readonly actId: string;
  /**
   * `end`: the session. `stop`: the running turn, which is answered `stopped`; the session stays open. `undo`: one call that succeeded.
   * `extend`: a bound, by `amount`. More acts come; a session refuses one it does not know by name.
   */
  readonly act: InterveneAct;
  /** With `undo`: the call. */
  readonly callId?: string;
  /** With `extend`: which bound, and how much is added to it, a whole number of its unit. */
  readonly bound?: LimitName;
  readonly amount?: number;
  /** With `end` and `stop`: what becomes of what the running turn did. Absent: as the agent's definition says. */
  readonly onStop?: OnStop;
  /** Who acts, for the record. */
  readonly by?: string;
  readonly reason?: string;
}

export type InterveneAct = 'end' | 'stop' | 'undo' | 'extend';

export interface InterveneResult {
  readonly kind: 'done' | 'already_done';
  readonly actId: string;
  readonly status: SessionStatusName;
  /** With `undo`: how the compensation ended. */
  readonly outcome?: ToolOutcome;
  /** With `extend`: the bound from now on. */
  readonly limit?: LimitState;
}

/** Argument of the update `resolve`. */
export interface ResolveRequest {
  /** Chosen by the caller; a repeat is answered without acting again. */
  readonly actId: string;
  readonly callId: string;
  readonly as: Resolution;
  /** With `applied`, and only then: what the tool would have returned. */
  readonly result?: Json;
  readonly by?: string;
  readonly reason?: string;
}

export interface ResolveResult {
  readonly kind: 'done' | 'already_done';
  readonly actId: string;
  readonly callId: string;
  /** What was decided: differs from the request's where the ledger held an earlier decision. */
  readonly as: Resolution;
  readonly status: SessionStatusName;
}
