/** What people do, and what waits for them, as changes of a session's state. Parts of the reducer. */
import { patchRecord } from './call-records';
import { noteSaid, type StepCall } from './running-step';
import type { SessionEvent } from './session-events';
import type { SessionState } from './session-state';

/** Decisions on calls that are remembered, and refusals that are shown. */
const REMEMBERED_DECISIONS = 200;
const SHOWN_REFUSALS = 20;

type PeopleEvent = Extract<
  SessionEvent,
  {
    readonly kind:
      | 'call_said'
      | 'call_asked'
      | 'call_approved'
      | 'decision_kept'
      | 'standing_given'
      | 'standing_revoked'
      | 'paused'
      | 'resumed'
      | 'taken_over'
      | 'handed_back'
      | 'steered'
      | 'messages_heard'
      | 'outcome_replaced'
      | 'refused';
  }
>;

export function byPeople(state: SessionState, event: PeopleEvent): void {
  switch (event.kind) {
    case 'call_said':
      noteSaid(state.runningStep, event.callId, event.said);
      return;
    case 'call_asked':
      patchCall(state, event.callId, { approving: event.approving });
      patchRecord(state, event.callId, { outcome: 'awaiting_approval' });
      return;
    case 'call_approved':
      patchCall(state, event.callId, { approving: undefined, approved: event.approved });
      patchRecord(state, event.callId, { outcome: undefined, summary: event.approved.summary });
      return;
    case 'decision_kept':
      if (event.decided.call === 'rejected') patchCall(state, event.callId, { approving: undefined });
      state.decided.delete(event.callId);
      state.decided.set(event.callId, event.decided);
      for (const callId of state.decided.keys()) {
        if (state.decided.size <= REMEMBERED_DECISIONS) break;
        state.decided.delete(callId);
      }
      return;
    case 'standing_given':
      state.standing.push(event.standing);
      return;
    case 'standing_revoked':
      standingRevoked(state, event.actId);
      return;
    case 'paused':
      state.paused = event.hold;
      return;
    case 'resumed':
      state.paused = undefined;
      return;
    case 'taken_over':
      state.person = event.hold;
      return;
    case 'handed_back':
      state.person = undefined;
      return;
    case 'steered':
    case 'messages_heard':
      for (const { messageId, text } of state.queue.splice(0)) {
        if (event.kind === 'steered') state.steered.push(messageId);
        state.items.push({ kind: 'user', turn: state.turn, messageId, text });
      }
      return;
    case 'outcome_replaced':
      patchRecord(state, event.callId, { replacedBy: event.by });
      return;
    case 'refused':
      state.refused += 1;
      if (event.act) state.refusals.push(event.act);
      if (state.refusals.length > SHOWN_REFUSALS) state.refusals.shift();
      return;
  }
}

/** It holds for no call any more that still waits, but for the one that it was given with: that one was looked at. */
function standingRevoked(state: SessionState, actId: string): void {
  const index = state.standing.findIndex((standing) => standing.actId === actId);
  if (index >= 0) state.standing.splice(index, 1);
  const givenWith = state.acts.get(actId)?.callId;
  for (const { call, approving } of state.runningStep?.calls ?? []) {
    if (!approving || call.id === givenWith) continue;
    const approvedBy = approving.approvedBy.filter((approver) => approver.actId !== actId);
    if (approvedBy.length < approving.approvedBy.length) {
      patchCall(state, call.id, { approving: { ...approving, approvedBy } });
    }
  }
}

function patchCall(
  state: SessionState,
  callId: string,
  fields: Partial<Pick<StepCall, 'approving' | 'approved'>>,
): void {
  const found = state.runningStep?.calls.find(({ call }) => call.id === callId);
  if (found) Object.assign(found, fields);
}
