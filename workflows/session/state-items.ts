/** Changes of the session's state: each is an item of the conversation, with its cause. Plain code; what fits the agent's own schema is said by activities. */
import { stateSizeProblem, unknownIdProblem } from '../contracts/check-state';
import { inertLine } from '../contracts/display';
import {
  changeTo,
  MAX_STATE_TEXT,
  withChange,
  type Deed,
  type Fact,
  type Obligation,
  type StateCause,
  type StateChange,
  type StateDraft,
} from '../contracts/state';
import type { ToolOutcome } from '../contracts/tool';
import { withPath } from './family-ids';
import type { RunnableCall } from './running-step';
import { apply, type SessionState } from './session-state';

/** True where a state is kept: the agent's recorded policy says so, or the session was given one. What earlier versions recorded says nothing of it. */
export function keepsState({ policy, input }: Pick<SessionState, 'policy' | 'input'>): boolean {
  return policy?.state !== undefined || input.child !== undefined;
}

/** What became of a draft: the ids that were minted for it, or why it was not taken, in words. */
export type DraftEnd =
  | { readonly kind: 'applied'; readonly facts: readonly string[]; readonly obligations: readonly string[] }
  | { readonly kind: 'refused'; readonly problem: string };

/** Applies what somebody asks for, whole or not at all. @param now ms since the epoch, workflow time. */
export function applyDraft(state: SessionState, draft: StateDraft, cause: StateCause, now: number): DraftEnd {
  const { doc, minted } = state;
  const unknown = unknownIdProblem(doc, draft);
  if (unknown !== null) return { kind: 'refused', problem: unknown };
  // What is established already is no news, whoever finds it out again: an agent that comes back with it alone has found out nothing.
  const kept = doc.established.filter(({ id }) => !draft.refuted?.includes(id));
  const news = (draft.established ?? []).filter(({ text }) => !kept.some((fact) => fact.text === text));
  const established = news.map(({ text, source }, index): Fact => ({
    id: idOf(state, 'f', minted.facts + index + 1),
    text,
    ...(source === undefined ? {} : { source }),
    since: now,
  }));
  const owed = (draft.opened ?? []).map((text, index): Obligation => ({
    id: idOf(state, 'o', minted.obligations + index + 1),
    text,
    by: state.input.agent,
    since: now,
  }));
  const { own, wanted, refuted, met } = draft;
  const change: StateChange = {
    ...(own === undefined ? {} : { own }),
    ...(wanted === undefined ? {} : { wanted }),
    ...(established.length === 0 ? {} : { established }),
    ...(refuted === undefined || refuted.length === 0 ? {} : { refuted }),
    ...(owed.length === 0 ? {} : { owed }),
    ...(met === undefined || met.length === 0 ? {} : { met }),
  };
  const tooLarge = stateSizeProblem(withChange(doc, change), doc);
  if (tooLarge !== null) return { kind: 'refused', problem: tooLarge };
  changeState(state, change, cause, now);
  const all = [...kept, ...established];
  const facts = (draft.established ?? []).map(({ text }) => all.find((fact) => fact.text === text)?.id ?? '');
  return { kind: 'applied', facts, obligations: owed.map(({ id }) => id) };
}

/** Puts a change into the conversation, and so into the state. */
export function changeState(state: SessionState, change: StateChange, cause: StateCause, now: number): void {
  if (Object.keys(change).length === 0) return;
  const { turn, step } = state;
  apply(state, { kind: 'state_changed', item: { kind: 'state', turn, step, at: now, cause, change } }, now);
}

/** Ids are the session's own, also where it is a child: what it hands back must not meet what others minted. */
function idOf({ input }: SessionState, kind: 'f' | 'o', number: number): string {
  return `${input.child ? `${input.child.path}.` : ''}${kind}${number}`;
}

/** An outcome may change the state: an effect has happened, and its tool may have said what follows from it. */
export function noteOutcome(state: SessionState, call: RunnableCall, outcome: ToolOutcome, now: number): void {
  // What was copied from another call was noted with that.
  if (!keepsState(state) || outcome.kind !== 'succeeded' || outcome.sameAsCall !== undefined) return;
  const { id: callId, tool, summary, policy } = call;
  if (policy.effect !== 'read') {
    const came = inertLine(typeof outcome.result === 'string' ? outcome.result : JSON.stringify(outcome.result), 160);
    const text = inertLine(`${summary}: ${came}`, MAX_STATE_TEXT);
    const deed: Deed = { callId: familyId(state, callId), agent: state.input.agent, tool, text, at: now };
    changeState(state, { done: [deed] }, { kind: 'engine', callId }, now);
  }
  if (outcome.state === undefined) return;
  // A tool says what it met without knowing what is owed in this session.
  const { met, ...draft } = outcome.state;
  const known = met?.filter((id) => state.doc.owed.some((owed) => owed.id === id)) ?? [];
  const end = applyDraft(state, { ...draft, met: known }, { kind: 'tool', callId, tool }, now);
  if (end.kind === 'applied') return;
  const text = `What ${tool} (call ${callId}) said of the session's state was not taken: ${end.problem}`;
  apply(state, { kind: 'note_added', reason: 'state_refused', text, callId }, now);
}

/** What the user wants, in the user's own words, where nobody has said it better by the time that another agent is to know. */
export function noteWanted(state: SessionState, now: number): void {
  const { doc, active } = state;
  if (doc.wanted !== undefined || !active) return;
  const wanted = active.text
    .trim()
    .slice(0, MAX_STATE_TEXT)
    .replace(/\p{Surrogate}$/u, '');
  changeState(state, { wanted }, { kind: 'engine', messageId: active.messageId }, now);
}

/** A compensation succeeded: the deed is no longer in force. @param callId the call that was undone. */
export function noteUndone(state: SessionState, callId: string, now: number): void {
  const id = familyId(state, callId);
  const deed = state.doc.done.find((known) => known.callId === id);
  if (deed && !deed.undone) changeState(state, { done: [{ ...deed, undone: true }] }, { kind: 'engine', callId }, now);
}

/** A call's id as the family knows it: of a child's with its path. */
export function familyId({ input }: Pick<SessionState, 'input'>, callId: string): string {
  return input.child ? withPath(input.child.path, callId) : callId;
}

/** What a child begins with: the state that it was given, and who gave it with which words. */
export function beginChild(state: SessionState, now: number): void {
  const { child } = state.input;
  if (!child) return;
  changeState(state, changeTo(child.state), { kind: 'handoff', agent: child.from }, now);
  const text =
    child.role === 'transfer'
      ? `You have taken this conversation over from ${child.from}, another agent: the user talks with you from now on. What ${child.from} told you: ${JSON.stringify(child.brief)}`
      : `You work for ${child.from}, another agent, which asks you for something. Your answer goes to that agent, not to a user.${child.result ? ' Come back with give_result.' : ''}`;
  apply(state, { kind: 'note_added', reason: 'handoff', text }, now);
}
