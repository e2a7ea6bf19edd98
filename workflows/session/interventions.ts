/** The acts of people on a session. Plain code: what an act does to the state, and when it is refused. */
import { FAILURE_TYPES } from '../contracts/failures';
import type { InterveneRequest, InterveneResult } from '../contracts/messages';
import type { Refusal } from './mailbox';
import { apply, type SessionState } from './session-state';

export interface InterventionDeps {
  readonly state: SessionState;
  readonly now: () => number;
  /** Cancels what the running turn waits for; effects in flight finish and are recorded. */
  readonly stopTurn: () => void;
}

/** Why an act cannot be done; null where it can, or was done before under the same id. */
export function interveneRefusal(state: SessionState, request: InterveneRequest): Refusal | null {
  if (state.acts.has(request.actId) || !state.ending) return null;
  return {
    type: FAILURE_TYPES.sessionClosing,
    message: `session ${state.sessionId} is closing already (${state.ending.reason})`,
  };
}

export function intervene(request: InterveneRequest, deps: InterventionDeps): InterveneResult {
  const { state, now } = deps;
  const { actId } = request;
  if (state.acts.has(actId)) return { kind: 'already_done', actId, status: state.status };
  apply(state, { kind: 'act_done', actId }, now());
  switch (request.act) {
    case 'end': {
      const by = request.by ? ` by ${request.by}` : '';
      const message = `the session was ended${by}${request.reason ? `: ${request.reason}` : ''}`;
      apply(state, { kind: 'ending', ending: { status: 'completed', reason: 'ended', message } }, now());
      deps.stopTurn();
      return { kind: 'done', actId, status: 'completed' };
    }
  }
}
