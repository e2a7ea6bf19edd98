/**
 * Tool calls across the boundary: what a plan says of a call, what the tool activity takes and what it reports.
 */
import type { ApprovalTerms, ApprovedBy } from './approval';
import type { FamilyCall } from './family-call';
import type { Json, JsonObject } from './json';
import type { StateDraft } from './state';

/** How a tool call becomes exactly once; the promise each class makes is in docs/guarantees.md. */
export type EffectClass = 'read' | 'idempotent' | 'transactional' | 'reconcilable' | 'at-most-once';

/** The policy of one call, copied into the plan when the call was planned: the workflow obeys it and looks nothing up. */
export interface CallPolicy {
  readonly effect: EffectClass;
  /** Longest one attempt may run, ms. */
  readonly startToCloseMs: number;
  /** Temporal's heartbeat timeout, ms; also the longest a ledger lease may last. */
  readonly heartbeatMs: number;
  /** Failures of the tool's body that are allowed, the first included; deaths of workers do not count. */
  readonly attempts: number;
  /** First wait between attempts, ms. */
  readonly initialIntervalMs: number;
  readonly backoff: number;
  /** Longest wait between attempts, ms. */
  readonly maxIntervalMs: number;
  /** How long a worker without this tool is taken for a deploy in progress, ms; after that the call is rejected. */
  readonly rolloutWindowMs: number;
  /** Longest result told to the model, in UTF-8 bytes of its JSON; the rest is cut with a note. */
  readonly maxResultBytes: number;
  /** Absent: the session's own task queue. */
  readonly taskQueue?: string;
  /** True where the tool declares `compensate`: a success of this call can be undone. */
  readonly compensates?: boolean;
  /** True where the tool is given the agent's part of the session's state. */
  readonly usesState?: true;
}

/** A change of an argument that lost nothing, made so that it passes the tool's schema. */
export interface Coercion {
  /** Path in the arguments, e.g. `items[0].quantity`; empty for the arguments as a whole. */
  readonly path: string;
  /** JSON text of the value as the model sent it, cut at 200 characters. */
  readonly before: string;
  readonly after: string;
}

/** Which ledger a call's rows are in: the name is the worker's, the id (uuid) was made by the ledger's first migration. */
export interface LedgerRef {
  readonly name: string;
  readonly id: string;
}

/**
 * A tool call the model asked for, decided. `run` is scheduled as planned; `refused` never runs and is answered at once. What holds a call
 * back is another kind, never an optional field of `run`: an interpreter that does not know a kind does not run it.
 */
export type PlannedCall =
  | ({ readonly kind: 'run' } & CallToRun)
  /** Runs once people approved it, with the arguments that they approved. */
  | ({ readonly kind: 'approval'; readonly approval: ApprovalTerms } & CallToRun)
  | FamilyCall
  | {
      readonly kind: 'refused';
      readonly id: string;
      /** As the model wrote it, cut at 64 characters; for people, never for a look-up. */
      readonly tool: string;
      readonly outcome: RejectedOutcome;
      readonly coercions?: readonly Coercion[];
      readonly summary: string;
    };

/** A call whose arguments passed, and how it is to be run. */
export interface CallToRun {
  /** `t3.s2.c1-<8 hex>`; never the provider's id, since some providers repeat theirs. */
  readonly id: string;
  readonly tool: string;
  /** The coerced input form, canonical JSON; what passed the tool's schema before its transforms. */
  readonly args: JsonObject;
  /** sha256 of the canonical JSON of `args`, hex. */
  readonly argsHash: string;
  readonly coercions?: readonly Coercion[];
  readonly policy: CallPolicy;
  /** Absent for tools that keep no ledger row (`read`). */
  readonly ledger?: LedgerRef;
  /** One line for the Web UI, at most 200 characters, control characters escaped: `book_appointment(slot=Tue 09:00)`. */
  readonly summary: string;
}

export interface SucceededOutcome {
  readonly kind: 'succeeded';
  readonly result: Json;
  /** Set when the result was cut: its full length in bytes. `result` is then the text of the part that was kept. */
  readonly cutFromBytes?: number;
  /** Set when this call was answered with the outcome of an earlier call for the same business key: that call's id. */
  readonly sameAsCall?: string;
  /** What the tool changed of the session's state; recorded with the result, and applied once. */
  readonly state?: StateDraft;
  /** Why something that the tool wanted to change of it was not taken, in words for the model. */
  readonly stateProblem?: string;
}

/** Ran, and known not to have applied. */
export interface FailedOutcome {
  readonly kind: 'failed';
  /** `tool_error` (the tool said so to the model), or the class of the last error after the attempts ran out. */
  readonly reason: 'tool_error' | 'attempts_exhausted' | 'timed_out';
  readonly message: string;
}

export type RejectionReason =
  | 'invalid_arguments'
  | 'unknown_tool'
  | 'not_permitted'
  | 'denied'
  | 'withdrawn'
  | 'conflict'
  | 'limit'
  | 'tool_missing';

/** Never ran. */
export interface RejectedOutcome {
  readonly kind: 'rejected';
  readonly reason: RejectionReason;
  /** Words a model can act on: what was wrong, what was expected, the names that exist. */
  readonly message: string;
}

/** May have happened: nobody knows, and it is never run again on a guess. */
export interface UnknownOutcome {
  readonly kind: 'unknown';
  readonly message: string;
}

