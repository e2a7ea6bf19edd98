/**
 * What the activities need of a ledger, whatever database it is in. Times are the database's own clock, ms since the epoch.
 * Every method may throw `LedgerUnavailable` (below), which is retryable: without the ledger nothing goes ahead.
 *
 * A claim carries a fence: a number that grows with every claim of the same call. It is the ledger's own and not Temporal's
 * attempt, since attempts start at 1 again after a reset and one attempt may be delivered twice. Only the holder of the
 * latest fence can renew, count or settle.
 */
import type { Transaction } from 'kysely';
import type { Json } from '../../workflows/contracts/json';
import type {
  CancelledOutcome,
  EffectClass,
  RejectedOutcome,
  Resolution,
  SucceededOutcome,
  ToolOutcome,
  UnknownOutcome,
} from '../../workflows/contracts/tool';
import type { LedgerCall } from './ledger-call';
import type { ModelCallLedger } from './model-port';
import type { SegmentStore } from './segment-store';

export type { EffectState, LedgerCall } from './ledger-call';
export {
  ModelCallClosed,
  type BeginModelCall,
  type CutOffAttempt,
  type ModelCallClaim,
  type ModelCallLedger,
} from './model-port';
export { SegmentCorrupt, type SegmentStore, type StoredSegment } from './segment-store';

/**
 * The database did not answer, is locked past the wait, is full or read-only, or its content cannot be encoded. Nothing was written, but for one
 * case: a connection that broke during a commit leaves it open whether that took place. So every method may be repeated, and then says what is true.
 */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/** A call key was used for another tool or other arguments than it was claimed with: a bug somewhere, never a reason to run. */
export class CallMismatch extends Error {
  override readonly name = 'CallMismatch';
}

/** The body of a transactional tool did not end within its bound; its transaction was rolled back. */
export class TransactionTimedOut extends Error {
  override readonly name = 'TransactionTimedOut';
}

export interface ToolCallClaimRequest {
  /** `<namespace>/<call id>`. */
  readonly callKey: string;
  /** `''` for none. */
  readonly tenant: string;
  readonly tool: string;
  readonly effect: EffectClass;
  readonly argsHash: string;
  /** The coerced arguments; stored through the codec. */
  readonly args: Json;
  /** Temporal's attempt, for people. */
  readonly attempt: number;
  /** Identity of the worker process, for people. */
  readonly owner: string;
  readonly leaseMs: number;
  /** Business key, where the tool declares one. */
  readonly businessKey?: string;
  /** Canonical JSON of `sameAs(args)`: equal means a repeat. Needed with `businessKey`; absent: the arguments' hash is compared. */
  readonly sameAs?: string;
  /** How long the destination remembers the key; counts for `idempotent` only. */
  readonly keyValidForMs: number;
  /** With `reconcilable`: longest time in flight plus the destination's lag, ms. */
  readonly settleWithinMs?: number;
}

/** The right to run the body, until the lease ends. */
export interface GrantedClaim {
  readonly kind: 'run';
  readonly fence: number;
  /** Of the call that first claimed the live effect, where that one died unfinished; else the call's own key. */
  readonly idempotencyKey: string;
  readonly generation?: number;
  readonly bodyFailures: number;
  /** True where an earlier attempt, or the call whose effect this one takes over, may have applied the effect. */
  readonly mayHaveApplied: boolean;
  /**
   * ms from the claim until nothing of earlier attempts can be under way any more, so that the destination's `absent` counts. After an
   * attempt that vanished: one lease (by then it has noticed on its own clock that it is fenced, whatever the database's clock did) plus
   * `settleWithinMs`. After one that failed and gave its lease back: what is left of `settleWithinMs`. 0 where nothing is in doubt.
   */
  readonly absentCountsInMs: number;
}

