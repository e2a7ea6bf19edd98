/** What a tool's own code is given with each call. */
import type { Transaction } from 'kysely';
import type { JsonObject } from '../workflows/contracts/json';

/** Who and what a call belongs to. Comes from the session, never from what the model wrote. */
export interface SessionIdentity {
  readonly id: string;
  readonly agent: string;
  readonly tenant?: string;
  readonly user?: string;
}

export interface ToolLogger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Whether a change of the session's state was taken; `problem` says why not, in words. */
export type StateTaken = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/**
 * The session's state, for a tool. What is changed takes effect with the call's success, and only then; it is recorded with its outcome, so however often the
 * call is tried it is changed once. A change that is refused changes nothing, and the model is told so with the result.
 */
export interface ToolState {
  /** A copy of the agent's own part, as it was when the call began, with this call's patches. */
  readonly value: JsonObject;
  /** JSON merge patch (RFC 7396) of the own part: what it makes must pass the agent's `state` schema. */
  patch(own: JsonObject): StateTaken;
  /** A fact. @param source where it is known from; default: this call. */
  establish(text: string, source?: string): StateTaken;
  /** Something that is owed to the user from now on. */
  open(text: string): StateTaken;
  /** @param id of what was owed. One that is not owed is passed over. */
  meet(id: string): StateTaken;
  /** What the user wants. */
  want(text: string): StateTaken;
}

export interface ToolContext {
  /** The same for every attempt of this call; what the destination recognises a repeat by. */
  readonly idempotencyKey: string;
  readonly callId: string;
  readonly session: SessionIdentity;
  /** Names of those who approved the call, where people had to; `policy` where nobody decided in time and the tool says to go on then. */
  readonly approvedBy?: readonly string[];
  /** Temporal's attempt, from 1. */
  readonly attempt: number;
  /** Aborted when the call is cancelled, times out or loses its lease, and when `run` has thrown: what is left of it must not go on. */
  readonly signal: AbortSignal;
  readonly log: ToolLogger;
  /** `fetch` that refuses to start once the lease is lost, passes `signal` on and stops reading a body past its size bound. */
  readonly fetch: typeof fetch;
  /** Set for tools with `usesState`. */
  readonly state?: ToolState;
}

export interface TransactionalContext<DB> extends ToolContext {
  /** The transaction that also holds the ledger row: what is written with it and the record of it commit together. */
  readonly tx: Transaction<DB>;
}
