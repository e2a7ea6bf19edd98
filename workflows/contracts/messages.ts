/**
 * What comes into a session from outside, and what it answers. All messages are idempotent by an id the caller gives.
 */
import type { ApprovalTerms, Approver, Decision, StandingScope } from './approval';
import type { Json, JsonObject } from './json';
import type { LimitName, LimitState } from './limits';
import type { OnStop } from './model';
import type { SessionStatusName } from './session';
import type { StateDraft } from './state';
import type { EffectClass, Resolution, ToolOutcome, UnresolvedCall } from './tool';

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
  /** `paused` and `with_person`: the session holds still until the act `resume`, or `hand_back`. */
  readonly kind: 'approval' | 'unresolved' | 'limit' | 'paused' | 'with_person';
  /** Of a call its id; of a bound its name; else the kind. */
  readonly id: string;
  /** Set where it waits in a child: its path. `id`, and the ids of calls in it, begin with that: `h1:t1.s2.c1-1a2b3c4d`. */
  readonly child?: string;
  /** One line for people. */
  readonly summary: string;
  /** ms since the epoch. */
  readonly since: number;
  /** The update that unblocks it. */
  readonly unblockedBy: string;
  /** With `limit`: the bound that was met. The act `extend` on it lets the turn go on. */
  readonly limit?: LimitState;
  /** With `limit`: when nobody is waited for any more and the turn ends with a partial answer; with `approval`: when the deadline of its stage is. ms since the epoch. Absent: never. */
  readonly until?: number;
  /** With `paused` and `with_person`: who. */
  readonly by?: string;
  /** With `approval`: the call as it would run now. */
  readonly approval?: PendingApproval;
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

/** A call that waits for approval, as people are shown it. */
export interface PendingApproval {
  readonly callId: string;
  readonly tool: string;
  readonly turn: number;
  readonly step: number;
  /** What would run. `{ $cut }` with the first part of their JSON where they are long: the query `pending` with `{ callId }` has them whole. */
  readonly args: JsonObject;
  /** A decision names it. Of all of the arguments, sha256 of their canonical JSON, hex. */
  readonly argsHash: string;
  readonly effect: EffectClass;
  /** True: the tool can undo a success. */
  readonly compensates?: true;
  /** `reason` says why a person is asked. */
  readonly terms: ApprovalTerms;
  /** Index in `terms.stages`, and when it began, ms since the epoch. */
  readonly stage: number;
  readonly stageSince: number;
  readonly approvedBy: readonly Approver[];
  /** Set where a person changed the arguments: who. */
  readonly editedBy?: string;
  /** Part of what a signature covers. */
  readonly keyNamespace: string;
}

/** Argument of the update `decide`. */
export interface DecideRequest {
  /** Chosen by the caller; a repeat is answered with what was decided. */
  readonly actId: string;
  readonly callId: string;
  readonly decision: Decision;
  /** `argsHash` of what was seen. Where other arguments wait by now, the decision is refused. */
  readonly argsHash: string;
  /** With `edit`, and only then: the arguments to run with. They pass the tool's schema as they are, or are refused. */
  readonly args?: JsonObject;
  /** With `approve` and `edit`: it holds for later calls of this tool too, until the act `revoke`. */
  readonly standing?: StandingScope;
  /** Who decides. With a signature it must be the key's name. */
  readonly by: string;
  /** Told to the model with `reject`; else for the record. */
  readonly reason?: string;
  /** Compact JWS; see docs/approvals.md for what it covers. */
  readonly signature?: string;
}

/** Answer of the update `decide`. */
export interface DecideResult {
  readonly kind: 'done' | 'already_done';
  readonly actId: string;
  readonly callId: string;
  readonly decision: Decision;
  /** `waiting`: further people must approve. */
  readonly call: 'approved' | 'rejected' | 'waiting';
  /** Names of those who approved these arguments. */
  readonly approvedBy: readonly string[];
  /** How many must. */
  readonly approvals: number;
  /** Of what would run, or runs, after this decision. */
  readonly argsHash: string;
  readonly status: SessionStatusName;
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
      /** Set where a person answered as the agent: who. */
      readonly by?: string;
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
   * `extend`: a bound, by `amount`. `pause`: nothing new is begun until `resume`. `note`: `text` for the model. `speak`: `text` to the user, as the
   * agent. `take_over`: users' messages wait for the person, whose `speak` answers them, until `hand_back`. `cancel_call`: one call that runs.
   * `replace_outcome`: of one call that has one other than `succeeded`, by `result`. `revoke`: the standing decision that the act `standing` gave.
   * `patch_state`: the session's state, by `patch`.
   * More acts may come; a session refuses one it does not know by name.
   */
  readonly act: InterveneAct;
  /** With `undo`, `cancel_call` and `replace_outcome`: the call. */
  readonly callId?: string;
  /** With `extend`: which bound, and how much is added to it, a whole number of its unit. */
  readonly bound?: LimitName;
  readonly amount?: number;
  /** With `end` and `stop`: what becomes of what the running turn did. Absent: as the agent's definition says. */
  readonly onStop?: OnStop;
  /** With `note` and `speak`. */
  readonly text?: string;
  /** With `replace_outcome`: what the tool would have returned. */
  readonly result?: Json;
  /** With `revoke`: the `actId` of the decision. */
  readonly standing?: string;
  /** With `patch_state`. */
  readonly patch?: StateDraft;
  /** With `extend`: the child whose bound it is, as `pending` shows it; absent: the one that asks. */
  readonly child?: string;
  /** Who acts, for the record. All acts but `end`, `stop`, `undo` and `extend` demand it. */
  readonly by?: string;
  readonly reason?: string;
}

export type InterveneAct =
  | 'end'
  | 'stop'
  | 'undo'
  | 'extend'
  | 'pause'
  | 'resume'
  | 'note'
  | 'speak'
  | 'take_over'
  | 'hand_back'
  | 'cancel_call'
  | 'replace_outcome'
  | 'revoke'
  | 'patch_state';

export interface InterveneResult {
  readonly kind: 'done' | 'already_done';
  readonly actId: string;
  readonly status: SessionStatusName;
  /** With `undo`: how the compensation ended; with `cancel_call`: how the call did. */
  readonly outcome?: ToolOutcome;
  /** With `extend`: the bound from now on. */
  readonly limit?: LimitState;
}

/** An act, or a decision, that was taken in and refused: nothing was changed by it. */
export interface RefusedAct {
  /** ms since the epoch. */
  readonly at: number;
  /** What it came as: `decide`, `intervention` (the signal), or the name of a signal nobody knows. */
  readonly message: string;
  /** `approve`, `pause`, …, as far as it can be read. */
  readonly act?: string;
  readonly callId?: string;
  /** Who it says it is from. */
  readonly by?: string;
  readonly problem: string;
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
