/**
 * A call that waits for approval, as lines for a person. What would run comes first, whole, and as JSON, in which no text can pass for another line; what
 * others wrote besides comes after it and is short, so that it can hide nothing.
 */
import type { Colors } from 'picocolors/types';
import type { ApprovalStage, PendingApproval, PendingItem, Session } from '../client';
import { inertJson, isPlainObject } from '../workflows/contracts';
import { countedBlanks, safeLine } from './terminal-text';
import { since, until } from './times';

export type ApprovalItem = PendingItem & { readonly approval: PendingApproval };

export function isApproval(item: PendingItem): item is ApprovalItem {
  return item.approval !== undefined;
}

/** The same items, with all of the arguments where they were cut. An item that is gone by now stays as it was. */
export async function wholeItems(session: Session, items: readonly PendingItem[]): Promise<readonly PendingItem[]> {
  return Promise.all(items.map(async (item) => (isCut(item) ? ((await session.pendingCall(item.id)) ?? item) : item)));
}

function isCut({ approval }: PendingItem): boolean {
  return approval !== undefined && isPlainObject(approval.args) && '$cut' in approval.args;
}

/** Room for the arguments of one call: more would push their beginning, and the name of the tool, out of the window. */
const MOST_CHARS = 3_000;
const MOST_LINES = 60;
/** Of one argument, whatever the others take. */
const LEAST_CHARS = 120;
const LEAST_LINES = 4;
const MOST_ARGUMENTS = 20;

/**
 * Arguments as lines: JSON that stays what it is when it is copied, but for long runs of blanks, which are counted. Where they are too long for a window, each has
 * an equal part of it, so that none hides another, and what is cut says so.
 */
export function argumentLines(args: PendingApproval['args'], indent: string): readonly string[] {
  const whole = shownLines(args);
  if (whole.length <= MOST_LINES && lengthOf(whole) <= MOST_CHARS) return whole.map((line) => `${indent}${line}`);
  const entries = Object.entries(args);
  const shown = entries.slice(0, MOST_ARGUMENTS);
  const chars = Math.max(LEAST_CHARS, Math.floor(MOST_CHARS / shown.length));
  const lines = Math.max(LEAST_LINES, Math.floor(MOST_LINES / shown.length));
  const more = entries.length - shown.length;
  return [
    '{',
    ...shown.flatMap(([name, value]) => cutLines(shownLines({ [name]: value }).slice(1, -1), chars, lines)),
    ...(more > 0 ? [`  … (${more} more arguments)`] : []),
    '}',
    '(cut: `-o json` of `holdfast pending` has them whole)',
  ].map((line) => `${indent}${line}`);
}

function shownLines(args: PendingApproval['args']): readonly string[] {
  return inertJson(args, 2)
    .split('\n')
    .map((line) => {
      const text = line.trimStart();
      const lead = line.slice(0, line.length - text.length);
      return `${lead}${countedBlanks(text)}`;
    });
}

function cutLines(all: readonly string[], chars: number, lines: number): readonly string[] {
  const shown: string[] = [];
  let left = chars;
  for (const line of all.slice(0, lines)) {
    shown.push(line.slice(0, left).replace(/\p{Surrogate}$/u, ''));
    left -= line.length;
    if (left <= 0) break;
  }
  const cut = shown.length < all.length || left < 0;
  return cut ? [...shown, `  … (cut here: ${lengthOf(all)} characters)`] : shown;
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, { length }) => sum + length, 0);
}

/** @param now ms since the epoch. */
export function approvalLines(item: ApprovalItem, colours: Colors, now: number): readonly string[] {
  const { approval, until: due } = item;
  const { terms, stage, approvedBy } = approval;
  const asked = terms.stages[stage];
  const edited = approval.editedBy === undefined ? '' : `, as ${safeLine(approval.editedBy)} edited it`;
  return [
    `${colours.yellow(`approval ${safeLine(item.id)}`)} ${colours.bold(safeLine(approval.tool))} ${colours.dim(`waits since ${since(item.since, now)}`)}`,
    `  would run (${approval.effect}, turn ${approval.turn}.${approval.step}${edited}):`,
    ...argumentLines(approval.args, '    '),
    colours.dim(`  hash ${safeLine(approval.argsHash)}`),
    ...(terms.amount === undefined ? [] : [`  about ${terms.amount.value} ${safeLine(terms.amount.unit ?? '', 40)}`]),
    `  asked: ${whoMayDecide(item)}${approvalsLeft(terms.approvals, approvedBy)}`,
    ...(due === undefined ? [] : [`  until ${until(due, now)}, then ${atDeadline(asked, terms.stages[stage + 1])}`]),
    `  because: ${safeLine(terms.reason, 500)}`,
  ];
}

/** Who may decide on what waits, in words. */
export function whoMayDecide({ kind, approval, by }: PendingItem): string {
  if (kind === 'paused' || kind === 'with_person') return by === undefined ? 'whoever holds it' : safeLine(by, 100);
  if (!approval) return 'anybody';
  const roles = approval.terms.stages[approval.stage]?.roles;
  const signed = approval.terms.signed ? ', signed' : '';
  const who = roles
    ? `${roles.length === 1 ? 'role' : 'roles'} ${safeLine(roles.join(', '), 200)}`
    : 'anybody but the user';
  return `${who}${signed}`;
}

function approvalsLeft(needed: number, approvedBy: PendingApproval['approvedBy']): string {
  if (needed === 1 && approvedBy.length === 0) return '';
  const names = approvedBy.length === 0 ? 'nobody yet' : safeLine(approvedBy.map(({ by }) => by).join(', '), 300);
  return `; ${approvedBy.length} of ${needed} approved: ${names}`;
}

function atDeadline(stage: ApprovalStage | undefined, next: ApprovalStage | undefined): string {
  switch (stage?.atDeadline) {
    case 'approve':
      return 'it runs';
    case 'escalate':
      return next?.roles ? `${safeLine(next.roles.join(', '), 200)} are asked` : 'others are asked';
    case 'reject':
    case undefined:
      return 'it is rejected';
  }
}
