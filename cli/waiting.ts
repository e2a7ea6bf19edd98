/** `holdfast list --waiting`: what waits for whom over all sessions, oldest first. */
import Table from 'cli-table3';
import type { WaitingItem } from '../client';
import { splitCallId } from '../client/family';
import { whoMayDecide } from './approval-lines';
import { commandName } from './command-name';
import { connectionArguments, wantsJson, withClient } from './connection-flags';
import { writeLine, type Io } from './io';
import type { ListFlags } from './list';
import { UsageError } from './report-error';
import { PLAIN_TABLE, tableLines } from './table-style';
import { safeLine } from './terminal-text';
import { duration } from './times';

/** Sessions that are named of those that cannot be read. */
const MOST_NAMED = 5;
const NOT_WITH_WAITING = ['status', 'awaiting', 'outcome', 'minCost', 'open', 'closed'] as const;

/** @param limit most items shown. */
export async function showWaiting(flags: ListFlags, limit: number, io: Io): Promise<number> {
  const wrong = NOT_WITH_WAITING.find((name) => flags[name] !== undefined);
  if (wrong !== undefined) {
    const flag = wrong === 'minCost' ? 'min-cost' : wrong;
    throw new UsageError(`--waiting takes --agent, --tenant, --user and --role, not --${flag}`);
  }
  const { agent, tenant, user, role } = flags;
  return withClient(flags, async (client) => {
    const unread = new Map<string, string[]>();
    const asked = client.waiting({
      agent,
      tenant,
      user,
      role,
      limit,
      onUnreadable: (sessionId, { message }) => unread.set(message, [...(unread.get(message) ?? []), sessionId]),
      onMore: (looked) =>
        writeLine(
          io.stderr,
          `something waits in more than ${looked} sessions, and the newest ${looked} were looked at; --agent, --tenant, --user or --role make it fewer`,
        ),
    });
    const found = await asked.finally(() => {
      for (const [why, ids] of unread) writeLine(io.stderr, unreadLine(ids, why));
    });
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify(found, null, 2));
      return 0;
    }
    if (found.length === 0) {
      writeLine(io.stderr, `nothing waits for a person in the namespace ${client.namespace} at ${client.address}`);
      return 0;
    }
    for (const line of waitingLines(found, Date.now())) writeLine(io.stdout, line);
    if (found.length === limit) writeLine(io.stderr, `these are the oldest ${limit}; --limit takes another number`);
    writeLine(
      io.stderr,
      `${commandName(io.env)} pending <session>${connectionArguments(flags)} shows it whole, and how to decide`,
    );
    return 0;
  });
}

/** One for all of which the same is to be said, as where a worker of many is away. */
function unreadLine(ids: readonly string[], why: string): string {
  const named = safeLine(ids.slice(0, MOST_NAMED).join(', '), 1_100);
  const more = ids.length > MOST_NAMED ? ` and ${ids.length - MOST_NAMED} more` : '';
  return `something waits in session${ids.length === 1 ? '' : 's'} ${named}${more}, which cannot be read now: ${safeLine(why, 500)}`;
}

/** @param now ms since the epoch. */
export function waitingLines(found: readonly WaitingItem[], now: number): readonly string[] {
  const table = new Table({ ...PLAIN_TABLE, head: ['session', 'waits', 'who decides', 'since', 'until'] });
  for (const { sessionId, user, tenant, item } of found) {
    const of = [tenant, user].filter((name) => name !== undefined).join('/');
    table.push([
      safeLine(of === '' ? sessionId : `${sessionId} (${of})`, 100),
      safeLine(what(item).replace(/\s+/gu, ' '), 70),
      whoMayDecide(item),
      `${duration(now - item.since)} ago`,
      item.until === undefined ? '' : remaining(item.until - now),
    ]);
  }
  return tableLines(table);
}

function remaining(ms: number): string {
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}

function what({ kind, id, summary }: WaitingItem['item']): string {
  const { child, callId } = splitCallId(id);
  // The line of a bound begins with its name; a hold has no other name than its kind.
  if (kind === 'limit' || kind === callId) return `${kind} ${child === undefined ? '' : `${child}: `}${summary}`;
  return `${kind} ${id} ${summary}`;
}
