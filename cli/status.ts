/** `holdfast status`: where a session stands. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { DeadlineExceeded, NoWorker, type SessionEnd, type SessionStatus } from '../client';
import { limitStanding } from '../workflows/contracts';
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { usageLine } from './money';
import { pendingLines } from './pending';
import { stepLine } from './step-line';
import { PLAIN_TABLE, tableLines } from './table-style';
import { safeLine } from './terminal-text';

/** A worker that is there replays a closed session within this, ms; one that was killed just now is not waited for. */
const CLOSED_STATUS_TIMEOUT_MS = 5_000;

export async function showStatus(sessionId: string, flags: ConnectionFlags & OutputFlags, io: Io): Promise<number> {
  return withClient(flags, async (client) => {
    const session = client.session(sessionId);
    // How a session ended is known without any worker, so that none is waited for long.
    const end = await session.ended();
    let status: SessionStatus;
    try {
      status = await session.status(end ? { timeoutMs: CLOSED_STATUS_TIMEOUT_MS } : {});
    } catch (error) {
      if (!end || !(error instanceof NoWorker || error instanceof DeadlineExceeded)) throw error;
      writeEnd(sessionId, end, flags, io);
      return 0;
    }
    if (wantsJson(flags)) writeLine(io.stdout, JSON.stringify(status, null, 2));
    else {
      writeStatus(status, io);
      if (status.status === 'waiting_for_human') {
        const pending = await session.pending();
        for (const line of pendingLines(pending, sessionId, flags, pc.createColors(io.colour), io.env))
          writeLine(io.stdout, line);
      }
    }
    return 0;
  });
}

function writeEnd(sessionId: string, { result, ...how }: SessionEnd, flags: OutputFlags, io: Io): void {
  const text = `${sessionId} ended: ${how.status} (${safeLine(how.message ?? how.reason)}); the rest needs a worker`;
  writeLine(io.stdout, wantsJson(flags) ? JSON.stringify({ sessionId, ...how, ...result }, null, 2) : text);
}

function writeStatus(status: SessionStatus, io: Io): void {
  const colours = pc.createColors(io.colour);
  const table = new Table(PLAIN_TABLE);
  const why = status.reason === undefined ? '' : ` (${status.reason})`;
  const rows: readonly (readonly [string, string])[] = [
    ['session', status.sessionId],
    ['agent', `${status.agent} (${status.mode})`],
    ['status', `${status.status} since ${new Date(status.since).toISOString()}${why}`],
    ['turn', `${status.turn}, step ${status.step}${status.queued > 0 ? `, ${status.queued} queued` : ''}`],
    ['spent', usageLine(status.usage)],
    ['conversation', `${status.conversationLength} items`],
    // The first run is the whole session for most.
    ...((status.run ?? 1) > 1
      ? ([['run', `${status.run} (the earlier ones are under the same id in the Web UI)`]] as const)
      : []),
    ...(status.limits ?? []).map((limit) => [limit.bound, limitStanding(limit)] as const),
    ...(status.refused > 0 ? ([['refused', `${status.refused} messages`]] as const) : []),
  ];
  for (const [name, value] of rows) table.push([colours.dim(name), safeLine(value, 500)]);
  for (const line of tableLines(table)) writeLine(io.stdout, line);
  let turn: number | undefined;
  for (const record of status.recent) {
    if (record.turn !== turn) writeLine(io.stdout, colours.dim(`turn ${record.turn}`));
    turn = record.turn;
    writeLine(io.stdout, stepLine(record, colours));
  }
}
