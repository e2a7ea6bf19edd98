/** What the clock does to a call that waits for approval: reminders, then the deadline of its stage. Plain code, ms since the epoch. */
import type { ApprovalStage, ApprovalTerms, Approver, AtDeadline } from '../contracts/approval';
import { isPlainObject } from '../contracts/json';
import { termsOf, type AskedCall, type Approving } from './running-step';

/** A hundred years: what is longer is no date that can be shown, and no timer that the server takes. */
const MAX_STAGE_MS = 36_525 * 86_400_000;

export type Due =
  /** Nothing yet; `at`: when there is something next, absent where never. */
  | { readonly kind: 'nothing'; readonly at?: number }
  /** `reminded`: how many reminders are out with this one. Those that nobody was there to send are one. */
  | { readonly kind: 'reminder'; readonly reminded: number }
  | { readonly kind: 'deadline'; readonly does: AtDeadline };

/** What is touched of terms. Others, which are in history for ever, would fail the workflow task each time: a call under them does not run. */
export function areTerms(value: unknown): value is ApprovalTerms {
  if (!isPlainObject(value)) return false;
  const { reason, toolHash, approvals, stages, signed, amount } = value;
  if (typeof reason !== 'string' || typeof toolHash !== 'string') return false;
  if ((signed !== undefined && signed !== true) || !isWhole(approvals) || !isAmount(amount)) return false;
  return Array.isArray(stages) && stages.length > 0 && stages.every(isStage);
}

function isStage(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const { roles, deadlineMs, remindMs } = value;
  const isRole = (role: unknown) => typeof role === 'string';
  return (
    (roles === undefined || (Array.isArray(roles) && roles.every(isRole))) &&
    (deadlineMs === undefined || isTime(deadlineMs)) &&
    (remindMs === undefined || (Array.isArray(remindMs) && remindMs.every(isTime)))
  );
}

function isAmount(amount: unknown): boolean {
  if (amount === undefined) return true;
  if (!isPlainObject(amount) || typeof amount.value !== 'number') return false;
  return amount.unit === undefined || typeof amount.unit === 'string';
}

function isTime(ms: unknown): boolean {
  return isWhole(ms) && (ms as number) <= MAX_STAGE_MS;
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The stage that a call is in. */
export function stageOf({ call, approving }: AskedCall): ApprovalStage {
  return termsOf(call, approving).stages[approving.stage] ?? {};
}

/** When the stage's deadline is; undefined: never. */
export function deadlineOf(asked: AskedCall): number | undefined {
  const { deadlineMs } = stageOf(asked);
  return deadlineMs === undefined ? undefined : asked.approving.stageSince + deadlineMs;
}

/** What is due at `now`. A deadline that has passed comes before reminders that were to be sent by then. */
export function dueOf(asked: AskedCall, now: number): Due {
  const { stageSince, reminded } = asked.approving;
  const until = deadlineOf(asked);
  if (until !== undefined && until <= now) return { kind: 'deadline', does: doesAtDeadline(asked) };
  const reminders = (stageOf(asked).remindMs ?? []).map((ms) => stageSince + ms);
  const passed = reminders.filter((at) => at <= now).length;
  if (passed > reminded) return { kind: 'reminder', reminded: passed };
  const next = reminders[passed] ?? until;
  if (next === undefined) return { kind: 'nothing' };
  return { kind: 'nothing', at: until === undefined ? next : Math.min(next, until) };
}

/** Who is asked next, of those who approved the ones that may decide there too. Call only where there is a next stage. */
export function escalated(asked: AskedCall, now: number): Approving {
  const { call, approving } = asked;
  const stage = approving.stage + 1;
  const terms = termsOf(call, approving);
  const approvedBy = approving.approvedBy.filter((who) => mayDecide(terms, stage, who));
  return { ...approving, stage, stageSince: now, reminded: 0, approvedBy };
}

/** True where somebody with these roles may decide in the stage, as far as the terms say. A role counts only by a signature. */
export function mayDecide(
  terms: ApprovalTerms,
  stage: number,
  { roles = [], verified }: Pick<Approver, 'roles' | 'verified'>,
): boolean {
  if (terms.signed && !verified) return false;
  const asked = terms.stages[stage]?.roles;
  return asked === undefined || (verified === true && asked.some((role) => roles.includes(role)));
}

/** Where a plan asks for what cannot be, or for what only a later version knows, the call does not run. */
function doesAtDeadline(asked: AskedCall): AtDeadline {
  const terms = termsOf(asked.call, asked.approving);
  const { atDeadline } = stageOf(asked);
  if (atDeadline === 'escalate' && terms.stages[asked.approving.stage + 1] !== undefined) return 'escalate';
  return atDeadline === 'approve' && !terms.signed ? 'approve' : 'reject';
}
