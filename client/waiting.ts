/** What waits for people, over all sessions. */
import {
  AWAITING_SEARCH_ATTRIBUTE,
  STATUS_SEARCH_ATTRIBUTE,
  PENDING_QUERY,
  type PendingItem,
} from '../workflows/contracts';
import { HoldfastError, SessionClosed, SessionNotFound } from './errors';
import { listSessions, visibilityText, type SessionFilter, type SessionSummary } from './list-sessions';
import { querySession } from './query';
import { CALL_TIMEOUT_MS, type Service } from './service';
import type { CallOptions } from './session-people';

export interface WaitingOptions extends CallOptions, Pick<SessionFilter, 'agent' | 'user' | 'tenant'> {
  /** Only approvals that this role is asked for now. */
  readonly role?: string;
  /** Most items wanted, the oldest ones; absent: 100. */
  readonly limit?: number;
  /** Told of sessions of which something waits that cannot be read now, such as one whose worker is away. */
  readonly onUnreadable?: (sessionId: string, error: HoldfastError) => void;
}

/** Something that waits for a person. */
export interface WaitingItem {
  readonly sessionId: string;
  readonly agent: string;
  readonly user?: string;
  readonly tenant?: string;
  readonly item: PendingItem;
}

/** Sessions are asked one by one, so many at a time. */
const ASKED_AT_ONCE = 8;
/** The store knows no order by what waits, so all that wait are looked at; more than these are more than people can decide on. */
const MOST_SESSIONS = 1_000;

/**
 * Reads what waits, oldest first. A session that closed meanwhile is left out.
 * @throws HoldfastError where no session could be read; of some that could not, `onUnreadable` is told.
 */
export async function findWaiting(service: Service, options: WaitingOptions): Promise<readonly WaitingItem[]> {
  const { agent, user, tenant, role, limit = 100, onUnreadable } = options;
  const deadline = Date.now() + (options.timeoutMs ?? CALL_TIMEOUT_MS);
  const term =
    role === undefined
      ? // The second for sessions that began before the first was there.
        `(${AWAITING_SEARCH_ATTRIBUTE} IS NOT NULL OR ${STATUS_SEARCH_ATTRIBUTE} = 'waiting_for_human')`
      : `${AWAITING_SEARCH_ATTRIBUTE} = ${visibilityText('role', `role:${role}`)}`;
  const filter: SessionFilter = { agent, user, tenant, open: true };
  const left = [...(await listSessions(service, filter, MOST_SESSIONS, deadline, [term]))];
  const found: WaitingItem[] = [];
  const failures: HoldfastError[] = [];
  let read = 0;
  const ask = async (): Promise<void> => {
    for (let session = left.shift(); session; session = left.shift()) {
      try {
        found.push(...(await itemsOf(service, session, role, deadline)));
        read += 1;
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        // Closed meanwhile.
        if (error instanceof SessionNotFound || error instanceof SessionClosed) continue;
        failures.push(error);
        onUnreadable?.(session.sessionId, error);
      }
    }
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, ask));
  if (read === 0 && failures[0]) throw failures[0];
  return found.sort((a, b) => a.item.since - b.item.since || (a.sessionId < b.sessionId ? -1 : 1)).slice(0, limit);
}

async function itemsOf(
  service: Service,
  { sessionId, agent, user, tenant }: SessionSummary,
  role: string | undefined,
  deadline: number,
): Promise<readonly WaitingItem[]> {
  const items = await querySession<readonly PendingItem[]>(service, sessionId, {
    name: PENDING_QUERY,
    doing: 'reading what waits in',
    deadline,
  });
  return items
    .filter((item) => role === undefined || rolesAsked(item).includes(role))
    .map((item) => ({
      sessionId,
      agent,
      ...(user === undefined ? {} : { user }),
      ...(tenant === undefined ? {} : { tenant }),
      item,
    }));
}

/** Roles of which one must decide; none where anybody may. */
export function rolesAsked({ approval }: PendingItem): readonly string[] {
  return approval?.terms.stages[approval.stage]?.roles ?? [];
}
