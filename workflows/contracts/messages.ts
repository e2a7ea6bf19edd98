/**
 * What comes into a session from outside, and what it answers. All messages are idempotent by an id the caller gives.
 */
import type { SessionStatusName } from './session';

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
  /** The run continues as new: send again with the same message id. */
  | { readonly kind: 'continued'; readonly messageId: string }
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
  | { readonly kind: 'in_progress'; readonly messageId: string }
  | { readonly kind: 'unknown_message'; readonly messageId: string };

/** Argument of the update `intervene` and the signal `intervention`. */
export interface InterveneRequest {
  /** Chosen by the caller; a repeat is answered without acting again. */
  readonly actId: string;
  /** More acts come; a session refuses one it does not know by name. */
  readonly act: 'end';
  /** Who acts, for the record. */
  readonly by?: string;
  readonly reason?: string;
}

export interface InterveneResult {
  readonly kind: 'done' | 'already_done';
  readonly actId: string;
  readonly status: SessionStatusName;
}
