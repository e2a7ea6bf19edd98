/**
 * How a call is run whose tool may have changed since it was planned. Of the class at planning and today's, the stricter
 * counts (read < idempotent < transactional < reconcilable < at-most-once), as far as today's code can keep its promise:
 *
 * - planned `read`, today with an effect: the call has no ledger, so it is withdrawn and never run.
 * - planned with an effect, today `read`: run under the ledger all the same; `at-most-once` where `idempotent` would promise less than was planned.
 * - planned `transactional`, today not: today's code does not write through `ctx.tx`. What an earlier attempt wrote is
 *   committed with its row or is not there, so the call is run by today's class, with its key.
 * - planned otherwise, today `transactional`: transactional; where an earlier attempt may have run, the ledger says `unknown`.
 * - planned `reconcilable`, today without a probe: nobody can be asked, so `at-most-once`: run where nothing is in doubt.
 */
import type { EffectClass } from '../../workflows/contracts/tool';

export type HowToRun = { readonly kind: EffectClass } | { readonly kind: 'withdrawn' };

export function howToRun(planned: EffectClass, today: EffectClass): HowToRun {
  if (planned === 'read') return { kind: today === 'read' ? 'read' : 'withdrawn' };
  switch (today) {
    case 'read':
    case 'idempotent':
      return { kind: planned === 'reconcilable' || planned === 'at-most-once' ? 'at-most-once' : 'idempotent' };
    case 'transactional':
      return { kind: 'transactional' };
    case 'reconcilable':
      return { kind: planned === 'at-most-once' ? 'at-most-once' : 'reconcilable' };
    case 'at-most-once':
      return { kind: 'at-most-once' };
  }
}
