/** `holdfast list`: the sessions of a namespace, or what waits in them for people. */
import Table from 'cli-table3';
import type { SessionClient, SessionFilter, SessionStatusName, SessionSummary } from '../client';
import { dollars } from '../workflows/contracts';
import { wantsJson, withClient, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { writeLine, type Io } from './io';
import { UsageError } from './report-error';
import { PLAIN_TABLE, tableLines } from './table-style';
import { safeLine } from './terminal-text';
import { since } from './times';
import { showWaiting } from './waiting';

export interface ListFlags extends ConnectionFlags, OutputFlags {
  readonly agent?: string;
  readonly status?: string;
  readonly user?: string;
  readonly tenant?: string;
  readonly awaiting?: string;
  readonly outcome?: string;
  /** Dollars. */
  readonly minCost?: string;
  readonly open?: boolean;
  readonly closed?: boolean;
  readonly limit?: string;
  /** What waits, over all sessions, instead of the sessions. */
  readonly waiting?: boolean;
  /** With `waiting`. */
  readonly role?: string;
}

export async function listSessions(flags: ListFlags, io: Io): Promise<number> {
  const limit = Number(flags.limit ?? '50');
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw new UsageError('--limit takes a number of 1 to 10000');
  if (flags.waiting) return showWaiting(flags, limit, io);
  if (flags.role !== undefined) throw new UsageError('--role goes with --waiting');
  const filter = readFilter(flags);
  return withClient(flags, async (client) => {
    const sessions = await client.listSessions({ ...filter, limit });
    if (wantsJson(flags)) writeLine(io.stdout, JSON.stringify(sessions, null, 2));
    else writeTable(sessions, client, io);
    return 0;
  });
}

/** A column that all sessions have nothing for is left out. */
const COLUMNS: readonly (readonly [string, (session: SessionSummary) => string | undefined])[] = [
  ['session', ({ sessionId }) => sessionId],
  ['agent', ({ agent }) => agent],
  ['status', ({ status }) => status],
  ['started', ({ startedAt }) => since(startedAt.getTime(), Date.now())],
  ['tenant', ({ tenant }) => tenant],
  ['user', ({ user }) => user],
  ['waits for', ({ awaiting }) => awaiting?.join(' ')],
  ['outcome', ({ outcome }) => outcome],
  ['cost', ({ costUsd }) => (costUsd === undefined ? undefined : dollars(costUsd * 1_000_000))],
];

function writeTable(sessions: readonly SessionSummary[], client: SessionClient, io: Io): void {
  if (sessions.length === 0) {
    writeLine(io.stderr, `no sessions in the namespace ${client.namespace} at ${client.address}`);
    return;
  }
  const columns = COLUMNS.filter(([, read]) => sessions.some((session) => read(session) !== undefined));
  const table = new Table({ ...PLAIN_TABLE, head: columns.map(([name]) => name) });
  for (const session of sessions) table.push(columns.map(([, read]) => safeLine(read(session) ?? '')));
  for (const line of tableLines(table)) writeLine(io.stdout, line);
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

function readFilter(flags: ListFlags): SessionFilter {
  const { agent, user, tenant, awaiting, outcome, open, closed } = flags;
  if (open && closed) throw new UsageError('say one of: --open, --closed');
  return {
    agent,
    user,
    tenant,
    awaiting,
    outcome,
    status: readStatus(flags.status),
    minCostUsd: readCost(flags.minCost),
    ...(open || closed ? { open: open === true } : {}),
  };
}

function readStatus(text: string | undefined): SessionStatusName | undefined {
  if (text === undefined) return undefined;
  const status = STATUSES.find((name) => name === text);
  if (!status) throw new UsageError(`--status takes one of ${STATUSES.join(', ')}`);
  return status;
}

function readCost(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\$?\d+(\.\d+)?$/.test(text)) throw new UsageError("--min-cost takes dollars, e.g. 0.5 or '$2'");
  return Number(text.replace('$', ''));
}
