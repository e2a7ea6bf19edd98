/** `holdfast list`: the sessions of a namespace. */
import Table from 'cli-table3';
import type { SessionStatusName } from '../client';
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';
import { PLAIN_TABLE, tableLines } from './table-style';
import { safeLine } from './terminal-text';

export interface ListFlags extends ConnectionFlags, OutputFlags {
  readonly agent?: string;
  readonly status?: string;
  readonly limit?: string;
}

export async function listSessions(flags: ListFlags, io: Io): Promise<number> {
  const limit = Number(flags.limit ?? '50');
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new UsageError('--limit takes a number of 1 to 10000');
  return withClient(flags, async (client) => {
    const sessions = await client.listSessions({ agent: flags.agent, status: readStatus(flags.status), limit });
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify(sessions, null, 2));
      return 0;
    }
    if (sessions.length === 0) {
      writeLine(io.stderr, `no sessions in the namespace ${client.namespace} at ${client.address}`);
      return 0;
    }
    const table = new Table({ ...PLAIN_TABLE, head: ['session', 'agent', 'status', 'started'] });
    for (const { sessionId, agent, status, startedAt } of sessions) {
      table.push([safeLine(sessionId), safeLine(agent), safeLine(status), startedAt.toISOString()]);
    }
    for (const line of tableLines(table)) writeLine(io.stdout, line);
    return 0;
  });
}

const STATUSES: readonly SessionStatusName[] = [
  'running',
  'waiting_for_user',
  'waiting_for_human',
  'completed',
  'stopped',
  'cancelled',
  'failed',
];

function readStatus(text: string | undefined): SessionStatusName | undefined {
  if (text === undefined) return undefined;
  const status = STATUSES.find((name) => name === text);
  if (!status) throw new UsageError(`--status takes one of ${STATUSES.join(', ')}`);
  return status;
}
