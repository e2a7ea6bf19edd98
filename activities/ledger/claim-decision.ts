/**
 * What a claim leads to, decided from what the tables hold. Plain: no database, no clock of its own.
 */
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
  /** Latest generation of the business key. */
  readonly effect?: EffectRow;
  /** The row of the call that owns `effect`. */
  readonly effectOwner?: CallRow;
}

/** What a claim that is granted writes. */
export interface GrantedStart {
  readonly generation: number | null;
  readonly idempotencyKey: string;
  readonly keyValidUntil: number;
  readonly mayHaveApplied: boolean;
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
  const { now, request, call } = facts;
  if (call) {
    const problem = mismatch(call, request);
    if (problem) return { kind: 'mismatch', problem };
    if (call.state !== 'started') return { kind: 'replay', call };
    if (call.lease_until !== null && call.lease_until > now) return { kind: 'held', retryInMs: call.lease_until - now };
  }
  const effect = request.businessKey === undefined ? undefined : facts.effect;
  if (effect && isLive(effect.state) && effect.call_key !== request.callKey) return decideOthersEffect(facts, effect);
  return granted(facts, ownStart(facts, effect));
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

/** The key is live through another call. */
function decideOthersEffect(facts: ClaimFacts, effect: EffectRow): ClaimDecision {
  const { now, request, call, effectOwner: owner } = facts;
  if (effect.same_as_hash !== facts.sameAsHash) return { kind: 'conflict', effect };
  // An outcome whose row is gone cannot be told again, and what happened must not happen twice.
  if (effect.state !== 'started') return owner ? { kind: 'deduplicate', effect, owner } : { kind: 'conflict', effect };
  if (owner && owner.lease_until !== null && owner.lease_until > now) {
    return { kind: 'held', retryInMs: owner.lease_until - now };
  }
  // Who ran it died or waits for its next attempt. Under the same key at the destination it is one effect, whoever runs it.
  return granted(facts, {
    generation: effect.generation,
    idempotencyKey: effect.idempotency_key,
    keyValidUntil: Math.min(
      effect.key_valid_until,
      effect.started_at + request.keyValidForMs,
      call?.key_valid_until ?? Number.POSITIVE_INFINITY,
    ),
    mayHaveApplied: owner === undefined || diedOrMayHave(owner) || (call !== undefined && diedOrMayHave(call)),
    adopts: effect.call_key,
    opensGeneration: false,
  });
}

/** The key is this call's own, free, or there is none. */
function ownStart({ now, request, call }: ClaimFacts, effect: EffectRow | undefined): GrantedStart {
  const mine = effect !== undefined && effect.call_key === request.callKey && isLive(effect.state);
  const startedAt = mine ? effect.started_at : (call?.started_at ?? now);
  return {
    generation: request.businessKey === undefined ? null : mine ? effect.generation : (effect?.generation ?? 0) + 1,
    // A tool whose `key` has changed since: what an earlier attempt sent must still be recognised as the same.
    idempotencyKey: mine ? effect.idempotency_key : (call?.idempotency_key ?? request.callKey),
    keyValidUntil: Math.min(
      call?.key_valid_until ?? Number.POSITIVE_INFINITY,
      mine ? effect.key_valid_until : Number.POSITIVE_INFINITY,
      startedAt + request.keyValidForMs,
    ),
    mayHaveApplied: call !== undefined && diedOrMayHave(call),
    adopts: null,
    opensGeneration: request.businessKey !== undefined && !mine,
  };
}

/** A lease that nobody gave back means that the body may have been running when its process died. */
function diedOrMayHave(call: CallRow): boolean {
  return call.may_have_applied === 1 || call.lease_until !== null;
}

function granted({ now, request, call }: ClaimFacts, start: GrantedStart): ClaimDecision {
  if (!start.mayHaveApplied) return { kind: 'run', start };
  if (request.effect === 'transactional' && (start.adopts !== null || call?.effect !== 'transactional')) {
    return {
      kind: 'unknown',
      message: `an earlier attempt of ${request.tool} was cut off before the tool became transactional; whether it happened is not known`,
      start,
    };
  }
  if (start.keyValidUntil < now) {
    return {
      kind: 'unknown',
      message:
        `an earlier attempt of ${request.tool} was cut off, and its destination no longer remembers the key that would ` +
        'recognise a repeat; whether it happened is not known, so it is not run again',
      start,
    };
  }
  return { kind: 'run', start };
}
