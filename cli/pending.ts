/** `holdfast pending`: what waits for a person in a session, and the commands that decide on it. */
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import type { LimitState, PendingItem } from '../client';
import { limitUnit, suggestedExtension } from '../workflows/contracts';
import { approvalLines, isApproval, wholeItems, type ApprovalItem } from './approval-lines';
import { commandName } from './command-name';
import { connectionArguments, wantsJson, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import { safeLine } from './terminal-text';
import { since, until } from './times';

export async function showPending(sessionText: string, flags: ConnectionFlags & OutputFlags, io: Io): Promise<number> {
  return withSession(sessionText, flags, io, async (session) => {
    const pending = await wholeItems(session, await session.pending());
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify(pending, null, 2));
      return 0;
    }
    if (pending.length === 0) writeLine(io.stderr, `nothing waits for a person in session ${session.id}`);
    const colours = pc.createColors(io.colour);
    for (const line of pendingLines(pending, session.id, flags, colours, io.env)) writeLine(io.stdout, line);
    return 0;
  });
}

interface How {
  /** A command on this session, up to its flags. */
  readonly commandOf: (act: string) => string;
  /** The connection flags that lead back to the same place. */
  readonly at: string;
  readonly colours: Colors;
  /** ms since the epoch. */
  readonly now: number;
}

/** What waits, as lines for a person, with the commands to type next. @param now ms since the epoch. */
export function pendingLines(
  pending: readonly PendingItem[],
  sessionId: string,
  flags: ConnectionFlags,
  colours: Colors,
  env: Io['env'],
  now = Date.now(),
): readonly string[] {
  const how: How = {
    commandOf: (act) => `${commandName(env)} ${act} ${safeLine(sessionId)}`,
    at: connectionArguments(flags),
    colours,
    now,
  };
  return pending.flatMap((item) => {
    if (isApproval(item))
      return [...approvalLines(item, colours, now), ...decisionLines(item, how, keyFlag(item, env))];
    // The line of a bound begins with its name already.
    const summary = item.limit ? item.summary.replace(`${item.limit.bound}: `, '') : item.summary;
    const what = item.kind === item.id ? item.kind : `${item.kind} ${safeLine(item.id)}`;
    const head = `${colours.yellow(what)} ${safeLine(summary)} ${colours.dim(`since ${since(item.since, now)}`)}`;
    if (item.limit) return [head, ...limitLines(item.limit, item, how)];
    if (item.call) return [head, ...unresolvedLines(item.call, how)];
    if (item.kind === 'paused') return [head, `  go on:                       ${how.commandOf('resume')}${how.at}`];
    if (item.kind === 'with_person') {
      return [
        head,
        `  speak to the user:           ${how.commandOf('say')} '…'${how.at}`,
        `  give it back to the agent:   ${how.commandOf('hand-back')}${how.at}`,
      ];
    }
    return [head, colours.dim(`  unblocked by the update ${safeLine(item.unblockedBy)}`)];
  });
}

/** Where a signature is asked for, and this machine names no key to make it with. */
function keyFlag({ approval }: ApprovalItem, env: Io['env']): string {
  return approval.terms.signed && !env.HOLDFAST_SIGNING_KEY ? ' --key key.json' : '';
}

/** The commands name the hash of what was shown, so that they decide on nothing else. */
function decisionLines({ id, approval }: ApprovalItem, { commandOf, at }: How, key: string): readonly string[] {
  const rest = `${safeLine(id)} --hash ${safeLine(approval.argsHash)}${key}`;
  return [
    `  approve:                     ${commandOf('approve')} ${rest}${at}`,
    `  reject:                      ${commandOf('reject')} ${rest} --reason '…'${at}`,
    `  run it with other arguments: ${commandOf('edit')} ${rest} --args '{…}'${at}`,
  ];
}

function unresolvedLines(call: NonNullable<PendingItem['call']>, { commandOf, at, colours }: How): readonly string[] {
  const { row } = call;
  const command = commandOf('resolve');
  const facts = [
    `turn ${call.turn}.${call.step}`,
    `ledger ${row.ledger}`,
    `key ${row.idempotencyKey}`,
    ...(row.businessKey === undefined ? [] : [`business key ${row.businessKey}`]),
    `${row.effect}`,
    `claimed ${times(row.attempts)}`,
    `failed ${times(row.bodyFailures)}`,
  ];
  const id = safeLine(call.callId);
  return [
    `  ${safeLine(call.message, 500)}`,
    // Most messages end with it.
    ...(row.lastError === undefined || call.message.includes(row.lastError)
      ? []
      : [`  last error: ${safeLine(row.lastError, 500)}`]),
    `  arguments: ${safeLine(JSON.stringify(call.args), 1_000)}`,
    colours.dim(`  ${safeLine(facts.join(', '), 1_000)}`),
    `  it happened:                 ${command} ${id} --applied '{}'${at}`,
    colours.dim("                               (in place of '{}' what the tool would have returned, as JSON)"),
    `  it did not, do it now:       ${command} ${id} --absent${at}`,
    `  nobody will find out:        ${command} ${id} --give-up${at}`,
  ];
}

/** How a bound that was met is extended, or the turn stopped instead. */
function limitLines(limit: LimitState, { until: due, child }: PendingItem, how: How): readonly string[] {
  const { commandOf, at, colours, now } = how;
  const bound = safeLine(limit.bound);
  const whose = child === undefined ? '' : ` --child ${safeLine(child)}`;
  const waits =
    due === undefined
      ? 'waits until somebody decides'
      : `waits until ${until(due, now)}, then the turn ends with what it has`;
  return [
    `  ${waits}`,
    `  go on, with more:            ${commandOf('extend')} ${bound} ${suggestedExtension(limit)}${whose}${at}`,
    colours.dim(`                               (in place of the number how many ${limitUnit(limit.bound)} are added)`),
    `  stop the turn:               ${commandOf('stop')}${at}`,
  ];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
