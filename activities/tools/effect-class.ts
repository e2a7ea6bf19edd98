/**
 * How a call is run whose tool may have changed since it was planned. Of the class at planning and today's, the stricter
 * counts (read < idempotent < transactional < reconcilable < at-most-once), as far as today's code can keep its promise:
 *
 * - planned `read`, today with an effect: the call has no ledger, so it is withdrawn and never run.
 * - planned with an effect, today `read`: run under the ledger all the same.
 * - planned `transactional`, today not: today's code does not write through `ctx.tx`. What an earlier attempt wrote is
 *   committed with its row or is not there, so the call is run as `idempotent`, with its key.
 * - planned `idempotent`, today `transactional`: transactional; where an earlier attempt may have run, the ledger says `unknown`.
 * - planned `reconcilable` or `at-most-once`: this version cannot keep that promise; a worker that can is waited for, as for a
 *   missing tool.
 */
import type { EffectClass } from '../../workflows/contracts/tool';

export type HowToRun =
  | { readonly kind: 'read' | 'idempotent' | 'transactional' }
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'unsupported'; readonly effect: EffectClass };

const STRICTNESS: readonly EffectClass[] = ['read', 'idempotent', 'transactional', 'reconcilable', 'at-most-once'];

export function stricter(one: EffectClass, other: EffectClass): EffectClass {
  return STRICTNESS.indexOf(one) >= STRICTNESS.indexOf(other) ? one : other;
}

export function howToRun(planned: EffectClass, today: EffectClass): HowToRun {
  const effect = stricter(planned, today);
  switch (effect) {
    case 'reconcilable':
    case 'at-most-once':
      return { kind: 'unsupported', effect };
    case 'transactional':
      if (planned === 'read') return { kind: 'withdrawn' };
      return { kind: today === 'transactional' ? 'transactional' : 'idempotent' };
    case 'idempotent':
      return { kind: planned === 'read' ? 'withdrawn' : 'idempotent' };
    case 'read':
      return { kind: 'read' };
  }
}
