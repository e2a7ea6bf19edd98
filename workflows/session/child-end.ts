/** How a child comes back to its parent. Plain code. */
import type { Carry } from '../contracts/continuation';
import type { ChildEnd } from '../contracts/handoff';
import type { Json } from '../contracts/json';
import type { SessionResult } from '../contracts/session';
import { apply, type Ending, type SessionState } from './session-state';
import { MAX_CHILD_RESULT_BYTES, MAX_UNDOABLE_BYTES } from './activity-options';
import { newestWithin } from './report-bounds';
import { appendOutcomes } from './tool-outcomes';

/** Reason of a child that does not take over what it was given. */
export const HANDOFF_REFUSED = 'handoff_refused';

export function refusedHandoff(problem: string): Ending {
  return { status: 'stopped', reason: HANDOFF_REFUSED, message: problem };
}

/** What the reporter has not told yet, at the end. */
export interface LastWords {
  readonly seq: number;
  readonly changes: ChildEnd['changes'];
}

/** Of a child whose session is over. */
export function overEnd(state: SessionState, words: LastWords): ChildEnd {
  const common = { ...words, usage: state.usage, spent: spentOf(state), undoable: undoableOf(state) };
  const { ending, result, input } = state;
  const refused = ending?.reason === HANDOFF_REFUSED || ending?.reason === 'unknown_agent';
  if (refused) return { ...common, kind: 'refused', problem: ending.message ?? ending.reason };
  const isDone = input.child?.role === 'delegate' && ending?.status === 'completed' && ending.reason === 'task_done';
  return isDone ? { ...common, kind: 'done', ...(result ? { value: result.value } : {}) } : { ...common, kind: 'over' };
}

/** Of a child that comes back to be begun again: since it was told to, or to hand over. */
export function carriedEnd(state: SessionState, words: LastWords, carry: Carry, now: number): SessionResult {
  const { leaving, turn, usage } = state;
  const common = { ...words, usage, spent: spentOf(state), undoable: undoableOf(state), carry };
  const child: ChildEnd = leaving ? { ...common, kind: 'transfer', proposal: leaving } : { ...common, kind: 'parked' };
  if (leaving) {
    // What is kept of this run says how its last call ended; where the handoff is refused, the carry has the call still open.
    const { callId: id, tool, to } = leaving;
    appendOutcomes(state, [{ id, tool }], () => ({ kind: 'succeeded', result: { handing_over_to: to } }), now);
  }
  const reason = leaving ? 'handing_over' : 'parked';
  // Of the run that is over, whoever looks at it; the next one stands where this one did.
  apply(state, { kind: 'status_changed', status: 'stopped', reason }, now);
  return { status: 'stopped', reason, turns: turn, usage, child };
}

/** A child's result: its parent has the answers to its user by then, and of a delegate's words as many as it can be told. */
export function childResult(result: SessionResult, child: ChildEnd): SessionResult {
  const { answer, ...rest } = result;
  const isWanted = answer !== undefined && child.kind !== 'refused' && !('value' in child);
  if (!isWanted) return { ...rest, child };
  const words = answer.slice(0, MAX_CHILD_RESULT_BYTES / 4).replace(/\p{Surrogate}$/u, '');
  const cut = words.length < answer.length ? { partial: `cut: the whole answer has ${answer.length} characters` } : {};
  return { ...rest, answer: words, ...cut, child };
}

export function spentOf({ bounding }: Pick<SessionState, 'bounding'>): ChildEnd['spent'] {
  const { tokens, microUsd, modelCalls } = bounding.session;
  return { tokens, microUsd, modelCalls };
}

/** Calls that were not undone so far: the newest, as many as fit. */
export function undoableOf({ undoable }: Pick<SessionState, 'undoable'>): readonly Json[] {
  const calls = undoable.filter(({ undo }) => undo === undefined).map((call) => call as unknown as Json);
  return newestWithin(calls, MAX_UNDOABLE_BYTES);
}