export type ToolCallClaim =
  | GrantedClaim
  /** Settled earlier by this very call. */
  | { readonly kind: 'replayed'; readonly outcome: ToolOutcome; readonly generation?: number }
  /** The business key is live through another call that asked for the same: its outcome, recorded as this call's too. */
  | {
      readonly kind: 'deduplicated';
      readonly outcome: ToolOutcome;
      readonly byCall: string;
      readonly generation: number;
    }
  /** The business key is live with other values. */
  | { readonly kind: 'conflict'; readonly byCall: string; readonly generation: number; readonly sameAs: string }
  /** Somebody holds a live lease on it: try again after `retryInMs`. */
  | { readonly kind: 'held'; readonly retryInMs: number }
  /** Cannot be run again safely (`at-most-once`, or a key no longer valid at the destination): claimed, to be settled as `unknown`. */
  | { readonly kind: 'unknown'; readonly message: string; readonly fence: number; readonly generation?: number };

/** Effects of other calls that a call undid, marked reversed in the same commit as its outcome. */
export interface Releases {
  readonly tenant: string;
  readonly tool: string;
  readonly keys: readonly string[];
  /** Only effects that this call owns (call key); absent: whoever owns them. */
  readonly ownedBy?: string;
}

export interface SettleRequest {
  readonly callKey: string;
  readonly fence: number;
  readonly outcome: ToolOutcome;
  readonly releases?: Releases;
}

export interface BodyFailure {
  readonly callKey: string;
  readonly fence: number;
  readonly message: string;
  /** `no`: the tool promised that this attempt applied nothing (`NotApplied`). */
  readonly applied: 'no' | 'maybe';
  /** Failures allowed: below it the lease is given back, else it is kept so that the caller can settle. */
  readonly allowed: number;
}

export type CountedFailure =
  | { readonly kind: 'counted'; readonly failures: number; readonly mayHaveApplied: boolean }
  /** The attempt no longer owns the call. */
  | { readonly kind: 'fenced' };

/** The lease of an attempt that did not run the body: it only asked what became of an earlier one. */
export interface GiveBackRequest {
  readonly callKey: string;
  readonly fence: number;
  /** How long, from now, something of earlier attempts may still be under way, `settleWithinMs` not counted: `ran_until` becomes now plus this. */
  readonly mayRunForMs: number;
}

/** A call that is not to be run (any more), and what it ends as. */
export interface RefusalRequest extends Pick<
  ToolCallClaimRequest,
  'callKey' | 'tenant' | 'tool' | 'effect' | 'argsHash' | 'args' | 'attempt' | 'owner'
> {
  /** Where it never ran, or is known not to have applied. */
  readonly outcome: RejectedOutcome | CancelledOutcome;
  /** Where an attempt was cut off and may have applied it. */
  readonly ifCutOff: UnknownOutcome;
}

export type RefusedCall =
  /** Recorded now: one of the two outcomes of the request. */
  | { readonly kind: 'refused'; readonly outcome: ToolOutcome; readonly generation?: number }
  /** Settled earlier. */
  | { readonly kind: 'settled'; readonly outcome: ToolOutcome; readonly generation?: number }
  /** Somebody holds a live lease on it. */
  | { readonly kind: 'held'; readonly retryInMs: number };

/** What a person says of an unresolved call. */
export interface CallResolution {
  readonly callKey: string;
  readonly tool: string;
  /** A repeat under the same id is answered as the first time. */
  readonly actId: string;
  readonly by?: string;
  readonly reason?: string;
  readonly decision:
    /** `releases`: what this success undoes, in the same transaction. */
    | { readonly as: 'applied'; readonly outcome: SucceededOutcome; readonly releases?: Releases }
    | { readonly as: 'absent' }
    | { readonly as: 'give_up'; readonly outcome: UnknownOutcome };
}

export type ResolvedCall =
  /**
   * Recorded now. `applied`: the call and every other unresolved one of the same effect have the outcome. `absent`: they can be claimed
   * again as if they had never run. `give_up`: the outcome `unknown` stands, and the effect's key stays in use.
   */
  | { readonly kind: 'resolved' }
  /** Decided before, by this act or another, perhaps through another call of the same effect. `outcome` absent with `absent`. */
  | {
      readonly kind: 'resolved_before';
      readonly as: Resolution;
      readonly actId: string;
      readonly outcome?: ToolOutcome;
    }
  /** Nothing to resolve: there is no such call, it is being run, or it has an outcome that nobody doubts. */
  | { readonly kind: 'not_unresolved'; readonly state: 'none' | LedgerCall['state']; readonly outcome?: ToolOutcome };

