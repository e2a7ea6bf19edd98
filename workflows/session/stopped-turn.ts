/** How a turn is answered that did not come to its own end. Plain code. */
import type { SendRequest, SendResult } from '../contracts/messages';
import type { OnStop } from '../contracts/model';
import { apply, type SessionState } from './session-state';

/** Reason of a turn that a person stopped. */
export const STOPPED_BY_PERSON = 'stopped_by_person';

/** The answer of a turn that was broken off, by the end of the session or by a person. */
export function cutShort(state: SessionState, request: SendRequest, now: number): SendResult {
  const { ending, stop } = state;
  const { messageId } = request;
  if (stop && !ending) {
    // To the model too: it would answer the user's last message as if it were still open.
    const text = `This turn was not finished: ${stop.message}.`;
    apply(state, { kind: 'note_added', reason: 'turn_stopped', text }, now);
    const { message } = stop;
    return { kind: 'stopped', messageId, turn: state.turn, reason: STOPPED_BY_PERSON, message, session: 'open' };
  }
  return {
    kind: 'ended',
    messageId,
    status: ending?.status ?? 'cancelled',
    reason: ending?.message ?? ending?.reason ?? 'the turn was stopped',
  };
}

/**
 * The model's answer came in with an act that was told to be done by then. What a person stopped is not answered as if it had not been; a session that ends
 * gives the answer all the same, but where what the turn did is to be undone.
 */
export function isOvertaken({ stop, ending, policy }: SessionState): boolean {
  if (!ending) return stop !== undefined;
  return (ending.onStop ?? stop?.onStop ?? policy?.onStop) === 'compensate';
}

/** What is to become of what the turn did: as the act says that stopped it, else as the agent's definition does. */
export function onStopOf(state: SessionState, answer: SendResult): OnStop {
  if (answer.kind !== 'stopped' && answer.kind !== 'ended') return 'keep';
  return state.ending?.onStop ?? state.stop?.onStop ?? state.policy?.onStop ?? 'keep';
}

/** @returns the answer with what was undone, and what could not be. */
export function withUndone(answer: SendResult, undone: string): SendResult {
  if (undone === '') return answer;
  if (answer.kind === 'stopped') return { ...answer, message: `${answer.message}; ${undone}` };
  if (answer.kind === 'ended') return { ...answer, reason: `${answer.reason}; ${undone}` };
  return answer;
}
