/** What the ledger holds of one call, decoded: for people, for proofs, and for an activity that looks a call up. */
import type { Json } from '../../workflows/contracts/json';
import type { EffectClass, Resolution, ToolOutcome } from '../../workflows/contracts/tool';

/** One row of `calls`, decoded, for people and for proofs. */
export interface LedgerCall {
  readonly callKey: string;
  readonly callId: string;
  readonly kind: 'tool' | 'model';
  /** `unresolved`: it may have happened. */
  readonly state: 'started' | 'succeeded' | 'failed' | 'unresolved';
  readonly tool?: string;
  /** The strictest class the call was claimed under. */
  readonly effect?: EffectClass;
  readonly tenant?: string;
  /** Temporal's attempt of the last claim. */
  readonly attempt: number;
  /** How often it was claimed. */
  readonly fence: number;
  readonly owner: string;
  readonly bodyFailures: number;
  readonly businessKey?: string;
  readonly generation?: number;
  /** State of the effect under the business key: `reversed` once another call undid it. */
  readonly effectState?: EffectState;
  readonly idempotencyKey?: string;
  /** Set where the outcome is that of another call for the same business key: that call's key. */
  readonly sameAsCall?: string;
  readonly args?: Json;
  readonly outcome?: ToolOutcome;
  /** Answer of a model call. */
  readonly answer?: Json;
  readonly lastError?: string;
  /** What attempts found out after they were fenced: it may disagree with the outcome. */
  readonly lateEvidence: readonly { readonly fence: number; readonly at: number; readonly outcome: ToolOutcome }[];
  readonly startedAt: number;
  readonly settledAt?: number;
  /** While `started`: ms until the lease of whoever runs it ends; 0 where nobody holds one. */
  readonly heldForMs: number;
  /** What a person said of it when it was unresolved; of several times the last. */
  readonly resolution?: {
    readonly as: Resolution;
    readonly actId: string;
    /** The call it was said of: this one, or another of the same effect. */
    readonly callKey?: string;
    readonly by?: string;
    readonly reason?: string;
    /** ms since the epoch. */
    readonly at: number;
  };
}

/** `started`, `succeeded` and `unresolved` are live: the key cannot be used again. */
export type EffectState = 'started' | 'succeeded' | 'failed' | 'unresolved' | 'reversed';
