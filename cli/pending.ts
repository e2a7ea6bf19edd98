/** `holdfast pending`: what waits for a person in a session, and the commands that decide on it. */
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import type { LimitState, PendingItem } from '../client';
import { limitUnit, suggestedExtension } from '../workflows/contracts';
import { commandName } from './command-name';
import { connectionArguments, wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { safeLine } from './terminal-text';

export async function showPending(sessionId: string, flags: ConnectionFlags & OutputFlags, io: Io): Promise<number> {
  return withClient(flags, async (client) => {
    const pending = await client.session(sessionId).pending();
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify(pending, null, 2));
      return 0;
    }
    if (pending.length === 0) writeLine(io.stderr, `nothing waits for a person in session ${sessionId}`);
    const colours = pc.createColors(io.colour);
    for (const line of pendingLines(pending, sessionId, flags, colours, io.env)) writeLine(io.stdout, line);
    return 0;
  });
}

/** What waits, as lines for a person, with the commands to type next. */
export function pendingLines(
  pending: readonly PendingItem[],
  sessionId: string,
  flags: ConnectionFlags,
  colours: Colors,
  env: Io['env'],
): readonly string[] {
  const commandOf = (act: string) => `${commandName(env)} ${act} ${safeLine(sessionId)}`;
  const command = commandOf('resolve');
  const at = connectionArguments(flags);
  return pending.flatMap((item) => {
    const since = new Date(item.since).toISOString();
    // The line of a bound begins with its name already.
    const summary = item.limit ? item.summary.replace(`${item.id}: `, '') : item.summary;
    const head = `${colours.yellow(`${item.kind} ${safeLine(item.id)}`)} ${safeLine(summary)} ${colours.dim(`since ${since}`)}`;
    const { call, limit, until } = item;
    if (limit) return [head, ...limitLines(limit, until, { commandOf, at, colours })];
    if (!call) return [head, colours.dim(`  unblocked by the update ${safeLine(item.unblockedBy)}`)];
    const { row } = call;
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
      head,
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
  });
}

/** How a bound that was met is extended, or the turn stopped instead. */
function limitLines(
  limit: LimitState,
  until: number | undefined,
  how: { readonly commandOf: (act: string) => string; readonly at: string; readonly colours: Colors },
): readonly string[] {
  const { commandOf, at, colours } = how;
  const bound = safeLine(limit.bound);
  const waits =
    until === undefined
      ? 'waits until somebody decides'
      : `waits until ${new Date(until).toISOString()}, then the turn ends with what it has`;
  return [
    `  ${waits}`,
    `  go on, with more:            ${commandOf('extend')} ${bound} ${suggestedExtension(limit)}${at}`,
    colours.dim(`                               (in place of the number how many ${limitUnit(limit.bound)} are added)`),
    `  stop the turn:               ${commandOf('stop')}${at}`,
  ];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
