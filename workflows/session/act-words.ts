/** What acts of people are told and recorded in. Plain code. */
import { FAILURE_TYPES } from '../contracts/failures';
import type { InterveneRequest } from '../contracts/messages';
import { appendRecord } from './approval-notes';
import type { Refusal } from './mailbox';
import type { SessionState } from './session-state';

/** `the session was paused by ada: lunch`. */
export function inWords(what: string, { by, reason }: Pick<InterveneRequest, 'by' | 'reason'>): string {
  return `${what}${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`;
}

export function refused(message: string): Refusal {
  return { type: FAILURE_TYPES.refused, message };
}

/** Who acts. The checks have seen it of every act that demands it. */
export function actor({ act, by }: InterveneRequest): string {
  if (by === undefined) throw new Error(`${act} without by`);
  return by;
}

/** Puts what was done into the conversation, for people. @param reason of the note. */
export function recordAct(
  state: SessionState,
  request: InterveneRequest,
  { reason, what }: { readonly reason: string; readonly what: string },
  now: number,
): void {
  const { by, callId } = request;
  appendRecord(
    state,
    {
      reason,
      text: inWords(what, request),
      ...(by === undefined ? {} : { by }),
      ...(callId === undefined ? {} : { callId }),
    },
    now,
  );
}
