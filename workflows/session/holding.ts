/** The acts pause, resume, take_over and hand_back. Plain code. What a hold holds is in `hold-gate`. */
import type { InterveneRequest } from '../contracts/messages';
import type { Hold } from '../contracts/session';
import { actor, recordAct } from './act-words';
import { apply, type SessionState } from './session-state';

export type HoldingAct = 'pause' | 'resume' | 'take_over' | 'hand_back';

/** Why the act cannot be done; null where it can. */
export function holdingRefusal({ paused, person }: SessionState, act: HoldingAct): string | null {
  switch (act) {
    case 'pause':
      return paused ? `the session is paused already, by ${paused.by}` : null;
    case 'resume':
      return paused ? null : 'the session is not paused, so there is nothing to resume';
    case 'take_over':
      return person ? `${person.by} has taken over already, and has to hand back first` : null;
    case 'hand_back':
      return person ? null : 'nobody has taken over, so there is nothing to hand back';
  }
}

/** Changes who holds the session, and says so in the conversation. */
export function doHolding(state: SessionState, act: HoldingAct, request: InterveneRequest, now: number): void {
  const { reason } = request;
  const hold: Hold = { by: actor(request), since: now, ...(reason === undefined ? {} : { reason }) };
  switch (act) {
    case 'pause':
      apply(state, { kind: 'paused', hold }, now);
      return recordAct(state, request, { reason: 'paused', what: 'the session was paused' }, now);
    case 'resume':
      apply(state, { kind: 'resumed' }, now);
      return recordAct(state, request, { reason: 'resumed', what: 'the session was resumed' }, now);
    case 'take_over':
      apply(state, { kind: 'taken_over', hold }, now);
      return recordAct(state, request, { reason: 'taken_over', what: 'the conversation was taken over' }, now);
    case 'hand_back': {
      const from = state.person?.by ?? hold.by;
      apply(state, { kind: 'handed_back' }, now);
      const why = reason === undefined ? '' : ` (${reason})`;
      const text = `${from}, a person, had taken this conversation over and has handed it back to you${why}. What was said meanwhile was said by that person, as you. Go on from there.`;
      apply(state, { kind: 'note_added', reason: 'handed_back', text, by: hold.by }, now);
    }
  }
}
