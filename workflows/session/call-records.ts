/** What the ends of model and tool calls change in a session: its bill, its bounds, what is noticed, and the records for displays. Parts of the reducer. */
import { EMPTY_BASE } from '../contracts/conversation';
import { FAILURE_TYPES } from '../contracts/failures';
import { limitAmount } from '../contracts/limit-words';
import type { ModelCallPurpose, ModelDecision } from '../contracts/model';
import type { StepRecord } from '../contracts/session';
import type { ToolCallReport } from '../contracts/tool';
import { undoneCallOf } from '../contracts/undo-id';
import { booked } from './bounding';
import { afterDecision, afterOutcome } from './detectors';
import { noteHeld, noteReport, type Held } from './running-step';
import type { SessionEvent } from './session-events';
import type { SessionState } from './session-state';
import { costOf, lost, withRequests, type Spent } from './spending';

type EventOf<K extends SessionEvent['kind']> = Extract<SessionEvent, { readonly kind: K }>;

export function modelAnswered(state: SessionState, event: EventOf<'model_answered'>, now: number): void {
  const { id, turn, purpose } = event;
  const { decision } = turn;
  // It was asked as the agent that it was handed to.
  if (state.input.child && decision.kind !== 'refuse' && decision.kind !== 'limit') state.accepted = true;
  if (turn.item) state.items.push(turn.item);
  // A base that does not cover what we have would make the next delta wrong; the old one only makes it longer.
  if (turn.base.length === state.itemsFrom + state.items.length) state.base = turn.base;
  state.definitionHash = turn.definitionHash;
  if (turn.definition) state.policy = turn.definition.policy;
  state.ledgers = { ...turn.ledgers, ...state.ledgers };
  // Where a bound was in the way there is no answer to be paid for, but there may have been requests.
  const request = { usage: turn.usage, cost: turn.billed, lost: false };
  const isSent = decision.kind !== 'limit' && decision.kind !== 'refuse';
  bill(state, [...(isSent ? [request] : []), ...lost(turn.cutOff)]);
  if (isSent || (decision.kind === 'limit' && decision.bound === 'wallClockMs')) bookCall(state, purpose);
  state.bounding = { ...state.bounding, noticed: afterDecision(state.bounding.noticed, decision) };
  if (decision.kind === 'repair' && purpose === 'step') state.bounding = { ...state.bounding, repairDue: true };
  patchRecord(state, id, {
    endedAt: now,
    attempt: turn.provider.attempt,
    outcome: decision.kind,
    model: turn.model,
    tokens: turn.tokens,
    cost: turn.cost,
    ...(decision.kind === 'repair' || decision.kind === 'refuse' ? { message: decision.problem } : {}),
    ...(decision.kind === 'limit' ? { message: limitMessage(decision) } : {}),
  });
}

function limitMessage({ bound, needed, left }: Extract<ModelDecision, { kind: 'limit' }>): string {
  if (bound === 'wallClockMs') return `given up after ${limitAmount('call.wallClockMs', left)}`;
  const name = `call.${bound}` as const;
  return `not sent: it may need ${limitAmount(name, needed)}, and ${limitAmount(name, left)} is left`;
}

export function modelFailed(state: SessionState, event: EventOf<'model_failed'>, now: number): void {
  const { id, type, message, cutOff, answered, purpose } = event;
  bill(state, [...(answered ? [{ ...answered, lost: false }] : []), ...lost(cutOff)]);
  bookCall(state, purpose);
  patchRecord(state, id, { endedAt: now, outcome: type, message });
  // A base that cannot be read back is of no use: the next call starts from nothing, and so the session is not lost with it.
  if (type === FAILURE_TYPES.conversationUnavailable) state.base = EMPTY_BASE;
}

export function toolReported(state: SessionState, id: string, report: ToolCallReport, now: number): void {
  const { outcome } = report;
  noteReport(state.runningStep, id, report);
  state.heldUndos.delete(id);
  state.usage = { ...state.usage, toolCalls: state.usage.toolCalls + 1 };
  // What became of a compensation says nothing of the model.
  if (undoneCallOf(id) === undefined) {
    if (outcome.kind === 'failed') state.bounding = booked(state.bounding, { toolFailures: 1 });
    state.bounding = { ...state.bounding, noticed: afterOutcome(state.bounding.noticed, state.step, outcome) };
  }
  patchRecord(state, id, {
    endedAt: now,
    attempt: report.attempt,
    outcome: outcome.kind,
    ledger: report.ledger,
    ...(outcome.kind === 'succeeded' ? {} : { message: outcome.message }),
  });
}

export function callUnresolved(state: SessionState, held: Held): void {
  const { call, attempt } = held;
  state.unresolved.set(call.callId, call);
  if (call.kind === 'undo') state.heldUndos.set(call.callId, held);
  else noteHeld(state.runningStep, held);
  patchRecord(state, call.callId, { attempt, outcome: 'unresolved', message: call.message });
}

export function patchRecord(state: SessionState, id: string, fields: Partial<StepRecord>): void {
  for (let index = state.recent.length - 1; index >= 0; index -= 1) {
    const record = state.recent[index] as StepRecord;
    if (record.id !== id) continue;
    state.recent[index] = { ...record, ...fields };
    return;
  }
}

function bill(state: SessionState, requests: readonly Spent[]): void {
  state.usage = withRequests(state.usage, requests);
  state.bounding = booked(state.bounding, costOf(requests));
}

function bookCall(state: SessionState, purpose: ModelCallPurpose): void {
  state.bounding = booked(state.bounding, { modelCalls: 1, ...(purpose === 'step' ? { steps: 1 } : {}) });
}
