/** When a decision on a call cannot be taken, in words, and what tells a repeat from another one. Plain code that changes nothing. */
import type { ApprovalCheckInput, ApprovalTerms, Approver } from '../contracts/approval';
import { inertLine } from '../contracts/display';
import { FAILURE_TYPES } from '../contracts/failures';
import { canonicalJson, fingerprint, utf8Length } from '../contracts/json';
import type { DecideRequest, DecideResult } from '../contracts/messages';
import { isNobodysName, nameKey, samePerson } from '../contracts/same-person';
import type { StandingDecision } from '../contracts/session';
import { actRefusal } from './acts';
import { dueOf, mayDecide } from './approval-stages';
import type { Refusal } from './mailbox';
import { askedCall, askedCalls, termsOf, type AskedCall, type RunningStep } from './running-step';
import type { Decided, SessionState } from './session-state';
import { onBehalfOf, rootOf } from './on-behalf-of';

/** Arguments that people gave in one step, bytes of JSON: they go along to the next run, and a payload may have 2 MB. */
const MAX_EDITED_BYTES = 512 * 1024;
const MAX_STANDING = 50;

/** What tells a repeat of a decision from another one under the same id. Who decides is a part of it, why is not. */
export function contentOfDecision({ decision, argsHash, args, standing, by }: DecideRequest): string {
  return fingerprint(canonicalJson({ decision, argsHash, args, standing, by: nameKey(by) }));
}

/** What was answered before under this id, or why it cannot be used; undefined where it is new. */
export function repeated(state: SessionState, request: DecideRequest): DecideResult | Refusal | undefined {
  const { actId, callId } = request;
  const before = state.acts.get(actId);
  if (!before) return undefined;
  const refusal = actRefusal(state, actId, { act: 'decide', callId, content: contentOfDecision(request) });
  if (refusal) return refusal;
  if (!before.decision) throw new Error(`the decision ${actId} was kept without its answer`);
  return { kind: 'already_done', ...before.decision, status: state.status };
}

/** True where a worker has to look before the decision is taken. */
export function needsCheck({ decision, signature }: DecideRequest, terms: ApprovalTerms): boolean {
  return decision === 'edit' || terms.signed === true || signature !== undefined;
}

/**
 * Why a decision cannot be taken as things stand; null where it can.
 * @param checkedSince set for one that was checked: it began before the deadline, in the stage that began then.
 */
export function decisionRefusal(
  state: SessionState,
  request: DecideRequest,
  now: number,
  checkedSince?: number,
): Refusal | null {
  const { callId, by, decision } = request;
  const asked = askedCall(state.runningStep, callId);
  if (!asked || (state.ending ?? state.stop)) return notAsked(state, callId);
  const { call, approving } = asked;
  const terms = termsOf(call, approving);
  const { argsHash } = approving.edited ?? call;
  if (request.argsHash !== argsHash) {
    const who = approving.edited ? `${approving.edited.by} changed them since; ` : '';
    return stale(
      `the decision is about other arguments than those that wait: ${who}what waits now has the argsHash ${argsHash}. Look at it, and decide again`,
    );
  }
  if (isNobodysName(by)) {
    return notAuthorized(`nobody decides by the name "${inertLine(by)}": the record has it for what no person decided`);
  }
  if (state.input.user !== undefined && samePerson(by, state.input.user)) {
    return notAuthorized(`${by} is the user of this session, and nobody decides on a call they asked for themselves`);
  }
  if (decision === 'approve' && hasApproved(approving.approvedBy, by)) {
    return notAuthorized(`${by} approved this call already, and ${terms.approvals} different people must`);
  }
  if (terms.signed && request.signature === undefined) {
    return notAuthorized('a decision on this call must be signed, and this one carries no signature');
  }
  if (!needsCheck(request, terms) && !mayDecide(terms, approving.stage, {})) {
    return notAuthorized('only people of certain roles may decide on this call, and a role counts by a signature only');
  }
  const problem = standingProblem(state, request, terms);
  if (problem !== null) return refused(problem);
  if (checkedSince !== undefined) {
    return checkedSince === approving.stageSince
      ? null
      : stale('who may decide on this call has changed since; look at it, and decide again');
  }
  return dueOf(asked, now).kind === 'deadline'
    ? refused('the deadline of this call has passed; a decision that came before it is being checked')
    : null;
}

