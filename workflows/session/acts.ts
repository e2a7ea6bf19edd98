/** Acts that were done, by their ids: a repeat is told what was done, another act under a used id is refused. Plain code. */
import { FAILURE_TYPES } from '../contracts/failures';
import type { Refusal } from './mailbox';
import type { DoneAct, SessionState } from './session-state';

/** Why an act cannot be done under this id; null where the id is new, or was used for the same act. */
export function actRefusal(
  state: SessionState,
  actId: string,
  { act, callId }: Pick<DoneAct, 'act' | 'callId'>,
): Refusal | null {
  const done = state.acts.get(actId);
  if (!done || (done.act === act && done.callId === callId)) return null;
  return {
    type: FAILURE_TYPES.refused,
    message: `the act id ${actId} was used for another act in this session (${done.act}${done.callId ? ` ${done.callId}` : ''}); a new act needs a new id`,
  };
}
