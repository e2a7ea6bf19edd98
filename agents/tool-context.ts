/** What a tool's own code is given with each call. */
import type { Transaction } from 'kysely';

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
}

export interface TransactionalContext<DB> extends ToolContext {
  /** The transaction that also holds the ledger row: what is written with it and the record of it commit together. */
  readonly tx: Transaction<DB>;
}
