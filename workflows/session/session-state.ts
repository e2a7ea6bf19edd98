/**
 * The state of one session and the one reducer that changes it. Plain data and plain code: no Temporal import, no clock of its own.
 */
import { fingerprint } from '../contracts/json';
import { ANSWERED_BY_PERSON, type SessionState } from './session-data';
import type { SendRequest } from '../contracts/messages';
import { RECENT_STEPS, REMEMBERED_MESSAGES } from './activity-options';
import type { ModelNote } from './session-decisions';
import type { SessionEvent } from './session-events';
import { clocked, nextTurn, ticked } from './bounding';
import { callUnresolved, modelAnswered, modelFailed, patchRecord, toolReported } from './call-records';
import { activeRecord } from './children';
import { byFamily } from './family-records';
import { byPeople } from './people-records';
import { withoutOutcome } from './running-step';
import { withUndo } from './undoable-call';

export type { Decided, DoneAct, Ending, ModelNote, TurnStop } from './session-decisions';

export { ANSWERED_BY_PERSON, newSession, type SessionState } from './session-data';

/** The agent that has the user. */
export function holderOf({ family, input }: Pick<SessionState, 'family' | 'input'>): string {
  return activeRecord(family)?.agent ?? input.agent;
}

/** What tells a repeat of a message from another message under the same id. The agent is no part of it: it is checked by itself. */
export function contentOf(request: SendRequest): string {
  return fingerprint(request.text);
}

/** Changes `state` by one event at `now` (ms). The only place that does. */
export function apply(state: SessionState, event: SessionEvent, now: number): void {
  state.bounding = ticked(state.bounding, now);
  switch (event.kind) {
    case 'message_accepted':
      state.queue.push(event.request);
      state.messages.set(event.request.messageId, { content: contentOf(event.request) });
      forgetOldMessages(state);
      return;
    case 'turn_started':
      state.queue.shift();
      state.active = event.request;
      state.turn += 1;
      state.step = 0;
      state.bounding = nextTurn(state.bounding);
      state.family = { ...state.family, holders: [{ agent: holderOf(state), news: state.family.news }] };
      state.items.push({
        kind: 'user',
        turn: state.turn,
        messageId: event.request.messageId,
        text: event.request.text,
      });
      return;
    case 'step_started':
      state.step += 1;
      placeNotes(state);
      return;
    case 'call_started':
      state.recent.push(event.record);
      if (state.recent.length > RECENT_STEPS) state.recent.shift();
      return;
    case 'model_failed':
      modelFailed(state, event, now);
      return;
    case 'model_answered':
      modelAnswered(state, event, now);
      return;
    case 'bounding_changed':
      state.bounding = event.bounding;
      return;
    case 'calls_planned':
      state.runningStep = { calls: event.calls.map((call) => ({ call })) };
      return;
    case 'calls_done':
      state.runningStep = undefined;
      return;
    case 'calls_parked':
      if (state.runningStep) state.runningStep = withoutOutcome(state.runningStep);
      return;
    case 'continuing':
    case 'staying':
      state.continuing = event.kind === 'continuing';
      return;
    case 'tool_reported':
      toolReported(state, event.id, event.report, now);
      return;
    case 'call_unresolved':
      callUnresolved(state, event.held);
      return;
    case 'call_decided':
      state.unresolved.delete(event.callId);
      patchRecord(state, event.callId, { outcome: undefined, message: undefined });
      return;
    case 'call_undoable':
      state.undoable.push(event.call);
      return;
    case 'undo_changed': {
      const index = state.undoable.findIndex(({ callId }) => callId === event.callId);
      const call = state.undoable[index];
      if (call) state.undoable[index] = withUndo(call, event.undo);
      return;
    }
    case 'note_added':
      state.notes.push(noteOf(event));
      if (!state.active) placeNotes(state);
      return;
    case 'call_said':
    case 'call_asked':
    case 'call_approved':
    case 'decision_kept':
    case 'standing_given':
    case 'standing_revoked':
    case 'paused':
    case 'resumed':
    case 'taken_over':
    case 'handed_back':
    case 'steered':
    case 'messages_heard':
    case 'outcome_replaced':
    case 'refused':
      byPeople(state, event);
      return;
    case 'state_changed':
    case 'child_changed':
    case 'holder_changed':
    case 'cycle_noticed':
    case 'child_spent':
    case 'slice_given':
    case 'leaving':
    case 'park_asked':
    case 'result_given':
      byFamily(state, event);
      return;
    case 'turn_rests':
      state.active = undefined;
      state.restReason = event.reason;
      state.lastOutcome = event.outcome;
      return;
    case 'turn_stopping':
      state.stop = event.stop;
      return;
    case 'items_appended':
      state.items.push(...event.items);
      return;
    case 'turn_ended': {
      const seen = state.messages.get(event.messageId);
      if (seen) seen.answer = event.answer;
      state.active = undefined;
      state.stop = undefined;
      if (state.steered.includes(event.messageId)) state.steered.splice(state.steered.indexOf(event.messageId), 1);
      placeNotes(state);
      if (event.answer.kind === 'reply') {
        if (event.answer.by !== undefined && !state.ending) state.lastOutcome = ANSWERED_BY_PERSON;
        state.lastAnswer = event.answer.text;
        state.lastPartial = event.answer.partial;
      }
      return;
    }
    case 'status_changed':
      if (state.status !== event.status) state.since = now;
      state.bounding = clocked(state.bounding, event.status === 'running', now);
      state.status = event.status;
      state.reason = event.reason;
      return;
    case 'ending':
      // The first reason stays: a cancel that follows an `end` does not rewrite why the session closes.
      state.ending ??= event.ending;
      state.lastOutcome = state.ending.reason;
      return;
    case 'act_done':
      state.acts.set(event.actId, event.done);
      return;
  }
}

function placeNotes(state: SessionState): void {
  for (const note of state.notes.splice(0)) {
    state.items.push({ kind: 'note', turn: state.turn, step: state.step, audience: 'model', ...note });
  }
}

/** In this order, and without what is absent: notes of kept histories are digested as they were. */
function noteOf({ reason, text, by, callId, detail }: ModelNote): ModelNote {
  return {
    reason,
    text,
    ...(by === undefined ? {} : { by }),
    ...(callId === undefined ? {} : { callId }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** Forgets the oldest answered messages past the bound; one that still waits is never forgotten. */
function forgetOldMessages(state: SessionState): void {
  for (const [messageId, seen] of state.messages) {
    if (state.messages.size <= REMEMBERED_MESSAGES) return;
    if (seen.answer) state.messages.delete(messageId);
  }
}
