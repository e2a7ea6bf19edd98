/** The checks on what a child says of itself, down to what its parent touches: a signal may come from anybody, and a child from another version. Plain code. */
import { grantsProblem } from '../contracts/check-contract';
import { changeProblem, hasShape } from '../contracts/check-doc';
import { MAX_MS } from '../contracts/check-limits';
import type { ChildEnd, Report } from '../contracts/handoff';
import { isPlainObject } from '../contracts/json';
import { AGENT_NAME_PATTERN, FAMILY_CALL_ID_PATTERN, TASK_QUEUE_PATTERN } from '../contracts/names';
import type { SessionResult } from '../contracts/session';
import { areTerms } from './approval-stages';
import { NOTHING_SPENT } from './spending';
import type { UndoableCall } from './undoable-call';

/** More of anything is used by nobody. Sums of such counts are whole numbers, however many are added up. */
const MOST = 1_000_000_000_000;

const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const counted = (value: unknown): boolean => whole(value) && value <= MOST;

/** Of retries of one call. */
const MOST_ATTEMPTS = 1_000_000;

const isText = (value: unknown): value is string => typeof value === 'string';

const isTime = (value: unknown): boolean => whole(value) && value <= MAX_MS;

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

export function isReport(value: unknown): value is Report {
  if (!isPlainObject(value) || '$undecodable' in value) return false;
  const { child, seq, pending, status, standing, undoable = [], needs = 0, result, accepted, waits } = value;
  const lists = Array.isArray(pending) && pending.every(isPending) && Array.isArray(undoable) && areStanding(standing);
  const answers = result === undefined || isRelayResult(result);
  const texts = isAbsentOr(value.relayId, isText);
  const plain = texts && typeof child === 'string' && typeof status === 'string' && isFlag(accepted) && isFlag(waits);
  return plain && whole(seq) && whole(needs) && lists && answers && isAccount(value);
}

/** What a child workflow closed with: anything, where another workflow has its name. */
export function isChildResult(value: unknown): value is SessionResult & { readonly child: ChildEnd } {
  if (!isPlainObject(value)) return false;
  const { reason, message, answer, partial, child } = value;
  return isText(reason) && [message, answer, partial].every((text) => isAbsentOr(text, isText)) && isChildEnd(child);
}

export function isChildEnd(value: unknown): value is ChildEnd {
  if (!isPlainObject(value) || !isAccount(value) || !Array.isArray(value.undoable)) return false;
  const { kind, carry, proposal, problem, seq } = value;
  if (!whole(seq)) return false;
  switch (kind) {
    case 'transfer':
      return isPlainObject(carry) && isProposal(proposal);
    case 'parked':
      return isPlainObject(carry);
    case 'refused':
      return typeof problem === 'string';
    default:
      return kind === 'done' || kind === 'over';
  }
}

/** What a report and an end have in common. */
function isAccount({ usage, spent, changes }: Record<string, unknown>): boolean {
  const counts = isPlainObject(spent) && [spent.tokens, spent.microUsd, spent.modelCalls].every(counted);
  const changed = Array.isArray(changes) && changes.every((change) => changeProblem(change, 'changes') === null);
  return counts && isUsage(usage) && changed;
}

/** What another version counts besides is its own affair; what it does not count yet is nothing. */
function isUsage(usage: unknown): boolean {
  return isPlainObject(usage) && Object.keys(NOTHING_SPENT).every((name) => counted(usage[name] ?? 0));
}

function isPending(item: unknown): boolean {
  const shape = { kind: 'string', id: 'string', summary: 'string', since: 'number', unblockedBy: 'string' } as const;
  if (!hasShape(item, shape)) return false;
  const { approval, call, limit, child = '' } = item;
  if (typeof child !== 'string') return false;
  return isAbsentOr(approval, isApproval) && isAbsentOr(call, isCall) && isAbsentOr(limit, isLimit);
}

