/** What the queries answer, made from the state. Plain code. */
import { isPlainObject, utf8Length } from '../contracts/json';
import type { PendingItem } from '../contracts/messages';
import type { SessionStatus, TranscriptPage } from '../contracts/session';
import { TRANSCRIPT_PAGE_BYTES } from './activity-options';
import { messagePolicy } from './barge-in';
import { allStanding, familyView } from './family-views';
import { allPending, callPending } from './held-up';
import { limitStates } from './limits';
import type { SessionState } from './session-state';
import { onBehalfOf } from './on-behalf-of';

export function statusView(state: SessionState): SessionStatus {
  const limits = limitStates(state);
  const messages = messagePolicy(state);
  const standing = allStanding(state);
  return {
    sessionId: state.sessionId,
    agent: state.input.agent,
    mode: state.input.mode ?? 'conversation',
    ...onBehalfOf(state),
    status: state.status,
    since: state.since,
    ...(state.reason === undefined ? {} : { reason: state.reason }),
    turn: state.turn,
    step: state.step,
    queued: state.queue.length,
    usage: state.usage,
    recent: state.recent,
    keyNamespace: state.keyNamespace,
    ledgers: state.ledgers,
    ...(state.definitionHash === undefined ? {} : { definitionHash: state.definitionHash }),
    refused: state.refused,
    ...(state.refusals.length === 0 ? {} : { refusals: state.refusals }),
    ...(state.paused === undefined ? {} : { paused: state.paused }),
    ...(state.person === undefined ? {} : { person: state.person }),
    ...(standing.length === 0 ? {} : { standing }),
    ...(messages === undefined ? {} : { messages }),
    conversationLength: state.itemsFrom + state.items.length,
    ...(limits.length === 0 ? {} : { limits }),
    run: state.run,
    ...familyView(state),
  };
}

/**
 * What waits for a person.
 * @param request `PendingRequest`, unchecked; absent: all of it, long arguments cut.
 * @throws TypeError that says what was expected.
 */
export function pendingView(state: SessionState, request: unknown): readonly PendingItem[] {
  if (request === undefined || request === null) return allPending(state);
  const { callId } = isPlainObject(request) ? request : { callId: NaN };
  if (callId === undefined) return allPending(state);
  if (typeof callId !== 'string') throw new TypeError('pending expects nothing, or { callId: the id of a call }');
  return callPending(state, callId);
}

/**
 * One page of the conversation, cut at 1 MB of JSON but never empty while items are left.
 * @param request `TranscriptRequest`, unchecked; absent: from the start.
 * @throws TypeError that says what was expected.
 */
export function transcriptView(state: SessionState, request: unknown): TranscriptPage {
  const { from, limit } = checkRequest(request);
  const { itemsFrom, base } = state;
  const total = itemsFrom + state.items.length;
  const stored = state.segments.find((segment) => segment.from <= from && from < segment.from + segment.length);
  if (stored) return { from, items: [], stored, next: stored.from + stored.length, total, base };
  const items = [];
  let bytes = 0;
  for (let index = from; index < total && items.length < limit; index += 1) {
    const item = state.items[index - itemsFrom] as SessionState['items'][number];
    bytes += utf8Length(JSON.stringify(item));
    if (items.length > 0 && bytes > TRANSCRIPT_PAGE_BYTES) break;
    items.push(item);
  }
  const next = from + items.length;
  return { from, items, ...(next < total ? { next } : {}), total, base };
}

function checkRequest(request: unknown): { from: number; limit: number } {
  if (request === undefined || request === null) return { from: 0, limit: Infinity };
  const { from = 0, limit = Infinity } = isPlainObject(request) ? request : { from: NaN };
  const wholeFrom = typeof from === 'number' && Number.isInteger(from) && from >= 0;
  const wholeLimit = limit === Infinity || (typeof limit === 'number' && Number.isInteger(limit) && limit >= 1);
  if (!wholeFrom || !wholeLimit) {
    throw new TypeError('transcript expects { from?: an index from 0, limit?: a count from 1 }');
  }
  return { from, limit };
}
