/** What the record, and the model, are told of people's decisions. Plain code. */
import type { NoteItem } from '../contracts/conversation';
import type { DecideRequest } from '../contracts/messages';
import { inertLine } from '../contracts/display';
import type { Refusal } from './mailbox';
import type { AskedCall } from './running-step';
import { apply, type SessionState } from './session-state';

/** Longer arguments are told to the model by their beginning, UTF-16 units of JSON. */
const MAX_TOLD_ARGS = 16_384;

type PersonNote = Pick<NoteItem, 'reason' | 'text' | 'by' | 'verified' | 'callId' | 'detail'>;

/**
 * Appends a note for people at the end of the conversation, at any time: it is no part of a request, so that it may stand between calls and their
 * outcomes, and a model call that runs covers what was before it.
 */
export function appendRecord(state: SessionState, note: PersonNote, now: number): void {
  const { turn, step } = state;
  apply(state, { kind: 'items_appended', items: [{ kind: 'note', turn, step, audience: 'record', ...note }] }, now);
}

/** One line for a call: what it does, and its id. */
export function calledLine({ call, approving }: AskedCall): string {
  return `${(approving.edited ?? call).summary} (${call.id})`;
}

/** `: why` where somebody said why. */
export function because(reason: string | undefined): string {
  return reason === undefined || reason.trim() === '' ? '' : `: ${reason.trim()}`;
}

/** Told to the model behind the call's outcome: it asked for something else than what was done. */
export function noteEdit(state: SessionState, { call, approving: { edited } }: AskedCall, now: number): void {
  if (!edited) return;
  const args = JSON.stringify(edited.args);
  const shown = args.length <= MAX_TOLD_ARGS ? args : `${cut(args)}… (the rest is not shown)`;
  const text = `Before your call ${call.id} of ${call.tool} was allowed, ${edited.by} changed its arguments. What counts is: ${shown}`;
  apply(state, { kind: 'note_added', reason: 'edited', text, by: edited.by, callId: call.id }, now);
}

/** Who claimed what, and why it was not taken. */
export function noteRefused(state: SessionState, request: DecideRequest, refusal: Refusal, now: number): void {
  const { actId, callId, decision, argsHash, by } = request;
  const problem = refusal.message;
  apply(state, { kind: 'refused', act: { at: now, message: 'decide', act: decision, callId, by, problem } }, now);
  const text = `"${inertLine(by)}" was refused to ${decision} ${callId}: ${problem}`;
  const detail = { actId, decision, argsHash, type: refusal.type };
  appendRecord(state, { reason: 'refused', text, by, callId, detail }, now);
}

function cut(text: string): string {
  return text.slice(0, MAX_TOLD_ARGS).replace(/\p{Surrogate}$/u, '');
}
