/**
 * Whether something of a call may have happened already, and what may be done about it. Plain: no database, no clock of its own.
 *
 * In doubt is a call that an attempt claimed and neither settled nor gave back, or whose body failed without a promise that it
 * applied nothing.
 */
import type { EffectClass } from '../../workflows/contracts/tool';
import type { ToolCallClaimRequest } from './port';
import type { CallRow } from './tables';

/** From the one that promises the most to the one that promises nothing. */
const STRICTNESS: readonly EffectClass[] = ['read', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'];

export function stricter(one: EffectClass | null | undefined, other: EffectClass): EffectClass {
  return one != null && STRICTNESS.indexOf(one) > STRICTNESS.indexOf(other) ? one : other;
}

export interface Doubt {
  /** The strictest class that an attempt in doubt was claimed under. */
  readonly effect: EffectClass;
  /** Database's clock at which the last such attempt has ended for sure. */
  readonly ranUntil: number;
}

/** A lease that nobody gave back means that the body may have been running when its process died. */
export function inDoubt(call: Pick<CallRow, 'may_have_applied' | 'lease_until'>): boolean {
  return call.may_have_applied === 1 || call.lease_until !== null;
}

/**
 * @param rows of this call and of those whose effect it shares, none under a live lease; `'lost'` for a row that should be there.
 * @returns null where nothing of them can have happened.
 */
export function doubtOf(
  rows: readonly (CallRow | 'lost' | undefined)[],
  now: number,
  { leaseMs, effect }: Pick<ToolCallClaimRequest, 'leaseMs' | 'effect'>,
): Doubt | null {
  // From now on nobody but this claim can renew, and whoever could has noticed on its own clock within one lease. The database's
  // clock may have jumped and ended that lease early, so its end by that clock proves nothing.
  const fencedBy = now + Math.max(0, leaseMs);
  let doubt: Doubt | null = null;
  for (const row of rows) {
    if (row === undefined || (row !== 'lost' && !inDoubt(row))) continue;
    const died = row === 'lost' || row.lease_until !== null;
    // A time past `fencedBy` was written before the clock was set back.
    const ranUntil = died ? fencedBy : Math.min(row.ran_until ?? now, fencedBy);
    const claimedUnder = row === 'lost' ? effect : (row.effect ?? effect);
    doubt =
      doubt === null
        ? { effect: claimedUnder, ranUntil }
        : { effect: stricter(doubt.effect, claimedUnder), ranUntil: Math.max(doubt.ranUntil, ranUntil) };
  }
  return doubt;
}

/** See `GrantedClaim.absentCountsInMs`. @param ranUntil null: nothing is in doubt. */
export function absentCountsInMs(
  ranUntil: number | null,
  now: number,
  { settleWithinMs = 0 }: Pick<ToolCallClaimRequest, 'settleWithinMs'>,
): number {
  return ranUntil === null ? 0 : Math.max(0, ranUntil + settleWithinMs - now);
}

/** Why a call in doubt must not be run (again); null where it may: a repeat is recognised, or the destination is asked first. */
export function whyNotAgain(
  { tool, effect: today }: Pick<ToolCallClaimRequest, 'tool' | 'effect'>,
  earlier: EffectClass,
  keyIsValid: boolean,
): string | null {
  const cutOff = `an earlier attempt of ${tool} was cut off`;
  if (today === 'transactional')
    return `${cutOff} before the tool became transactional; whether it happened is not known`;
  switch (stricter(earlier, today)) {
    case 'at-most-once':
      return `${cutOff}, and its destination neither recognises a repeat nor can be asked; whether it happened is not known, so it is not run again`;
    case 'reconcilable':
      if (today === 'reconcilable') return null;
      return `${cutOff} when its destination had to be asked first, which the tool no longer does; whether it happened is not known, so it is not run again`;
    case 'transactional':
    case 'idempotent':
    case 'read':
      if (keyIsValid) return null;
      return (
        `${cutOff}, and its destination no longer remembers the key that would ` +
        'recognise a repeat; whether it happened is not known, so it is not run again'
      );
  }
}
