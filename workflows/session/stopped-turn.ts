/** How a turn is answered that did not come to its own end. Plain code. */
import type { SendRequest, SendResult } from '../contracts/messages';
import type { OnStop } from '../contracts/model';
import { ANSWERED_BY_PERSON, apply, type SessionState } from './session-state';

/** Reason of a turn that a person stopped. */
export const STOPPED_BY_PERSON = 'stopped_by_person';
/** Reason of a turn that the user's next message broke off. */
export const INTERRUPTED = 'interrupted';

/** The answer of a turn that was broken off, by the end of the session or by a person. */
export function cutShort(state: SessionState, request: SendRequest, now: number): SendResult {
  const { ending, stop } = state;
  const { messageId } = request;
  if (stop && !ending) {
    const reason = stop.kind === 'interrupted' ? INTERRUPTED : STOPPED_BY_PERSON;
    // To the model too: it would answer the user's last message as if it were still open. What a person answers is in the conversation by itself.
    const text = `This turn was not finished: ${stop.message}.${stop.kind === 'interrupted' ? CUT_OFF : ''}`;
    const note = stop.kind === 'interrupted' ? 'turn_interrupted' : 'turn_stopped';
    if (!stop.answer) apply(state, { kind: 'note_added', reason: note, text }, now);
    const { message } = stop;
    return {
      kind: 'stopped',
      messageId,
      turn: state.turn,
      reason,
      message,
      ...partialText(state),
      session: 'open',
    };
  }
  return {
    kind: 'ended',
    messageId,
    status: ending?.status ?? 'cancelled',
    reason: ending?.message ?? ending?.reason ?? 'the turn was stopped',
  };
}

const CUT_OFF =
  ' What you were about to say or do was cut off; calls that had begun were finished, those that had not were cancelled. See to what the user says now.';

/** The last words of the model in the turn: what the user can be given of it. */
function partialText({ items, turn }: SessionState): { readonly text?: string } {
  for (let index = items.length - 1; index >= 0; index -= 1) {
    const item = items[index];
    if (item?.turn !== turn) break;
    if (item.kind !== 'assistant' || item.by !== undefined) continue;
    if (item.text !== null && item.text.trim() !== '') return { text: item.text };
  }
  return {};
}

/**
 * The model's answer came in with an act that was told to be done by then. What a person stopped is not answered as if it had not been; a session that ends
 * gives the answer all the same, but where what the turn did is to be undone.
 */
export function isOvertaken({ stop, ending, policy }: SessionState): boolean {
  // A user who wrote just when the answer came in has both: the answer, and the next turn.
  if (!ending) return stop !== undefined && stop.kind !== 'interrupted';
  return (ending.onStop ?? stop?.onStop ?? policy?.onStop) === 'compensate';
}

/** What is to become of what the turn did: as the act says that stopped it, else as the agent's definition does. */
export function onStopOf(state: SessionState, answer: SendResult): OnStop {
  // In place of the agent a person answers; what was done is undone only where somebody said so.
  if (state.stop?.answer && !state.ending) return state.stop.onStop ?? 'keep';
  if (answer.kind !== 'stopped' && answer.kind !== 'ended') return 'keep';
  return state.ending?.onStop ?? state.stop?.onStop ?? state.policy?.onStop ?? 'keep';
}

/** How a turn came out, as the search attribute says it. */
export function outcomeOf(answer: SendResult): string {
  switch (answer.kind) {
    case 'reply':
      if (answer.by !== undefined) return ANSWERED_BY_PERSON;
      return answer.partial === undefined ? 'reply' : 'limit';
    case 'stopped':
      return answer.reason;
    case 'ended':
      return answer.kind;
    // None of these is a turn's own answer.
    case 'waiting_for_human':
    case 'queued':
    case 'with_person':
    case 'continued':
      return answer.kind;
  }
}

/** @returns the answer with what was undone, and what could not be. */
export function withUndone(answer: SendResult, undone: string): SendResult {
  if (undone === '') return answer;
  if (answer.kind === 'stopped') return { ...answer, message: `${answer.message}; ${undone}` };
  if (answer.kind === 'ended') return { ...answer, reason: `${answer.reason}; ${undone}` };
  return answer;
}
