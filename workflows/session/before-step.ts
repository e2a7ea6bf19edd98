/** What is looked at before each step: bounds, then detectors. Plain code with injected dependencies. */
import type { LimitState } from '../contracts/limits';
import { booked, type Asking } from './bounding';
import { dueRung, takeRung } from './ladder';
import type { LimitVerdict } from './limit-gate';
import { askMsOf, isOfFamily, limitWords, metBeforeStep, onLimitOf } from './limits';
import { appendNote } from './notes';
import { apply, type SessionState } from './session-state';

export interface BeforeStepDeps {
  readonly now: () => number;
  /** Waits until a person extends a bound, nobody is waited for any more, or the run continues as new. */
  readonly askForMore: (asking: Asking) => Promise<LimitVerdict>;
}

export type BeforeStep =
  /** The step may be made. */
  | { readonly kind: 'go' }
  /** A person was waited for: things may stand differently. */
  | { readonly kind: 'again' }
  | { readonly kind: 'parked' }
  /** No further step: a last answer, and why. `late`: a person was asked, in vain. */
  | { readonly kind: 'last'; readonly limit: LimitState; readonly late: boolean };

/**
 * @param met a bound that the last model call met.
 * @returns a promise only where a person is asked: most steps need none, and each costs the SDK a stack trace.
 */
export function beforeStep(
  state: SessionState,
  deps: BeforeStepDeps,
  met: LimitState | undefined,
): BeforeStep | Promise<BeforeStep> {
  const { asking } = state.bounding;
  if (asking) return ask(state, asking, deps);
  const limit = met ?? metBeforeStep(state);
  if (limit) {
    // What a parent gave is the parent's to extend, whatever this agent says of its own bounds.
    if (onLimitOf(state) === 'stop' && !isOfFamily(limit.bound)) return { kind: 'last', limit, late: false };
    const whom = isOfFamily(limit.bound) ? 'the parent' : 'a person';
    appendNote(state, 'record', 'limit', `${limitWords(limit)}; ${whom} is asked`, deps.now());
    return ask(state, newAsking(state, limit, deps.now()), deps);
  }
  for (let due = dueRung(state); due; due = dueRung(state)) {
    takeRung(state, due, deps.now());
    if (due.rung === 'stop') return { kind: 'last', limit: due.noticed, late: false };
    if (due.rung === 'ask') return ask(state, newAsking(state, due.noticed, deps.now()), deps);
  }
  const { repairDue, ...bounding } = state.bounding;
  if (repairDue) {
    apply(state, { kind: 'bounding_changed', bounding: booked(bounding, { repairs: 1 }) }, deps.now());
  }
  return { kind: 'go' };
}

async function ask(state: SessionState, asking: Asking, deps: BeforeStepDeps): Promise<BeforeStep> {
  const verdict = await deps.askForMore(asking);
  switch (verdict) {
    case 'extended':
    case 'stopped':
      return { kind: 'again' };
    case 'parked':
      return { kind: 'parked' };
    case 'late': {
      const { since: _, until: __, ...limit } = asking;
      return { kind: 'last', limit, late: true };
    }
  }
}

export function newAsking(state: SessionState, limit: LimitState, since: number): Asking {
  const askMs = isOfFamily(limit.bound) ? undefined : askMsOf(state);
  return { ...limit, since, ...(askMs === undefined ? {} : { until: since + askMs }) };
}
