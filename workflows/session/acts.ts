/** Acts that were done, by their ids: a repeat is told what was done, another act under a used id is refused. Plain code. */
import { FAILURE_TYPES } from '../contracts/failures';
import { canonicalJson, fingerprint } from '../contracts/json';
import type { InterveneRequest, ResolveRequest } from '../contracts/messages';
import type { Refusal } from './mailbox';
import type { DoneAct, SessionState } from './session-state';

/** What tells a repeat of an act from another one under the same id, beside what it is done to. Who and why are no part of it. */
export function contentOfAct(request: InterveneRequest | ResolveRequest): string {
  const { as, result, onStop, bound, amount, text, standing, patch } = request as Partial<
    ResolveRequest & InterveneRequest
  >;
  return fingerprint(canonicalJson({ as, result, onStop, bound, amount, text, standing, patch }));
}

/** Why an act cannot be done under this id; null where the id is new, or was used for the same act. */
export function actRefusal(
  state: SessionState,
  actId: string,
  { act, callId, content }: Pick<DoneAct, 'act' | 'callId' | 'content'>,
): Refusal | null {
  const done = state.acts.get(actId);
  if (!done || (done.act === act && done.callId === callId && done.content === content)) return null;
  const what = [done.act, done.callId, done.as].filter((word) => word !== undefined).join(' ');
  return {
    type: FAILURE_TYPES.refused,
    message: `the act id ${actId} was used for another act in this session (${what}); a new act needs a new id`,
  };
}
