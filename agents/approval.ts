/** What a tool may declare of people who must allow its calls, brought into the form that plans are made from. */
import type { ApprovalStage, AtDeadline } from '../workflows/contracts/approval';
import { unknownField, wordsFor } from '../workflows/contracts/check-limits';
import { isPlainObject } from '../workflows/contracts/json';
import { toMs, type Duration } from './duration';
import type { SessionIdentity } from './tool-context';

/** What a rule may depend on beside the arguments. */
export interface ApprovalContext {
  readonly session: SessionIdentity;
  readonly turn: number;
  readonly step: number;
  /** When the model was asked; for an edited call, when its editor's decision was checked. */
  readonly now: Date;
}

/**
 * Says whether a call needs approval: `false`, `true`, or a text, which is the reason that people are shown. At once, not as a promise. One that throws, or
 * returns anything else, counts as `true`: what cannot be judged is asked.
 */
export type ApprovalRule<Args> = (args: Args, context: ApprovalContext) => boolean | string;

/** Who is asked next where nobody decided in time. */
export interface EscalationStage {
  /** Any of these may decide. Needs signed decisions: a role that somebody only claims is none. */
  readonly roles?: readonly string[];
  /** How long, from when the stage begins. 1 s to 1 year. Absent: for ever. */
  readonly deadline?: Duration;
  /** Default `escalate` where there is a further stage, else `reject`. `approve` is not for calls that take signatures. */
  readonly atDeadline?: AtDeadline;
  /** How long before the deadline people are reminded: `['1h']`. At most 10. */
  readonly reminders?: readonly Duration[];
}

export interface ApprovalPolicy<Args> extends EscalationStage {
  readonly when: 'always' | ApprovalRule<Args>;
  /** What people are shown where the rule gives no reason of its own. */
  readonly reason?: string;
  /** How many different people must approve, 1 to 10. Default 1. One is enough to reject. */
  readonly approvals?: number;
  /** True: a decision must carry a signature (docs/approvals.md). Also where any stage has `roles`, and where the worker has keys. */
  readonly signed?: boolean;
  /** The stages after this one. */
  readonly escalate?: readonly EscalationStage[];
  /** How much a call is about: people see it, and a standing decision with a bound is compared with it. A finite number from 0; a call without one is asked. */
  readonly amount?: (args: Args) => number;
  /** Of the amount: `USD`. */
  readonly unit?: string;
}

/** Whether people must allow a call before it runs. Default `never`. */
export type ApprovalOption<Args> = 'never' | 'always' | ApprovalRule<Args> | ApprovalPolicy<Args>;

/** What a tool's definition holds of it. */
export interface ToolApproval {
  readonly when: 'always' | ApprovalRule<unknown>;
  readonly reason?: string;
  readonly approvals: number;
  readonly stages: readonly ApprovalStage[];
  /** The tool itself asks for signatures, whatever the worker does. */
  readonly signed: boolean;
  readonly amount?: (args: unknown) => number;
  readonly unit?: string;
}

/** Of a role: part of a search attribute's value. */
export const ROLE_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const MAX_ROLES = 20;

const MAX_APPROVALS = 10;
const MAX_STAGES = 10;
const MAX_REMINDERS = 10;
const MAX_REASON = 500;
const MAX_UNIT = 20;
/** A timer of less is over before anybody could be told; one of more outlives whoever would have to decide. */
const MIN_DEADLINE_MS = 1_000;
const MAX_DEADLINE_MS = 365 * 86_400_000;

const STAGE_FIELDS = ['roles', 'deadline', 'atDeadline', 'reminders'] as const;
const FIELDS = ['when', 'reason', 'approvals', 'signed', 'escalate', 'amount', 'unit', ...STAGE_FIELDS] as const;
const AT_DEADLINE: readonly AtDeadline[] = ['reject', 'approve', 'escalate'];

/**
 * @param here names the tool in the error.
 * @returns undefined where no call ever needs approval.
 * @throws TypeError that names the field.
 */
export function approvalOf(given: unknown, here: string): ToolApproval | undefined {
  if (given === undefined || given === 'never') return undefined;
  if (given === 'always' || typeof given === 'function') return fromPolicy({ when: given }, here);
  if (isPlainObject(given)) return fromPolicy(given, here);
  throw new TypeError(
    `${here}: approval must be "never", "always", a function of the arguments and the context, or { when, … }, got ${wordsFor(given)}`,
  );
}

