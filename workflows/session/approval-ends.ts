/** How decisions change the state of a call that waits for approval, and what the record and the model are told. Plain code. */
import type { ApprovalCheckReport, Approver } from '../contracts/approval';
import { canonicalJson } from '../contracts/json';
import type { DecideRequest, DecideResult } from '../contracts/messages';
import { BY_DEADLINE } from '../contracts/same-person';
import type { StandingDecision } from '../contracts/session';
import type { RejectedOutcome } from '../contracts/tool';
import { appendRecord, because, calledLine, noteEdit } from './approval-notes';
import { escalated, mayDecide } from './approval-stages';
import { standingFor } from './deciding';
import { termsOf, type ApprovalCall, type AskedCall, type Approving } from './running-step';
import { apply, type SessionState } from './session-state';

export type Accepted = Extract<ApprovalCheckReport, { kind: 'accepted' }>;

/** True where as many different people as must have approved. */
export function isEnough(call: ApprovalCall, approving: Approving): boolean {
  return approving.approvedBy.length >= Math.max(1, termsOf(call, approving).approvals);
}

/** It runs, with the arguments that wait now. @param by names. */
export function approve(state: SessionState, asked: AskedCall, by: readonly string[], now: number): void {
  const { call, approving } = asked;
  const { args, argsHash, summary } = approving.edited ?? call;
  const { toolHash } = termsOf(call, approving);
  const { id: callId } = call;
  apply(state, { kind: 'call_approved', callId, approved: { args, argsHash, summary, toolHash, by, at: now } }, now);
  apply(state, { kind: 'decision_kept', callId, decided: { callId, call: 'approved', by, at: now, argsHash } }, now);
  noteEdit(state, asked, now);
}

/** It never runs. @param by names. */
export function reject(
  state: SessionState,
  { call, approving }: AskedCall,
  by: readonly string[],
  { reason, message }: Pick<RejectedOutcome, 'reason' | 'message'>,
  now: number,
): RejectedOutcome {
  const { argsHash } = approving.edited ?? call;
  const { id: callId } = call;
  apply(state, { kind: 'decision_kept', callId, decided: { callId, call: 'rejected', by, at: now, argsHash } }, now);
  return { kind: 'rejected', reason, message };
}

/** One person says no. */
export function rejectBy(
  state: SessionState,
  asked: AskedCall,
  { by, verified }: Accepted,
  reason: string | undefined,
  now: number,
): RejectedOutcome {
  const { id: callId } = asked.call;
  const text = `${by} rejected ${calledLine(asked)}${because(reason)}`;
  appendRecord(state, { reason: 'rejected', text, by, ...(verified ? { verified } : {}), callId }, now);
  const why = because(reason) || ', and gave no reason';
  return reject(state, asked, [by], { reason: 'denied', message: `${by} did not allow this call${why}` }, now);
}

/** The user wrote before anybody decided. */
export function withdrawBy(state: SessionState, asked: AskedCall, by: string, now: number): RejectedOutcome {
  const text = `${calledLine(asked)} was withdrawn before anybody decided: the ${by} wrote again`;
  appendRecord(state, { reason: 'withdrawn', text, callId: asked.call.id }, now);
  const message = `nobody had decided on this call when the ${by} wrote again, so it was withdrawn and did not run`;
  return reject(state, asked, [by], { reason: 'withdrawn', message }, now);
}

/** Nobody decided in time, and the call does not run. */
export function rejectByDeadline(state: SessionState, asked: AskedCall, now: number): RejectedOutcome {
  appendRecord(
    state,
    {
      reason: 'rejected',
      text: `nobody decided on ${calledLine(asked)} in time, so it does not run`,
      callId: asked.call.id,
    },
    now,
  );
  const message = 'nobody decided on this call in time, so it did not run';
  return reject(state, asked, [BY_DEADLINE], { reason: 'denied', message }, now);
}

/** Nobody decided in time, and the tool says to go on then. */
export function approveByDeadline(state: SessionState, asked: AskedCall, now: number): void {
  const text = `nobody decided on ${calledLine(asked)} in time, so it runs, as its tool says`;
  appendRecord(state, { reason: 'approved_by_deadline', text, callId: asked.call.id }, now);
  approve(state, asked, [...namesOf(asked.approving.approvedBy), BY_DEADLINE], now);
}

/** Nobody decided in time, and others are asked from now on. @returns as it waits by now. */
export function escalate(state: SessionState, asked: AskedCall, now: number): AskedCall {
  const approving = escalated(asked, now);
  const { call } = asked;
  const roles = termsOf(call, approving).stages[approving.stage]?.roles ?? [];
  const whom = roles.length === 0 ? 'others are' : `${roles.join(' or ')} is`;
  const text = `nobody decided on ${calledLine(asked)} in time, so ${whom} asked`;
  apply(state, { kind: 'call_asked', callId: call.id, approving }, now);
  appendRecord(state, { reason: 'escalated', text, callId: call.id }, now);
  return { call, approving };
}

