/**
 * What the activities need of a ledger, whatever database it is in. Times are the database's own clock, ms since the epoch.
 * Every method may throw `LedgerUnavailable` (below), which is retryable: without the ledger nothing goes ahead.
 */
import type { Transaction } from 'kysely';
import type { Json } from '../../workflows/contracts/json';
import type { EffectClass, ToolOutcome } from '../../workflows/contracts/tool';

/** The database did not answer, is locked past the wait, is full or read-only. Nothing was written. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/** A request of an attempt that left no answer. */
export interface CutOffAttempt {
  readonly attempt: number;
  /** What the attempt said it would cost at most, as JSON given to `beginModelCall`. */
  readonly estimate: Json;
}

export type ModelCallClaim =
  /** An earlier attempt recorded the answer: report it, do not ask again. */
  | { readonly kind: 'recorded'; readonly answer: Json; readonly attempt: number }
  /** Ask the model. `cutOff` lists earlier attempts without an answer. */
  | { readonly kind: 'run'; readonly cutOff: readonly CutOffAttempt[] };

export interface ToolCallClaimRequest {
  /** `<namespace>/<call id>`. */
  readonly callKey: string;
  readonly tenant: string;
  readonly tool: string;
  readonly effect: EffectClass;
  readonly argsHash: string;
  /** The coerced arguments; stored through the codec. */
  readonly args: Json;
  readonly attempt: number;
  /** Identity of the worker process, for people. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Business key, where the tool declares one. */
  readonly businessKey?: string;
  /** Canonical JSON of `sameAs(args)`: equal means a repeat. */
  readonly sameAs?: string;
  readonly keyValidForMs: number;
}

export type ToolCallClaim =
  /** Run the body under `idempotencyKey` (of the call that first claimed the live effect, where that one died unfinished). */
  | { readonly kind: 'run'; readonly idempotencyKey: string; readonly generation?: number; readonly bodyFailures: number }
  /** Settled earlier by this very call. */
  | { readonly kind: 'replayed'; readonly outcome: ToolOutcome; readonly generation?: number }
  /** The business key is live through another call that asked for the same: its outcome. */
  | { readonly kind: 'deduplicated'; readonly outcome: ToolOutcome; readonly byCall: string; readonly generation: number }
  /** The business key is live with other values. */
  | { readonly kind: 'conflict'; readonly byCall: string; readonly generation: number; readonly sameAs: string }
  /** Somebody holds a live lease on it: try again after `retryInMs`. */
  | { readonly kind: 'held'; readonly retryInMs: number }
  /** Cannot be run again safely (key no longer valid at the destination): nobody knows. */
  | { readonly kind: 'unknown'; readonly message: string };

export interface SettleRequest {
  readonly callKey: string;
  readonly attempt: number;
  readonly outcome: ToolOutcome;
  /** Effects of other calls that this one undid, marked reversed in the same commit. */
  readonly releases?: { readonly tenant: string; readonly tool: string; readonly keys: readonly string[] };
}

export interface Ledger {
  readonly name: string;
  /** uuid made by the first migration. */
  readonly id: string;
  readonly dialect: 'sqlite' | 'postgres';
  /** The database's clock, ms. */
  now(): Promise<number>;

  /** Commits that a request is about to be made at `estimate`, unless the answer is recorded already. */
  beginModelCall(call: { callKey: string; attempt: number; owner: string; estimate: Json }): Promise<ModelCallClaim>;
  /** Commits the answer. The first recorded answer stays: a later one is ignored and the first returned. */
  recordModelCall(call: { callKey: string; attempt: number; answer: Json }): Promise<Json>;

  claimToolCall(request: ToolCallClaimRequest): Promise<ToolCallClaim>;
  /** Extends the lease. False: this attempt was fenced and must stop. */
  renewLease(callKey: string, attempt: number, leaseMs: number): Promise<boolean>;
  /** Counts a failure of the body and gives the lease back. Returns the failures so far; `fenced` where the attempt no longer owns the call. */
  bodyFailed(callKey: string, attempt: number, message: string): Promise<number | 'fenced'>;
  /** Commits the outcome, closes the effect, and lets go of the lease. `fenced`: another attempt owns the call; evidence is appended. */
  settleToolCall(request: SettleRequest): Promise<'settled' | 'fenced'>;
  /**
   * Claims and settles a transactional call in one transaction with the tool's own writes, bounded to `timeoutMs`.
   * `run` gets the transaction and returns the outcome and what it releases; an outcome other than `succeeded` rolls its writes back
   * and is recorded by itself. A claim that is not `run` is returned without calling it.
   */
  runTransactional(
    request: ToolCallClaimRequest,
    timeoutMs: number,
    run: (
      tx: Transaction<unknown>,
      claim: Extract<ToolCallClaim, { kind: 'run' }>,
    ) => Promise<{ outcome: ToolOutcome; releases?: SettleRequest['releases'] }>,
  ): Promise<{ kind: 'settled'; outcome: ToolOutcome; generation?: number } | Exclude<ToolCallClaim, { kind: 'run' }>>;
  close(): Promise<void>;
}

/** Turns what is stored in the ledger to text and back; with a codec the text is encrypted. */
export interface ContentCodec {
  encode(value: Json): Promise<string>;
  decode(text: string): Promise<Json>;
}
