/** Changes of the state on their way from a child to its parent: folded there, and taken in here. Plain code. */
import { stateSizeProblem } from '../contracts/check-state';
import type { ConversationItem } from '../contracts/conversation';
import { MAX_STATE_TEXT, withChange, type StateChange, type StateDoc } from '../contracts/state';
import type { ChildRecord } from './children';
import { apply, type SessionState } from './session-state';
import { changeState } from './state-items';

/**
 * In a child: what these items of its conversation came to, as one change, or none. It holds what the state has of it by now, so it is no larger than the state; the
 * agent's own part is of no use to another agent.
 */
export function changesIn(doc: StateDoc, items: readonly ConversationItem[]): readonly StateChange[] {
  const touched = { facts: new Set<string>(), deeds: new Set<string>(), obligations: new Set<string>() };
  let saysWanted = false;
  for (const item of items) {
    if (item.kind !== 'state') continue;
    const { wanted, established = [], refuted = [], done = [], owed = [], met = [] } = item.change;
    if (wanted !== undefined) saysWanted = true;
    for (const id of [...established.map((fact) => fact.id), ...refuted]) touched.facts.add(id);
    for (const { callId } of done) touched.deeds.add(callId);
    for (const id of [...owed.map((obligation) => obligation.id), ...met]) touched.obligations.add(id);
  }
  const established = doc.established.filter(({ id }) => touched.facts.delete(id));
  const done = doc.done.filter(({ callId }) => touched.deeds.has(callId));
  const owed = doc.owed.filter(({ id }) => touched.obligations.delete(id));
  // What is not there any more was taken back, or seen to.
  const [refuted, met] = [[...touched.facts], [...touched.obligations]];
  const change: StateChange = {
    ...(saysWanted && doc.wanted !== undefined ? { wanted: doc.wanted } : {}),
    ...(established.length === 0 ? {} : { established }),
    ...(refuted.length === 0 ? {} : { refuted }),
    ...(done.length === 0 ? {} : { done }),
    ...(owed.length === 0 ? {} : { owed }),
    ...(met.length === 0 ? {} : { met }),
  };
  return Object.keys(change).length === 0 ? [] : [change];
}

/** In its parent: takes them in. What there is no room for is left out, and the model is told; an obligation is never left out. */
export function takeChanges(
  state: SessionState,
  { agent, child }: Pick<ChildRecord, 'agent' | 'child'>,
  changes: readonly StateChange[],
  now: number,
): void {
  const leftOut: string[] = [];
  for (const { own: _own, ...given } of changes) {
    const change = withShortTexts(given);
    const { established = [], wanted: _wanted, ...least } = change;
    const fits = stateSizeProblem(withChange(state.doc, change), state.doc) === null;
    changeState(state, fits ? change : least, { kind: 'handoff', agent, child }, now);
    if (!fits) leftOut.push(...established.map(({ id, text }) => `${id} ${text}`));
  }
  if (leftOut.length === 0) return;
  const shown = leftOut.slice(0, SHOWN_LEFT_OUT).join('; ');
  const more = leftOut.length > SHOWN_LEFT_OUT ? `; and ${leftOut.length - SHOWN_LEFT_OUT} more` : '';
  const text = `${agent} (${child}) established what there is no room for in the session's state: ${shown}${more}. Take out what no longer matters`;
  apply(state, { kind: 'note_added', reason: 'state_full', text }, now);
}

const SHOWN_LEFT_OUT = 5;

/** A session keeps texts as short as its own: a change may come from anybody. */
function withShortTexts(change: StateChange): StateChange {
  const { wanted, established, done, owed } = change;
  return {
    ...change,
    ...(wanted === undefined ? {} : { wanted: short(wanted) }),
    ...(established ? { established: established.map((fact) => ({ ...fact, text: short(fact.text) })) } : {}),
    ...(done ? { done: done.map((deed) => ({ ...deed, text: short(deed.text) })) } : {}),
    ...(owed ? { owed: owed.map((obligation) => ({ ...obligation, text: short(obligation.text) })) } : {}),
  };
}

function short(text: string): string {
  return text.length <= MAX_STATE_TEXT ? text : text.slice(0, MAX_STATE_TEXT).replace(/\p{Surrogate}$/u, '');
}
