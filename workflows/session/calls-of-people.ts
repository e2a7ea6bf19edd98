/** The acts cancel_call and replace_outcome: what people do to one call of a tool. Plain code. */
import type { Json } from '../contracts/json';
import type { InterveneRequest } from '../contracts/messages';
import type { StepRecord } from '../contracts/session';
import { actor, inWords } from './act-words';
import type { RunningCalls } from './running-calls';
import type { StepCall } from './running-step';
import { apply, type SessionState } from './session-state';

/** Outcomes that a person may put a result in the place of. */
const REPLACEABLE: ReadonlySet<string> = new Set(['failed', 'rejected', 'unknown', 'cancelled']);

/** Why the call cannot be cancelled, and what can be done instead; null where it can. */
export function cancelRefusal(state: SessionState, running: RunningCalls, callId: string): string | null {
  const found = stepCall(state, callId);
  if (!found) {
    const record = recordOf(state, callId);
    if (record?.outcome !== undefined) return `the call ${callId} has come to its end already (${record.outcome})`;
    const names = (state.runningStep?.calls ?? []).map(({ call }) => call.id).filter((id) => running.runs(id));
    return `no call ${callId} runs; ${names.length === 0 ? 'none does' : `those that do: ${names.join(', ')}`}`;
  }
  if (found.report) return `the call ${callId} has come to its end already (${found.report.outcome.kind})`;
  if (found.approving) {
    return `the call ${callId} does not run: it waits for approval, and "decide" with the decision "reject" keeps it from running`;
  }
  // First: one that runs again was in doubt before.
  if (running.runs(callId)) return null;
  if (state.unresolved.has(callId)) {
    return `the call ${callId} does not run any more: nobody knows whether it happened, which "resolve" is there to say`;
  }
  return `the call ${callId} has not begun yet; the act "stop" ends the turn before it does`;
}

/** What a call that was cancelled says of it, to the model too. */
export function cancelWords(request: InterveneRequest): string {
  return inWords('the call was cancelled while it ran', request);
}

/** Why the outcome of a call cannot be replaced; null where it can. */
export function replaceRefusal(state: SessionState, callId: string): string | null {
  const record = recordOf(state, callId);
  if (record?.replacedBy !== undefined)
    return `the outcome of the call ${callId} was replaced already, by ${record.replacedBy}`;
  const found = stepCall(state, callId);
  const outcome = found ? found.report?.outcome.kind : record?.outcome;
  if (outcome !== undefined && REPLACEABLE.has(outcome)) return null;
  if (outcome === 'succeeded') return `the call ${callId} succeeded, so there is no outcome to replace`;
  if (found?.approving ?? outcome === 'awaiting_approval')
    return `the call ${callId} waits for approval: "decide" on it`;
  if (state.unresolved.has(callId)) {
    return `nobody knows whether the call ${callId} happened: "resolve" with "as": "applied" says that it did, and what it returned`;
  }
  if (found) return `the call ${callId} has no outcome yet`;
  const names = state.recent.filter(isReplaceable).map(({ id }) => id);
  return `no outcome of a call ${callId} is known here, or it is too long ago; ${names.length === 0 ? 'none can be replaced' : `those that can be: ${names.slice(-20).join(', ')}`}`;
}

/** The conversation is only ever added to: the outcome stays, and the model is told behind it what counts. */
export function replaceOutcome(state: SessionState, request: InterveneRequest, callId: string, now: number): void {
  const by = actor(request);
  const { reason, result } = request;
  const given: Json = result ?? null;
  const what = stepCall(state, callId)?.call.summary ?? recordOf(state, callId)?.summary ?? '';
  const why = reason === undefined ? '' : ` (${reason})`;
  const text = `${by}, a person, took care of the call ${callId}, ${what}${why}. In place of its outcome, this is its result: ${JSON.stringify(given)}`;
  const note = { reason: 'outcome_replaced', text, by, callId, detail: { result: given } };
  apply(state, { kind: 'outcome_replaced', callId, by }, now);
  apply(state, { kind: 'note_added', ...note }, now);
}

function isReplaceable({ kind, outcome, replacedBy }: StepRecord): boolean {
  return kind === 'tool' && replacedBy === undefined && outcome !== undefined && REPLACEABLE.has(outcome);
}

function stepCall({ runningStep }: SessionState, callId: string): StepCall | undefined {
  return runningStep?.calls.find(({ call }) => call.id === callId);
}

function recordOf({ recent }: SessionState, callId: string): StepRecord | undefined {
  return recent.find(({ kind, id }) => kind === 'tool' && id === callId);
}
