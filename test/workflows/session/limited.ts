/** Scripted sessions whose agent has limits: what a test of bounds and detectors begins with. */
import type { Detectors, LimitName, Limits } from '../../../workflows/contracts/limits';
import type { InterveneRequest, InterveneResult } from '../../../workflows/contracts/messages';
import type { SessionPolicy } from '../../../workflows/contracts/model';
import type { SessionState } from '../../../workflows/session/session-state';
import { plannedCall, startScripted, type Move, type Scripted } from './scripted-session';

type Options = NonNullable<Parameters<typeof startScripted>[1]>;

/** A policy with limits and without detectors, but for what `more` says. */
export function limitedPolicy(limits: Limits, more: Partial<SessionPolicy> = {}): SessionPolicy {
  return { steps: 10, repairs: 3, parallelCalls: 8, limits, ...more };
}

export function startLimited(moves: readonly Move[], limits: Limits, { policy, ...options }: Options = {}): Scripted {
  return startScripted(moves, { ...options, policy: limitedPolicy(limits, policy) });
}

/** A move that asks for one call, unlike all others where `name` is. */
export function callOf(name: string): Move {
  return { kind: 'calls', calls: [{ ...plannedCall(`c-${name}`), argsHash: name, summary: `book(${name})` }] };
}

export function calls(count: number, nameOf: (index: number) => string = String): readonly Move[] {
  return Array.from({ length: count }, (_, index) => callOf(nameOf(index)));
}

export const answer = (text: string): Move => ({ kind: 'answer', text });
export const repair = (problem: string, cause?: 'empty'): Move => ({
  kind: 'repair',
  problem,
  ...(cause ? { cause } : {}),
});

export function extend(session: Scripted, bound: LimitName, amount: number, actId = `extend-${bound}-${amount}`) {
  const request: InterveneRequest = { actId, act: 'extend', bound, amount, by: 'nurse' };
  const refusal = session.interventions.refusal(request);
  if (refusal) throw new Error(refusal.message);
  return session.interventions.intervene(request) as InterveneResult;
}

export function purposes(session: Scripted): readonly string[] {
  return session.modelInputs.map(({ purpose }) => purpose);
}

export function notes(state: SessionState, audience: 'model' | 'record', reason: string): readonly string[] {
  return state.items.flatMap((item) =>
    item.kind === 'note' && item.audience === audience && item.reason === reason ? [item.text] : [],
  );
}

export const ladderOf = (name: keyof Detectors, after: number, ladder: NonNullable<Detectors['sameCall']>['ladder']) =>
  ({ [name]: { after, ladder } }) as Detectors;

/** Lets everything that can go on without time or people go on: a scripted session knows promises only. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
