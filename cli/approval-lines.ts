/**
 * A call that waits for approval, as lines for a person. What would run comes first, whole, and as JSON, in which no text can pass for another line; what
 * others wrote besides comes after it and is short, so that it can hide nothing.
 */
import type { Colors } from 'picocolors/types';
import type { ApprovalStage, PendingApproval, PendingItem, Session } from '../client';
import { inertJson, isPlainObject } from '../workflows/contracts';
import { safeLine } from './terminal-text';
import { since, until } from './times';

export type ApprovalItem = PendingItem & { readonly approval: PendingApproval };

/** Of blanks in a row: more could push what follows out of sight. */
const MANY_BLANKS = /[\p{Zs}\u2800\u3164\uffa0]{12,}/gu;

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

/** Arguments as lines: all of them, as JSON that stays what it is when it is copied, but for long runs of blanks, which are counted. */
export function argumentLines(args: PendingApproval['args'], indent: string): readonly string[] {
  return inertJson(args, 2)
    .split('\n')
    .map((line) => {
      const text = line.trimStart();
      const lead = line.slice(0, line.length - text.length);
      return `${indent}${lead}${text.replace(MANY_BLANKS, (blanks) => `<${blanks.length} blanks>`)}`;
    });
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
