/** `holdfast status`: where a session stands. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import { DeadlineExceeded, NoWorker, type Hold, type Session, type SessionEnd, type SessionStatus } from '../client';
import { limitStanding } from '../workflows/contracts';
import { childLines } from './child-lines';
import { wantsJson, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import { usageLine } from './money';
import { wholeItems } from './approval-lines';
import { pendingLines } from './pending';
import { stepLine } from './step-line';
import { PLAIN_TABLE, tableLines } from './table-style';
import { safeLine } from './terminal-text';
import { clockTime, since } from './times';

/** A worker that is there replays a closed session within this, ms; one that was killed just now is not waited for. */
const CLOSED_STATUS_TIMEOUT_MS = 5_000;
/** Of the refused acts: the last ones. */
const REFUSALS_SHOWN = 5;

export async function showStatus(sessionText: string, flags: ConnectionFlags & OutputFlags, io: Io): Promise<number> {
  return withSession(sessionText, flags, io, async (session) => {
    const standing = await readStanding(session, await session.ended());
    if (standing.kind === 'end') {
      writeEnd(session.id, standing.end, flags, io);
      return 0;
    }
    const { status } = standing;
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify(status, null, 2));
      return 0;
    }
    const colours = pc.createColors(io.colour);
    const lines = [...statusLines(status, colours), ...childLines(status, colours), ...stepLines(status, colours)];
    for (const line of lines) writeLine(io.stdout, line);
    if (status.status === 'waiting_for_human') {
      const pending = await wholeItems(session, await session.pending());
      for (const line of pendingLines(pending, session.id, flags, colours, io.env)) writeLine(io.stdout, line);
    }
    return 0;
  });
}

/** Where a session stands; of one that has ended, and whose worker is away, only how it did. */
export type Standing =
  { readonly kind: 'status'; readonly status: SessionStatus } | { readonly kind: 'end'; readonly end: SessionEnd };

/** @param end of the session, which is known without any worker, so that none is waited for long. @param timeoutMs for an open one; absent: 15 s. */
export async function readStanding(
  session: Session,
  end: SessionEnd | undefined,
  timeoutMs?: number,
): Promise<Standing> {
  try {
    return {
      kind: 'status',
      status: await session.status({ timeoutMs: end ? CLOSED_STATUS_TIMEOUT_MS : timeoutMs }),
    };
  } catch (error) {
    if (!end || !(error instanceof NoWorker || error instanceof DeadlineExceeded)) throw error;
    return { kind: 'end', end };
  }
}

export function writeEnd(sessionId: string, { result, ...how }: SessionEnd, flags: OutputFlags, io: Io): void {
  const text = `${sessionId} ended: ${how.status} (${safeLine(how.message ?? how.reason)}); the rest needs a worker`;
  writeLine(io.stdout, wantsJson(flags) ? JSON.stringify({ sessionId, ...how, ...result }, null, 2) : text);
}

/** Where it stands, what it spent, who holds it, what was refused. @param now ms since the epoch. */
export function statusLines(status: SessionStatus, colours: Colors, now = Date.now()): readonly string[] {
  const table = new Table(PLAIN_TABLE);
  const why = status.reason === undefined ? '' : ` (${status.reason})`;
  const { active, paused, person, standing = [], refusals = [] } = status;
  const held = ({ by, since: from, reason }: Hold) =>
    `by ${by}, since ${since(from, now)}${reason === undefined ? '' : `: ${reason}`}`;
  const rows: readonly (readonly [string, string])[] = [
    ['session', status.sessionId],
    ['agent', `${status.agent} (${status.mode})`],
    ...(active ? ([['is now with', `${active.agent} (${active.child})`]] as const) : []),
    ['status', `${status.status} since ${since(status.since, now)}${why}`],
    ...(paused ? ([['paused', held(paused)]] as const) : []),
    ...(person ? ([['taken over', held(person)]] as const) : []),
    ['turn', `${status.turn}, step ${status.step}${status.queued > 0 ? `, ${status.queued} queued` : ''}`],
    ['spent', usageLine(status.usage)],
    ['conversation', `${status.conversationLength} items`],
    // The first run is the whole session for most.
    ...((status.run ?? 1) > 1
      ? ([['run', `${status.run} (the earlier ones are under the same id in the Web UI)`]] as const)
      : []),
    ...(status.limits ?? []).map((limit) => [limit.bound, limitStanding(limit)] as const),
    ...standing.map(
      ({ tool, by, upTo, actId }) =>
        ['approved ahead', `${tool}${upTo === undefined ? '' : ` up to ${upTo}`}, by ${by} (${actId})`] as const,
    ),
    ...(status.refused > 0 ? ([['refused', `${status.refused} acts and messages`]] as const) : []),
    ...refusals
      .slice(-REFUSALS_SHOWN)
      .map(
        ({ at, message, act, by, problem }) =>
          ['', `${clockTime(at)} ${act ?? message}${by === undefined ? '' : ` by ${by}`}: ${problem}`] as const,
      ),
  ];
  for (const [name, value] of rows) table.push([colours.dim(name), safeLine(value, 500)]);
  return tableLines(table);
}

/** The last calls, by turn. */
export function stepLines({ recent }: SessionStatus, colours: Colors): readonly string[] {
  return recent.flatMap((record, index) => [
    ...(record.turn === recent[index - 1]?.turn ? [] : [colours.dim(`turn ${record.turn}`)]),
    stepLine(record, colours),
  ]);
}