/** People are reminded. */
export function remind(state: SessionState, asked: AskedCall, reminded: number, now: number): void {
  const { call, approving } = asked;
  apply(state, { kind: 'call_asked', callId: call.id, approving: { ...approving, reminded } }, now);
  const text = `people were reminded that ${calledLine(asked)} waits for approval`;
  appendRecord(state, { reason: 'reminded', text, callId: call.id }, now);
}

/** Counts the decisions that were given for earlier calls and hold for this one. @returns as it waits by now. */
export function countStanding(state: SessionState, asked: AskedCall, now: number): AskedCall {
  const { call } = asked;
  const given = standingFor(state, asked);
  if (given.length === 0) return asked;
  for (const { by, verified, actId, upTo } of given) {
    const bound = upTo === undefined ? '' : `, up to ${upTo}`;
    const text = `${calledLine(asked)} has the approval of ${by}, who allowed ${call.tool} for this session${bound}`;
    const detail = { standing: actId };
    const who = { by, ...(verified ? { verified } : {}) };
    appendRecord(state, { reason: 'standing', text, ...who, callId: call.id, detail }, now);
  }
  const approvedBy = [
    ...asked.approving.approvedBy,
    ...given.map((standing) => approverOf(standing, standing.actId, now)),
  ];
  const approving = { ...asked.approving, approvedBy };
  apply(state, { kind: 'call_asked', callId: call.id, approving }, now);
  return { call, approving };
}

/** One person approves, or changes the arguments and approves those. @returns as it waits by now. */
export function approveBy(
  state: SessionState,
  asked: AskedCall,
  request: DecideRequest,
  accepted: Accepted,
  now: number,
): AskedCall {
  const { actId, decision, reason } = request;
  const { by, verified } = accepted;
  // Whoever approves has seen what waits: no worker puts anything in its place.
  const edited = decision === 'edit' ? accepted.edited : undefined;
  const { call } = asked;
  const who = { by, ...(verified ? { verified } : {}) };
  const approver = approverOf(accepted, actId, now);
  const approving = edited
    ? withEdit(asked, edited, approver, now)
    : { ...asked.approving, approvedBy: [...asked.approving.approvedBy, approver] };
  const next = { call, approving };
  apply(state, { kind: 'call_asked', callId: call.id, approving }, now);
  const terms = termsOf(call, approving);
  const count = terms.approvals > 1 ? ` (${approving.approvedBy.length} of ${terms.approvals})` : '';
  if (edited) {
    const text = `${by} changed ${calledLine(asked)} to ${edited.summary}${count}${because(reason)}`;
    const { args, argsHash } = edited;
    const detail = { args, argsHash, before: request.argsHash };
    appendRecord(state, { reason: 'edited', text, ...who, callId: call.id, detail }, now);
  } else {
    const text = `${by} approved ${calledLine(asked)}${count}${because(reason)}`;
    appendRecord(state, { reason: 'approved', text, ...who, callId: call.id }, now);
  }
  if (request.standing && approving.approvedBy.includes(approver)) {
    const { upTo } = request.standing;
    const unit = upTo === undefined ? undefined : terms.amount?.unit;
    const scope = { ...(upTo === undefined ? {} : { upTo }), ...(unit === undefined ? {} : { unit }) };
    const standing: StandingDecision = { ...approver, tool: call.tool, toolHash: terms.toolHash, ...scope };
    apply(state, { kind: 'standing_given', standing }, now);
    const bound = upTo === undefined ? '' : ` up to ${upTo}${unit === undefined ? '' : ` ${unit}`}`;
    const text = `${by} allowed ${call.tool}${bound} for the rest of this session`;
    appendRecord(
      state,
      { reason: 'standing', text, ...who, callId: call.id, detail: { standing: actId, ...scope } },
      now,
    );
  }
  return next;
}

/** Other arguments void what was approved before. Where the rule asks other people about them, those are asked from now on. */
function withEdit(
  { call, approving }: AskedCall,
  edited: NonNullable<Accepted['edited']>,
  approver: Approver,
  now: number,
): Approving {
  const before = termsOf(call, approving);
  // What the rule does not say of these arguments holds on, also from an edit before.
  const terms = edited.terms ?? before;
  const isSame = canonicalJson(terms.stages) === canonicalJson(before.stages);
  const asked = isSame ? approving : { ...approving, stage: 0, stageSince: now, reminded: 0 };
  const approvedBy = mayDecide(terms, asked.stage, approver) ? [approver] : [];
  return { ...asked, edited: { ...edited, terms, by: approver.by }, approvedBy };
}

/** What was decided, as it is answered and kept. */
export function answerOf(
  { actId, callId, decision }: DecideRequest,
  { call, approving }: AskedCall,
  became: DecideResult['call'],
): Omit<DecideResult, 'kind' | 'status'> {
  const { approvals } = termsOf(call, approving);
  const { argsHash } = approving.edited ?? call;
  return { actId, callId, decision, call: became, approvedBy: namesOf(approving.approvedBy), approvals, argsHash };
}

export function namesOf(approvedBy: readonly Approver[]): readonly string[] {
  return approvedBy.map(({ by }) => by);
}

function approverOf({ by, verified, roles }: Omit<Accepted, 'kind'>, actId: string, at: number): Approver {
  return { by, actId, at, ...(verified ? { verified } : {}), ...(roles === undefined ? {} : { roles }) };
}