function standingProblem(state: SessionState, { standing }: DecideRequest, terms: ApprovalTerms): string | null {
  if (standing === undefined) return null;
  if (standing.upTo !== undefined && terms.amount === undefined) {
    return 'standing.upTo needs a tool that says how much a call is about, and this one does not';
  }
  return state.standing.length >= MAX_STANDING
    ? `${MAX_STANDING} decisions stand in this session, which is the most; revoke one first`
    : null;
}

function notAsked(state: SessionState, callId: string): Refusal {
  const decided = state.decided.get(callId);
  if (decided) return alreadyDecided(decided);
  const known = state.runningStep?.calls.find(({ call }) => call.id === callId) !== undefined;
  if (state.ending ?? state.stop) {
    return refused(
      `the ${state.ending ? 'session is ending' : 'turn is being stopped'}, so the call ${callId} waits for nobody`,
    );
  }
  const waiting = askedCalls(state.runningStep).map(({ call }) => call.id);
  const what = known ? 'needs no approval' : 'does not wait for approval';
  return refused(
    `the call ${callId} ${what}; ${waiting.length === 0 ? 'no call waits for one' : `those that wait: ${waiting.join(', ')}`}`,
  );
}

function alreadyDecided({ callId, call, by, at, argsHash }: Decided): Refusal {
  return {
    type: FAILURE_TYPES.alreadyDecided,
    details: { call, by, at, argsHash },
    message: `the call ${callId} was already ${call} by ${by.join(', ')} at ${new Date(at).toISOString()}; nothing was changed`,
  };
}

/** Why edited arguments are too much for this step; null where they are not. */
export function editRefusal(step: RunningStep | undefined, { callId, args }: DecideRequest): Refusal | null {
  let bytes = utf8Length(JSON.stringify(args ?? {}));
  for (const { call, approving, approved } of step?.calls ?? []) {
    const given = approving?.edited ?? approved;
    if (given && call.id !== callId) bytes += utf8Length(JSON.stringify(given.args));
  }
  return bytes <= MAX_EDITED_BYTES
    ? null
    : refused(
        `with these arguments, what people gave to the calls of this step would be ${bytes} bytes, and at most ${MAX_EDITED_BYTES} are taken`,
      );
}

export function hasApproved(approvedBy: readonly Approver[], by: string): boolean {
  return approvedBy.some((approver) => samePerson(approver.by, by));
}

/** Decisions given for an earlier call that hold for this one: by people who may decide in its stage and have not yet. */
export function standingFor(state: SessionState, { call, approving }: AskedCall): readonly StandingDecision[] {
  const terms = termsOf(call, approving);
  const holds: StandingDecision[] = [];
  for (const standing of state.standing) {
    const fits = standing.tool === call.tool && standing.toolHash === terms.toolHash && isWithin(standing, terms);
    if (!fits || !mayDecide(terms, approving.stage, standing)) continue;
    if (!hasApproved([...approving.approvedBy, ...holds], standing.by)) holds.push(standing);
  }
  return holds;
}

function isWithin({ upTo, unit }: StandingDecision, { amount }: ApprovalTerms): boolean {
  if (upTo === undefined) return true;
  return amount !== undefined && amount.unit === unit && amount.value <= upTo;
}

/** Input of `approval.check` for a decision on a call that waits. */
export function checkInput(state: SessionState, request: DecideRequest, asked: AskedCall): ApprovalCheckInput {
  const { agent } = state.input;
  const { actId, callId, decision, argsHash, args, standing, by, signature, reason } = request;
  const { call, approving } = asked;
  return {
    agent,
    tool: call.tool,
    callId,
    turn: state.turn,
    step: state.step,
    sessionId: state.sessionId,
    keyNamespace: state.keyNamespace,
    ...rootOf(state),
    ...onBehalfOf(state),
    actId,
    decision,
    argsHash,
    ...(args === undefined ? {} : { args }),
    ...(standing === undefined ? {} : { standing }),
    by: by.trim(),
    ...(reason === undefined ? {} : { reason }),
    ...(signature === undefined ? {} : { signature }),
    terms: termsOf(call, approving),
    stage: approving.stage,
    since: approving.since,
  };
}

export function refused(message: string): Refusal {
  return { type: FAILURE_TYPES.refused, message };
}

export function notAuthorized(message: string): Refusal {
  return { type: FAILURE_TYPES.notAuthorized, message };
}

function stale(message: string): Refusal {
  return { type: FAILURE_TYPES.staleDecision, message };
}
