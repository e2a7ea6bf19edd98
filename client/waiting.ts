/** What waits for people, over all sessions. */
import {
  AWAITING_SEARCH_ATTRIBUTE,
  STATUS_SEARCH_ATTRIBUTE,
  PENDING_QUERY,
  type PendingItem,
} from '../workflows/contracts';
import { DeadlineExceeded, HoldfastError, InvalidRequest, NoWorker, SessionClosed, SessionNotFound } from './errors';
import { listSessions, type SessionFilter, type SessionSummary } from './list-sessions';
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
  /** Told where something waits in more sessions than are looked at, which are the newest so many. */
  readonly onMore?: (looked: number) => void;
}

/** Something that waits for a person. */
export interface WaitingItem {
  readonly sessionId: string;
  readonly agent: string;
  readonly user?: string;
  readonly tenant?: string;
  readonly item: PendingItem;
}

/** Sessions are asked one by one, so many at a time of each task queue: those whose worker is away keep nobody else waiting. */
const ASKED_AT_ONCE = 8;
/** Longest wait for one of them, ms: a replay takes less, and a page is made of the answers. */
const SESSION_TIMEOUT_MS = 5_000;
/** The store knows no order by what waits, so all that wait are looked at; more than these are more than people can decide on. */
const MOST_SESSIONS = 1_000;

/** Sessions whose workers are the same. */
interface Queue {
  readonly left: SessionSummary[];
  answers: boolean;
  /** Sessions that nobody answered for. */
  unanswered: number;
}

/**
 * Reads what waits, oldest first. A session that closed meanwhile is left out.
 * @throws InvalidRequest; HoldfastError where no session could be read: of some that could not, `onUnreadable` is told.
 */
export async function findWaiting(service: Service, options: WaitingOptions): Promise<readonly WaitingItem[]> {
  const { agent, user, tenant, role, limit = 100, onUnreadable, onMore } = options;
  const deadline = Date.now() + (options.timeoutMs ?? CALL_TIMEOUT_MS);
  if (role !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(role))
    throw new InvalidRequest('role must be 1 to 64 characters of A-Z a-z 0-9 _ -');
  // The second for sessions that began before the first was there.
  const anything = `(${AWAITING_SEARCH_ATTRIBUTE} IS NOT NULL OR ${STATUS_SEARCH_ATTRIBUTE} = 'waiting_for_human')`;
  const awaiting = role === undefined ? undefined : `role:${role}`;
  const filter: SessionFilter = { agent, user, tenant, awaiting, open: true };
  const sessions = await listSessions(
    service,
    filter,
    MOST_SESSIONS + 1,
    deadline,
    role === undefined ? [anything] : [],
  );
  if (sessions.length > MOST_SESSIONS) onMore?.(MOST_SESSIONS);
  const found: WaitingItem[] = [];
  const failures: HoldfastError[] = [];
  let read = 0;
  const unreadable = ({ sessionId }: SessionSummary, error: HoldfastError): void => {
    failures.push(error);
    onUnreadable?.(sessionId, error);
  };
  const ask = async (queue: Queue): Promise<void> => {
    const { left } = queue;
    for (let session = left.shift(); session; session = left.shift()) {
      try {
        const until = Math.min(deadline, Date.now() + SESSION_TIMEOUT_MS);
        found.push(...(await itemsOf(service, session, role, until)));
        read += 1;
        queue.answers = true;
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        // Closed meanwhile.
        if (error instanceof SessionNotFound || error instanceof SessionClosed) continue;
        unreadable(session, error);
        const isAway = error instanceof NoWorker || error instanceof DeadlineExceeded;
        queue.unanswered += isAway ? 1 : 0;
        // Nobody is there: the others would keep everybody waiting for the same.
        if (queue.answers || queue.unanswered < ASKED_AT_ONCE) continue;
        for (const other of left.splice(0)) unreadable(other, error);
      }
    }
  };
  const queues = new Map<string, Queue>();
  for (const session of sessions.slice(0, MOST_SESSIONS)) {
    const queue = queues.get(session.taskQueue) ?? { left: [], answers: false, unanswered: 0 };
    queue.left.push(session);
    queues.set(session.taskQueue, queue);
  }
  await Promise.all([...queues.values()].flatMap((queue) => Array.from({ length: ASKED_AT_ONCE }, () => ask(queue))));
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
