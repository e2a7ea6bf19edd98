/** The checks on what a child says of itself, down to what its parent touches: a signal may come from anybody, and a child from another version. Plain code. */
import { changeProblem, hasShape } from '../contracts/check-doc';
import type { ChildEnd, Report } from '../contracts/handoff';
import { isPlainObject } from '../contracts/json';
import { NOTHING_SPENT } from './spending';

/** More of anything is used by nobody. Sums of such counts are whole numbers, however many are added up. */
const MOST = 1_000_000_000_000;

const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const counted = (value: unknown): boolean => whole(value) && value <= MOST;

const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';

export function isReport(value: unknown): value is Report {
  if (!isPlainObject(value) || '$undecodable' in value) return false;
  const { child, seq, pending, status, standing, undoable = [], needs = 0, result, accepted, waits } = value;
  const lists = Array.isArray(pending) && pending.every(isPending) && Array.isArray(undoable) && areStanding(standing);
  const answers = result === undefined || isRelayResult(result);
  const texts = isAbsentOr(value.relayId, (id) => typeof id === 'string');
  const plain = texts && typeof child === 'string' && typeof status === 'string' && isFlag(accepted) && isFlag(waits);
  return plain && whole(seq) && whole(needs) && lists && answers && isAccount(value);
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
  if (!hasShape(terms, { reason: 'string', toolHash: 'string', approvals: 'number' })) return false;
  return Array.isArray(terms.stages) && isPlainObject(terms.stages[stage as number]);
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
  if (kind === 'refused') return hasShape(result, { type: 'string', message: 'string' });
  return (kind === 'answered' || kind === 'done') && hasShape(answer, { kind: 'string' });
}

function isProposal(proposal: unknown): boolean {
  const shape = { callId: 'string', tool: 'string', summary: 'string', to: 'string' } as const;
  if (!hasShape(proposal, shape) || !isPlainObject(proposal.brief)) return false;
  const { own, grants, taskQueue = '', acceptMs = 0 } = proposal;
  return (
    isAbsentOr(own, isPlainObject) &&
    isAbsentOr(grants, isPlainObject) &&
    typeof taskQueue === 'string' &&
    whole(acceptMs)
  );
}

function isAbsentOr(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}