/** How many rows were deleted, or would be. */
export interface Pruned {
  readonly calls: number;
  readonly effects: number;
  /** Stored parts of conversations. */
  readonly segments: number;
}

export type TransactionalEnd =
  | { readonly kind: 'settled'; readonly outcome: ToolOutcome; readonly generation?: number }
  /** The body threw or ran out of time: rolled back and counted. `fence` settles the call when no attempt is left. */
  | { readonly kind: 'body_failed'; readonly failures: number; readonly error: unknown; readonly fence: number }
  | Exclude<ToolCallClaim, GrantedClaim | { readonly kind: 'unknown' }>;

export interface Ledger extends ModelCallLedger, SegmentStore {
  readonly name: string;
  /** uuid made by the first migration. */
  readonly id: string;
  readonly dialect: 'sqlite' | 'postgres';
  /** The database's clock, ms. */
  now(): Promise<number>;

  /** Commits `started` with a lease, or says why not. @throws CallMismatch */
  claimToolCall(request: ToolCallClaimRequest): Promise<ToolCallClaim>;
  /** Extends the lease. False: this attempt was fenced, or the call is settled, and it must stop. */
  renewLease(callKey: string, fence: number, leaseMs: number): Promise<boolean>;
  /** Counts a failure of the body. */
  bodyFailed(failure: BodyFailure): Promise<CountedFailure>;
  /** Gives a lease back; nothing is counted, and what is in doubt stays in doubt. False: this attempt was fenced, or the call is settled. */
  giveBack(request: GiveBackRequest): Promise<boolean>;
  /** Commits the outcome, closes the effect, and lets go of the lease. `fenced`: another attempt owns the call; evidence is appended. */
  settleToolCall(request: SettleRequest): Promise<'settled' | 'fenced'>;
  /**
   * Settles a call that is not to be run any more, unless it is settled or being run. After it no attempt is granted a claim, not
   * even one that was on its way. @throws CallMismatch
   */
  refuseToolCall(request: RefusalRequest): Promise<RefusedCall>;
  /** One call, as it stands, without claiming it. */
  readCall(callKey: string): Promise<LedgerCall | undefined>;
  /** Records what a person says of an unresolved call, as one transaction. @throws CallMismatch for a call of another tool */
  resolveToolCall(resolution: CallResolution): Promise<ResolvedCall>;
  /**
   * Claims and settles a transactional call in one transaction with the tool's own writes, bounded to `timeoutMs`.
   * `run` gets the transaction and returns the outcome and what it releases; an outcome other than `succeeded` rolls its writes back
   * and is recorded by itself. A claim that is not `run` is returned without calling it. The transaction must not wait for
   * anything but the database: it keeps every other writer out. It cannot be used once `run` has ended or its time is up.
   */
  runTransactional(
    request: ToolCallClaimRequest,
    timeoutMs: number,
    run: (tx: Transaction<unknown>, claim: GrantedClaim) => Promise<{ outcome: ToolOutcome; releases?: Releases }>,
  ): Promise<TransactionalEnd>;

  /** All calls of a session and its children, in the order they began. */
  calls(filter: { readonly sessionNamespace: string }): Promise<readonly LedgerCall[]>;
  /**
   * Deletes what is settled since before `settledBefore` (ms, database's clock) and nobody needs any more. Kept whatever their age: calls that are
   * started or unresolved, live effects of business keys (they still keep a repeat from happening), the calls that own those, and stored parts of
   * conversations whose session has not ended before `settledBefore`.
   */
  prune(request: { readonly settledBefore: number; readonly dryRun?: boolean }): Promise<Pruned>;
  close(): Promise<void>;
}

/** Turns what is stored in the ledger to text and back; with a codec the text is encrypted. */
export interface ContentCodec {
  encode(value: Json): Promise<string>;
  decode(text: string): Promise<Json>;
}
