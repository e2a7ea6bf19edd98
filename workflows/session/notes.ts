/** Words of the engine in the conversation. Plain code. */
import { apply, type SessionState } from './session-state';

/**
 * Appends a note at the end of the conversation. Only between steps: in the middle of one it would stand between calls and their outcomes.
 * @param audience `model`: it is part of the next request; `record`: it is for people only.
 * @param now ms since the epoch, workflow time.
 */
export function appendNote(
  state: SessionState,
  audience: 'model' | 'record',
  reason: string,
  text: string,
  now: number,
): void {
  const { turn, step } = state;
  apply(state, { kind: 'items_appended', items: [{ kind: 'note', turn, step, audience, reason, text }] }, now);
}
