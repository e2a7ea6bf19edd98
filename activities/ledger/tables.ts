/**
 * The ledger's tables. Their names begin with `holdfast_`, since a ledger may live inside the database of a tool's own data.
 * Content (arguments, outcomes, answers, errors) is text made by the content codec; keys, hashes, states and times are plain.
 */
import type { Selectable } from 'kysely';
import type { EffectClass } from '../../workflows/contracts/tool';
import type { EffectState } from './port';

export type CallState = 'started' | 'succeeded' | 'failed' | 'unresolved';

/** One row per tool call and per model call. */
export interface CallsTable {
  /** `<namespace>/<call id>`. */
  call_key: string;
  namespace: string;
  kind: 'tool' | 'model';
  state: CallState;
  tenant: string;
  tool: string | null;
  effect: EffectClass | null;
  args_hash: string | null;
  /** Content. */
  args: string | null;
  /** Temporal's attempt of the last claim. */
  attempt: number;
  /** Counts claims; only the holder of the latest may write an outcome. */
  fence: number;
  owner: string;
  /** Null: nobody runs it. In the past: who ran it died. */
  lease_until: number | null;
  body_failures: number;
  /** 1 where an attempt ended without a promise that it applied nothing. */
  may_have_applied: number;
  business_key: string | null;
  generation: number | null;
  idempotency_key: string | null;
  /** The destination remembers the idempotency key until then. */
  key_valid_until: number | null;
  /** Database's clock at which the last attempt that may have applied something has ended for sure: one lease after a later claim fenced it, or its failure. */
  ran_until: number | null;
  /** Content: what a person said of it, { as, actId, callKey, by?, reason?, at }. */
  resolution: string | null;
  /** The call that took over this one's effect. */
  adopted_by: string | null;
  /** The call whose outcome this one was answered with. */
  same_as_call: string | null;
  /** Content: a ToolOutcome, or the answer of a model call. */
  outcome: string | null;
  /** Content: a text. */
  last_error: string | null;
  /** JSON: [{ fence, at, content }]. */
  evidence: string | null;
  /** JSON: requests to the model so far, [{ attempt, estimate, run? }], and the runs the call was closed for, [{ closed }]. */
  requests: string | null;
  started_at: number;
  updated_at: number;
  settled_at: number | null;
}

/** One row per generation of a business key. At most one of a key is live. */
export interface EffectsTable {
  tenant: string;
  tool: string;
  business_key: string;
  generation: number;
  state: EffectState;
  /** The call that owns it. */
  call_key: string;
  /** Of the call that first claimed it. */
  idempotency_key: string;
  same_as_hash: string;
  /** Content: canonical JSON of what the tool compares, as a text. */
  same_as: string;
  key_valid_until: number;
  /** The call that undid it. */
  reversed_by: string | null;
  started_at: number;
  updated_at: number;
}

/** Stored parts of conversations, by the hash of what they hold. */
export interface SegmentsTable {
  /** Of the session. */
  namespace: string;
  /** sha256 of the canonical JSON of the items, hex. */
  hash: string;
  /** Content: the items. */
  content: string;
  /** Of the canonical JSON, UTF-8. */
  bytes: number;
  /** How many. */
  items: number;
  created_at: number;
  /** When the session ended; null: it has not, as far as is known. */
  closed_at: number | null;
}

export interface MetaTable {
  key: string;
  value: string;
}

export interface LedgerTables {
  holdfast_calls: CallsTable;
  holdfast_effects: EffectsTable;
  holdfast_segments: SegmentsTable;
  holdfast_meta: MetaTable;
}

/** By name and not by `*`: what a prepared statement gives back may not change when a later version adds a column. */
export const CALL_COLUMNS = columnsOf<CallsTable>({
  call_key: true,
  namespace: true,
  kind: true,
  state: true,
  tenant: true,
  tool: true,
  effect: true,
  args_hash: true,
  args: true,
  attempt: true,
  fence: true,
  owner: true,
  lease_until: true,
  body_failures: true,
  may_have_applied: true,
  business_key: true,
  generation: true,
  idempotency_key: true,
  key_valid_until: true,
  ran_until: true,
  resolution: true,
  adopted_by: true,
  same_as_call: true,
  outcome: true,
  last_error: true,
  evidence: true,
  requests: true,
  started_at: true,
  updated_at: true,
  settled_at: true,
});

export const EFFECT_COLUMNS = columnsOf<EffectsTable>({
  tenant: true,
  tool: true,
  business_key: true,
  generation: true,
  state: true,
  call_key: true,
  idempotency_key: true,
  same_as_hash: true,
  same_as: true,
  key_valid_until: true,
  reversed_by: true,
  started_at: true,
  updated_at: true,
});

/** @param all of the table: the compiler misses none. */
function columnsOf<Table>(all: Readonly<Record<keyof Table & string, true>>): readonly (keyof Table & string)[] {
  return Object.keys(all) as (keyof Table & string)[];
}

export type CallRow = Selectable<CallsTable>;
export type EffectRow = Selectable<EffectsTable>;

/** States of an effect in which its key cannot be used again. */
export const LIVE_EFFECT_STATES = ['started', 'succeeded', 'unresolved'] as const satisfies readonly EffectState[];

export function isLive(state: EffectState): boolean {
  return (LIVE_EFFECT_STATES as readonly EffectState[]).includes(state);
}
