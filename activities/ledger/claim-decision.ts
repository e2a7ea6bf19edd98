/**
 * What a claim leads to, decided from what the tables hold. Plain: no database, no clock of its own.
 */
import type { EffectClass } from '../../workflows/contracts/tool';
import { doubtOf, stricter, whyNotAgain, type Doubt } from './doubt';
import type { ToolCallClaimRequest } from './port';
import { isLive, type CallRow, type EffectRow } from './tables';

export interface ClaimFacts {
  /** The database's clock, ms. */
  readonly now: number;
  readonly request: ToolCallClaimRequest;
  /** Hash of what the tool compares; null without a business key. */
  readonly sameAsHash: string | null;
  /** This call's row. */
  readonly call?: CallRow;
  /** The row of the call that took over this one's effect. */
  readonly adopter?: CallRow;
  /** Latest generation of the business key. */
  readonly effect?: EffectRow;
  /** The row of the call that owns `effect`. */
  readonly effectOwner?: CallRow;
  /** This call's idempotency key has been used for an effect that happened and was undone. */
  readonly keyIsSpent?: boolean;
}

/** What a claim that is granted writes. */
export interface GrantedStart {
  /** Of the class claimed under before and today's, the stricter. */
  readonly effect: EffectClass;
  readonly generation: number | null;
  readonly idempotencyKey: string;
  readonly keyValidUntil: number;
  readonly mayHaveApplied: boolean;
  /** When the last attempt in doubt has ended for sure; null where nothing is in doubt. */
  readonly ranUntil: number | null;
  /** The call whose unfinished effect is taken over. */
  readonly adopts: string | null;
  /** A new row of `effects` is needed. */
  readonly opensGeneration: boolean;
}

export type ClaimDecision =
  | { readonly kind: 'mismatch'; readonly problem: string }
  | { readonly kind: 'replay'; readonly call: CallRow }
  | { readonly kind: 'held'; readonly retryInMs: number }
  | { readonly kind: 'conflict'; readonly effect: EffectRow }
  | { readonly kind: 'deduplicate'; readonly effect: EffectRow; readonly owner: CallRow }
  | { readonly kind: 'unknown'; readonly message: string; readonly start: GrantedStart }
  | { readonly kind: 'run'; readonly start: GrantedStart };

export function decideClaim(facts: ClaimFacts): ClaimDecision {
  const { request, call, adopter } = facts;
  if (call) {
    const problem = mismatch(call, request);
    if (problem) return { kind: 'mismatch', problem };
    if (call.state !== 'started') return { kind: 'replay', call };
  }
  const held = leaseLeft(facts, call) ?? leaseLeft(facts, adopter);
  if (held) return held;
  const effect = request.businessKey === undefined ? undefined : facts.effect;
  if (effect && isLive(effect.state) && effect.call_key !== request.callKey) return decideOthersEffect(facts, effect);
  return granted(facts, doubtIn(facts, [call, adopter]), ownStart(facts, effect));
}

/** Why the row cannot be this call's; null where it is. */
export function mismatch(
  call: CallRow,
  request: Pick<ToolCallClaimRequest, 'callKey' | 'tool' | 'argsHash'>,
): string | null {
  const { callKey, tool, argsHash } = request;
  if (call.kind !== 'tool') return `the key ${callKey} belongs to a model call`;
  if (call.tool !== tool) return `the key ${callKey} belongs to a call of ${call.tool}, not of ${tool}`;
  if (call.args_hash === argsHash) return null;
  return `the key ${callKey} was claimed with other arguments (hash ${call.args_hash?.slice(0, 12)}, now ${argsHash.slice(0, 12)})`;
}

function leaseLeft({ now }: ClaimFacts, call: CallRow | undefined): ClaimDecision | undefined {
  if (call?.state !== 'started' || call.lease_until === null || call.lease_until <= now) return undefined;
  return { kind: 'held', retryInMs: call.lease_until - now };
}

/** The key is live through another call. */
function decideOthersEffect(facts: ClaimFacts, effect: EffectRow): ClaimDecision {
  const { request, call, adopter, effectOwner: owner } = facts;
  if (effect.same_as_hash !== facts.sameAsHash) return { kind: 'conflict', effect };
  // Its owner may have ended under another key, where the tool's `key` has changed since.
  const state = effect.state === 'started' ? (owner?.state ?? 'started') : effect.state;
  // An outcome whose row is gone cannot be told again, and what happened must not happen twice.
  if (state === 'succeeded' || state === 'unresolved') {
    return owner ? { kind: 'deduplicate', effect, owner } : { kind: 'conflict', effect };
  }
  const held = leaseLeft(facts, owner);
  if (held) return held;
  // Who ran it died or waits for its next attempt. Under the same key at the destination it is one effect, whoever runs it.
  const ended = owner?.state === 'failed';
  return granted(facts, doubtIn(facts, [call, adopter, ended ? undefined : (owner ?? 'lost')]), {
    generation: effect.generation,
    idempotencyKey: effect.idempotency_key,
    keyValidUntil: Math.min(
      effect.key_valid_until,
      effect.started_at + request.keyValidForMs,
      call?.key_valid_until ?? Number.POSITIVE_INFINITY,
    ),
    adopts: effect.call_key,
    opensGeneration: false,
  });
}

type StartOfOne = Omit<GrantedStart, 'effect' | 'mayHaveApplied' | 'ranUntil'>;

/** The key is this call's own, free, or there is none. */
function ownStart({ now, request, call, keyIsSpent }: ClaimFacts, effect: EffectRow | undefined): StartOfOne {
  const mine = effect !== undefined && effect.call_key === request.callKey && isLive(effect.state);
  // A call that a person found not to have happened starts anew: the destination has not seen its key.
  const keyUsedFrom = call === undefined || call.key_valid_until === null ? now : call.started_at;
  const generation = mine ? effect.generation : (effect?.generation ?? 0) + 1;
  // A tool whose `key` has changed since: what an earlier attempt sent must still be recognised as the same.
  const ownKey = call?.idempotency_key ?? request.callKey;
  return {
    generation: request.businessKey === undefined ? null : generation,
    // The destination would take it for what was undone.
    idempotencyKey: mine ? effect.idempotency_key : keyIsSpent ? `${request.callKey}.g${generation}` : ownKey,
    keyValidUntil: Math.min(
      call?.key_valid_until ?? Number.POSITIVE_INFINITY,
      mine ? effect.key_valid_until : Number.POSITIVE_INFINITY,
      (mine ? effect.started_at : keyUsedFrom) + request.keyValidForMs,
    ),
    adopts: null,
    opensGeneration: request.businessKey !== undefined && !mine,
  };
}

function doubtIn({ now, request }: ClaimFacts, rows: Parameters<typeof doubtOf>[0]): Doubt | null {
  return doubtOf(rows, now, request);
}

function granted({ now, request, call }: ClaimFacts, doubt: Doubt | null, own: StartOfOne): ClaimDecision {
  const start: GrantedStart = {
    ...own,
    effect: stricter(doubt?.effect, stricter(call?.effect, request.effect)),
    mayHaveApplied: doubt !== null,
    ranUntil: doubt?.ranUntil ?? null,
  };
  if (doubt === null) return { kind: 'run', start };
  const message = whyNotAgain(request, doubt.effect, start.keyValidUntil >= now);
  return message === null ? { kind: 'run', start } : { kind: 'unknown', message, start };
}
