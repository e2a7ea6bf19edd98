/** The effect class `reconcilable` of a tool or of a compensation: it has a probe, and no other class has one. */
import type { EffectClass } from '../workflows/contracts/tool';
import { toMs, type Duration } from './duration';

/** A call that was cut off waits this long at most before it may be run again. */
const MAX_SETTLE_WITHIN_MS = 86_400_000;

export interface ProbeFields {
  readonly effect: EffectClass;
  readonly reconcile?: unknown;
  readonly settleWithin?: Duration;
}

export interface Probe {
  /** Typed by whoever takes it. */
  readonly reconcile?: never;
  readonly settleWithinMs?: number;
}

/** @throws TypeError for a probe without its class, and the class without its probe. */
export function probeOf({ effect, reconcile, settleWithin }: ProbeFields, here: string): Probe {
  if (effect !== 'reconcilable') {
    const given = reconcile !== undefined ? 'reconcile' : settleWithin !== undefined ? 'settleWithin' : undefined;
    if (given !== undefined) throw new TypeError(`${here}: ${given} belongs to the effect class reconcilable`);
    return {};
  }
  if (typeof reconcile !== 'function') {
    throw new TypeError(
      `${here}: reconcilable needs reconcile, a function that asks the destination what became of a call`,
    );
  }
  const settleWithinMs = settleWithin === undefined ? NaN : toMs(settleWithin, `${here}: settleWithin`);
  if (!(settleWithinMs <= MAX_SETTLE_WITHIN_MS)) {
    throw new TypeError(
      `${here}: reconcilable needs settleWithin of at most 24h: how long a request may be under way until the destination shows it`,
    );
  }
  return { reconcile: reconcile as never, settleWithinMs };
}
