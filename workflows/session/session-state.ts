/**
 * The state of one session and the one reducer that changes it. Plain data and plain code: no Temporal import, no clock of its own.
 */
import type { SegmentRef } from '../contracts/continuation';
import { EMPTY_BASE, type ConversationBase, type ConversationItem } from '../contracts/conversation';
import { fingerprint } from '../contracts/json';
import type { InterveneAct, SendRequest, SendResult } from '../contracts/messages';
import type { OnStop, SessionPolicy } from '../contracts/model';
import type { SessionInput, SessionStatusName, StepRecord, UsageTotals } from '../contracts/session';
import type { Resolution, ToolOutcome } from '../contracts/tool';
import { RECENT_STEPS, REMEMBERED_MESSAGES } from './activity-options';
import type { SessionEvent } from './session-events';
import { clocked, nextTurn, NO_BOUNDING, ticked, type Bounding } from './bounding';
import { callUnresolved, modelAnswered, modelFailed, patchRecord, toolReported } from './call-records';
import { withoutOutcome, type Held, type RunningStep } from './running-step';
import { NOTHING_SPENT } from './spending';
import type { WaitingCall } from './waiting-call';
import { withUndo, type UndoableCall } from './undoable-call';

/** Why the session is about to close. */
export interface Ending {
  readonly status: 'completed' | 'stopped' | 'cancelled';
  readonly reason: string;
  readonly message?: string;
  /** As the act said; absent: as the agent's definition says. */
  readonly onStop?: OnStop;
}

/** Why the running turn is being stopped while the session stays open. */
export interface TurnStop {
  readonly message: string;
  readonly onStop?: OnStop;
}

/** A person's act that was done. */
export interface DoneAct {
  readonly act: InterveneAct | 'resolve';
  readonly callId?: string;
  /** As `contentOfAct` gives it. */
  readonly content: string;
  /** With `resolve`: what was decided. */
  readonly as?: Resolution;
  /** With `undo`. */
  readonly outcome?: ToolOutcome;
}

interface SeenMessage {
  readonly content: string;
  answer?: SendResult;
}

export interface SessionState {
  readonly sessionId: string;
  readonly input: SessionInput;
  readonly keyNamespace: string;
  status: SessionStatusName;
  since: number;
  reason?: string;
  ending?: Ending;
  turn: number;
  step: number;
  /** Parts of the conversation that earlier runs stored. */
  readonly segments: SegmentRef[];
  /** The rest of it; `items[0]` has the index `itemsFrom` in the whole. */
  readonly items: ConversationItem[];
  itemsFrom: number;
  base: ConversationBase;
  readonly queue: SendRequest[];
  /** The message whose turn runs. */
  active?: SendRequest;
  /** By message id, oldest first; the last 200. */
  readonly messages: Map<string, SeenMessage>;
  readonly acts: Map<string, DoneAct>;
  /** Calls of which a person must say whether they happened, by id, oldest first. */
  readonly unresolved: Map<string, WaitingCall>;
  /** Of those, the compensations, by their own ids: how they go on. */
  readonly heldUndos: Map<string, Held>;
  /** Oldest first. */
  readonly undoable: UndoableCall[];
  /** Set while the running turn is being stopped. */
  stop?: TurnStop;
  /** The step whose calls run, or wait. */
  runningStep?: RunningStep;
  bounding: Bounding;
  /** Number of this run, from 1. */
  readonly run: number;
  /** True from when the run is to continue as new: nothing new is begun in it. */
  continuing: boolean;
  /** For what it waits between turns. */
  restReason?: string;
  /** Notes to the model for its next call: in the middle of a step they would stand between calls and their outcomes. */
  readonly notes: { readonly reason: string; readonly text: string }[];
  usage: UsageTotals;
  readonly recent: StepRecord[];
  definitionHash?: string;
  policy?: SessionPolicy;
  ledgers: Record<string, string>;
  refused: number;
  lastAnswer?: string;
  lastPartial?: string;
}

/** @param now ms since the epoch, workflow time. */
export function newSession(sessionId: string, input: SessionInput, keyNamespace: string, now: number): SessionState {
  return {
    sessionId,
    input,
    keyNamespace,
    status: 'running',
    since: now,
    turn: 0,
    step: 0,
    segments: [],
    items: [],
    itemsFrom: 0,
    base: EMPTY_BASE,
    queue: [],
    messages: new Map(),
    acts: new Map(),
    unresolved: new Map(),
    heldUndos: new Map(),
    undoable: [],
    notes: [],
    bounding: NO_BOUNDING,
    run: 1,
    continuing: false,
    usage: NOTHING_SPENT,
    recent: [],
    ledgers: {},
    refused: 0,
  };
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
      state.notes.push({ reason: event.reason, text: event.text });
      if (!state.active) placeNotes(state);
      return;
    case 'turn_rests':
      state.active = undefined;
      state.restReason = event.reason;
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
      placeNotes(state);
      if (event.answer.kind === 'reply') {
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
      return;
    case 'act_done':
      state.acts.set(event.actId, event.done);
      return;
    case 'refused':
      state.refused += 1;
      return;
  }
}

function placeNotes(state: SessionState): void {
  for (const { reason, text } of state.notes.splice(0)) {
    state.items.push({ kind: 'note', turn: state.turn, step: state.step, audience: 'model', reason, text });
  }
}

/** Forgets the oldest answered messages past the bound; one that still waits is never forgotten. */
function forgetOldMessages(state: SessionState): void {
  for (const [messageId, seen] of state.messages) {
    if (state.messages.size <= REMEMBERED_MESSAGES) return;
    if (seen.answer) state.messages.delete(messageId);
  }
}