function fromPolicy(given: Record<string, unknown>, here: string): ToolApproval {
  const fail = (problem: string): never => {
    throw new TypeError(`${here}: ${problem}`);
  };
  const unknown = unknownField(given, 'approval', FIELDS);
  if (unknown !== null) return fail(unknown);
  const { when, approvals = 1, signed, escalate = [], amount, unit, reason } = given;
  if (when !== 'always' && typeof when !== 'function') {
    return fail(`approval.when must be "always" or a function of the arguments and the context, got ${wordsFor(when)}`);
  }
  if (typeof approvals !== 'number' || !Number.isInteger(approvals) || approvals < 1 || approvals > MAX_APPROVALS) {
    return fail(`approval.approvals must be a whole number of 1 to ${MAX_APPROVALS}, got ${wordsFor(approvals)}`);
  }
  if (signed !== undefined && typeof signed !== 'boolean')
    return fail(`approval.signed must be true or false, got ${wordsFor(signed)}`);
  if (amount !== undefined && typeof amount !== 'function')
    return fail(`approval.amount must be a function of the arguments that returns a number, got ${wordsFor(amount)}`);
  if (unit !== undefined && amount === undefined)
    return fail('approval.unit is the unit of approval.amount, which is missing');
  checkText(unit, `${here}: approval.unit`, MAX_UNIT);
  checkText(reason, `${here}: approval.reason`, MAX_REASON);
  if (!Array.isArray(escalate) || escalate.length >= MAX_STAGES)
    return fail(
      `approval.escalate must be a list of at most ${MAX_STAGES - 1} further stages, got ${wordsFor(escalate)}`,
    );

  const further: readonly unknown[] = escalate;
  const places = ['approval', ...further.map((_, index) => `approval.escalate[${index}]`)];
  const stages = [given, ...further].map((stage, index) =>
    stageOf(stage, `${here}: ${places[index]}`, { isFirst: index === 0, isLast: index === further.length }),
  );
  const withRoles = places[stages.findIndex(({ roles }) => roles !== undefined)];
  if (withRoles !== undefined && signed === false)
    return fail(
      `${withRoles}.roles needs signed decisions, and approval.signed is false: a role that somebody only claims is none`,
    );
  const needsSignature = signed === true || withRoles !== undefined;
  const byItself = places[stages.findIndex(({ atDeadline }) => atDeadline === 'approve')];
  if (needsSignature && byItself !== undefined)
    return fail(
      `${byItself}.atDeadline is "approve", which nobody signs: with signed decisions or roles it must be "reject" or "escalate"`,
    );
  return {
    when: when as ToolApproval['when'],
    ...(reason === undefined ? {} : { reason: reason as string }),
    approvals,
    stages,
    signed: needsSignature,
    ...(amount === undefined ? {} : { amount: amount as ToolApproval['amount'] }),
    ...(unit === undefined ? {} : { unit: unit as string }),
  };
}

function stageOf(
  given: unknown,
  place: string,
  { isFirst, isLast }: { readonly isFirst: boolean; readonly isLast: boolean },
): ApprovalStage {
  const fail = (problem: string): never => {
    throw new TypeError(problem);
  };
  if (!isPlainObject(given))
    return fail(`${place} must be { roles?, deadline?, atDeadline?, reminders? }, got ${wordsFor(given)}`);
  const unknown = isFirst ? null : unknownField(given, place, STAGE_FIELDS);
  if (unknown !== null) return fail(unknown);
  const { roles, deadline, atDeadline = isLast ? 'reject' : 'escalate', reminders = [] } = given;
  const who = roles === undefined ? {} : { roles: rolesOf(roles, `${place}.roles`) };
  if (deadline === undefined) {
    if (!isLast) return fail(`${place}.deadline is missing: without one the stage after it is never asked`);
    const dangling = ['atDeadline', 'reminders'].find((field) => given[field] !== undefined);
    return dangling === undefined ? who : fail(`${place}.${dangling} needs a deadline beside it`);
  }
  const deadlineMs = toMs(deadline as Duration, `${place}.deadline`);
  if (deadlineMs < MIN_DEADLINE_MS || deadlineMs > MAX_DEADLINE_MS)
    return fail(`${place}.deadline must be 1 second to 1 year, got ${deadlineMs} ms`);
  if (!AT_DEADLINE.some((known) => known === atDeadline))
    return fail(`${place}.atDeadline must be one of ${AT_DEADLINE.join(', ')}, got ${wordsFor(atDeadline)}`);
  if (isLast && atDeadline === 'escalate')
    return fail(`${place}.atDeadline is "escalate", and there is no further stage in approval.escalate`);
  if (!isLast && atDeadline !== 'escalate')
    return fail(
      `${place}.atDeadline is ${JSON.stringify(atDeadline)}, so the stage after it is never asked; leave it out, or remove that stage`,
    );
  const remindMs = remindersOf(reminders, deadlineMs, `${place}.reminders`);
  return {
    ...who,
    deadlineMs,
    atDeadline: atDeadline as AtDeadline,
    ...(remindMs.length > 0 ? { remindMs } : {}),
  };
}

function rolesOf(given: unknown, place: string): readonly string[] {
  const roles: readonly unknown[] = Array.isArray(given) ? given : [];
  if (roles.length < 1 || roles.length > MAX_ROLES)
    throw new TypeError(`${place} must be a list of 1 to ${MAX_ROLES} roles`);
  const strange = roles.find((role) => typeof role !== 'string' || !ROLE_PATTERN.test(role));
  if (strange !== undefined)
    throw new TypeError(`${place}: a role is 1 to 64 characters of A-Z a-z 0-9 _ -, got ${wordsFor(strange)}`);
  if (new Set(roles).size < roles.length) throw new TypeError(`${place} names a role twice`);
  return roles as readonly string[];
}

/** @returns ms from when the stage begins, ascending. */
function remindersOf(given: unknown, deadlineMs: number, place: string): readonly number[] {
  if (!Array.isArray(given) || given.length > MAX_REMINDERS)
    throw new TypeError(
      `${place} must be a list of at most ${MAX_REMINDERS} durations before the deadline, got ${wordsFor(given)}`,
    );
  const times = given.map((before: Duration, index) => {
    const ms = toMs(before, `${place}[${index}]`);
    if (ms >= deadlineMs)
      throw new TypeError(
        `${place}[${index}] is ${ms} ms before the deadline, which is only ${deadlineMs} ms after the stage begins`,
      );
    return deadlineMs - ms;
  });
  return [...new Set(times)].sort((one, other) => one - other);
}

function checkText(value: unknown, place: string, max: number): void {
  if (value === undefined) return;
  if (typeof value !== 'string' || value.trim() === '' || value.length > max)
    throw new TypeError(`${place} must be a text of 1 to ${max} characters, got ${wordsFor(value)}`);
}