function isApproval(approval: unknown): boolean {
  const shape = { callId: 'string', tool: 'string', argsHash: 'string', effect: 'string', stage: 'number' } as const;
  if (!hasShape(approval, shape) || !isPlainObject(approval.args) || !Array.isArray(approval.approvedBy)) return false;
  const { terms, stage } = approval;
  return areTerms(terms) && isPlainObject(terms.stages[stage as number]);
}

function isCall(call: unknown): boolean {
  return hasShape(call, { callId: 'string', tool: 'string', message: 'string' }) && isPlainObject(call.args);
}

function isLimit(limit: unknown): boolean {
  return hasShape(limit, { bound: 'string', used: 'number', limit: 'number' });
}

function areStanding(standing: unknown): boolean {
  const shape = { actId: 'string', tool: 'string', by: 'string' } as const;
  return standing === undefined || (Array.isArray(standing) && standing.every((each) => hasShape(each, shape)));
}

function isRelayResult(result: unknown): boolean {
  if (!isPlainObject(result)) return false;
  const { kind, answer } = result;
  switch (kind) {
    case 'refused':
      return hasShape(result, { type: 'string', message: 'string' });
    case 'answered':
      return isAnswer(answer);
    // With a type it would be taken for a refusal.
    case 'done':
      return hasShape(answer, { kind: 'string' }) && !('type' in answer);
    default:
      return false;
  }
}

/** The answer to a message: it becomes the turn's own. Kinds of a later version have nothing that is touched. */
function isAnswer(answer: unknown): boolean {
  if (!hasShape(answer, { kind: 'string', messageId: 'string' })) return false;
  switch (answer.kind) {
    case 'reply':
      return hasShape(answer, { text: 'string', partial: 'string?', by: 'string?' });
    case 'stopped':
      return hasShape(answer, { reason: 'string', message: 'string', text: 'string?' });
    case 'ended':
      return hasShape(answer, { status: 'string', reason: 'string' });
    default:
      return true;
  }
}

/** A call of a child that is undone here once the child is closed. */
export function isUndoable(call: unknown): call is UndoableCall {
  if (!hasShape(call, { callId: 'string', tool: 'string', summary: 'string' })) return false;
  const { callId, turn, step, policy, ledger, undoneInVain = 0, owner } = call;
  if (!FAMILY_CALL_ID_PATTERN.test(callId as string) || ![turn, step, undoneInVain].every(whole)) return false;
  const owned = { agent: 'string', sessionId: 'string', keyNamespace: 'string', callId: 'string' } as const;
  return (
    isPolicy(policy) &&
    hasShape(ledger, { name: 'string', id: 'string' }) &&
    isAbsentOr(owner, (whose) => hasShape(whose, owned))
  );
}

/** What Temporal is told of a call: with what it refuses it fails the workflow task, again and again. */
function isPolicy(policy: unknown): boolean {
  if (!hasShape(policy, { effect: 'string', backoff: 'number' })) return false;
  const { startToCloseMs, heartbeatMs, initialIntervalMs, maxIntervalMs, attempts, maxResultBytes, taskQueue } = policy;
  const isTimed = [startToCloseMs, heartbeatMs, initialIntervalMs, maxIntervalMs].every(isTime);
  const isTried = whole(attempts) && attempts <= MOST_ATTEMPTS;
  return isTimed && isTried && whole(maxResultBytes) && isAbsentOr(taskQueue, isTaskQueue);
}

function isProposal(proposal: unknown): boolean {
  const shape = { callId: 'string', tool: 'string', summary: 'string', to: 'string' } as const;
  if (!hasShape(proposal, shape) || !isPlainObject(proposal.brief)) return false;
  const { to, own, grants, taskQueue, acceptMs = 0 } = proposal;
  return (
    AGENT_NAME_PATTERN.test(to as string) &&
    isAbsentOr(own, isPlainObject) &&
    grantsProblem(grants) === null &&
    isAbsentOr(taskQueue, isTaskQueue) &&
    isTime(acceptMs)
  );
}

function isTaskQueue(name: unknown): boolean {
  return isText(name) && TASK_QUEUE_PATTERN.test(name);
}

function isAbsentOr(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}