/** Stopped by a cancel before it applied anything. */
export interface CancelledOutcome {
  readonly kind: 'cancelled';
  readonly message: string;
}

/** Every call gets exactly one. */
export type ToolOutcome = SucceededOutcome | FailedOutcome | RejectedOutcome | UnknownOutcome | CancelledOutcome;

/** Input of every tool activity (one Activity Type per tool, one dynamic default activity behind them). */
export interface ToolCallInput {
  readonly agent: string;
  readonly tool: string;
  readonly callId: string;
  readonly turn: number;
  readonly step: number;
  readonly sessionId: string;
  /** First part of the idempotency key; see `SessionInput.keyNamespace`. */
  readonly keyNamespace: string;
  /** Set in a child: session id of the first session, which is what tools are told. */
  readonly root?: string;
  readonly tenant?: string;
  readonly user?: string;
  /** With `policy.usesState`: the agent's part of the session's state when the call began. */
  readonly own?: JsonObject;
  readonly args: JsonObject;
  readonly argsHash: string;
  readonly policy: CallPolicy;
  readonly ledger?: LedgerRef;
  /**
   * Set by a session that can wait until a person says what became of a call: only then does a report hold `unresolved`. Absent (a session of an
   * earlier version): the outcome `unknown` stands at once, in its history too.
   */
  readonly asksPerson?: true;
  /** Set where people had to approve the call. */
  readonly approved?: ApprovedBy;
  /**
   * True: do not run. The call was cancelled between two attempts; say from the ledger what became of it (no row: `cancelled`; settled: the
   * recorded outcome; started and unsettled: `unknown`).
   */
  readonly settleOnly?: boolean;
}

/** What the ledger holds of a call that may have happened, for the person who has to say whether it did. */
export interface UnresolvedCall {
  /** The worker's name of the ledger. */
  readonly ledger: string;
  readonly callKey: string;
  /** What the destination was sent, where it was sent one: the way to find the effect there. */
  readonly idempotencyKey: string;
  readonly effect: EffectClass;
  readonly businessKey?: string;
  /** How often it was claimed, and how often its body failed. */
  readonly attempts: number;
  readonly bodyFailures: number;
  /** First claim, ms since the epoch by the database's clock. */
  readonly startedAt: number;
  readonly lastError?: string;
  /** Set where the doubt is that of another call for the same business key: that call's id. */
  readonly sameAsCall?: string;
}

/** Result of every tool activity. */
export interface ToolCallReport {
  readonly outcome: ToolOutcome;
  /** Temporal's attempt that reported, from 1. */
  readonly attempt: number;
  /** How the ledger took part: `none` (it never claimed), `ran`, `replayed` (answered from the recorded outcome), `deduplicated`. */
  readonly ledger: 'none' | 'ran' | 'replayed' | 'deduplicated';
  /** Generation of the business key, from 1; absent without one. */
  readonly generation?: number;
  /**
   * Set with the outcome `unknown` where a person can still say what became of the call: the session waits for `resolve`, and the
   * outcome stands only once somebody gives up. Absent: it stands at once.
   */
  readonly unresolved?: UnresolvedCall;
}

/** Input of the activity `tool.resolve`: a person says what became of an unresolved call. */
export interface ResolveInput {
  readonly agent: string;
  readonly tool: string;
  readonly callId: string;
  readonly sessionId: string;
  readonly keyNamespace: string;
  /** As in `ToolCallInput`. */
  readonly root?: string;
  readonly tenant?: string;
  readonly user?: string;
  readonly ledger: LedgerRef;
  readonly maxResultBytes: number;
  readonly actId: string;
  readonly as: Resolution;
  /** With `applied`: what the tool would have returned; checked against its `output` schema. */
  readonly result?: Json;
  readonly by?: string;
  readonly reason?: string;
}

/** `applied`: it happened; `absent`: it did not, so it is run (again); `give_up`: nobody will find out, the model is told so. */
export type Resolution = 'applied' | 'absent' | 'give_up';

/** Result of the activity `tool.resolve`. */
export type ResolveReport =
  /** The call's outcome from now on: `succeeded`, or `unknown` after `give_up`. `as` differs from the input's where it was settled before. */
  | { readonly kind: 'resolved'; readonly as: Resolution; readonly outcome: ToolOutcome }
  /** Recorded as not happened: the call may be run again. */
  | { readonly kind: 'absent' }
  /** Nothing was changed. */
  | { readonly kind: 'refused'; readonly problem: string };

/** Input of the activity `tool.undo`: runs the tool's `compensate` for a call that succeeded. Its result is a `ToolCallReport`. */
export interface UndoInput {
  readonly agent: string;
  readonly tool: string;
  /** The call that is undone; its arguments and result are read from the ledger. */
  readonly callId: string;
  /** The compensation's own: `undoIdOf(callId, …)`. */
  readonly undoId: string;
  readonly sessionId: string;
  readonly keyNamespace: string;
  /** As in `ToolCallInput`. */
  readonly root?: string;
  readonly tenant?: string;
  readonly user?: string;
  /** Of the call that is undone. */
  readonly policy: CallPolicy;
  readonly ledger: LedgerRef;
  /** As in `ToolCallInput`. */
  readonly settleOnly?: boolean;
}
