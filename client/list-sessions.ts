/** Sessions as the server's visibility store knows them: the queries, and what is read of the answers. */
import type { WorkflowExecutionInfo } from '@temporalio/client';
import {
  AGENT_NAME_PATTERN,
  AGENT_SEARCH_ATTRIBUTE,
  AGENT_SESSION_WORKFLOW,
  AWAITING_SEARCH_ATTRIBUTE,
  COST_SEARCH_ATTRIBUTE,
  OUTCOME_SEARCH_ATTRIBUTE,
  SESSION_ID_PATTERN,
  STATUS_SEARCH_ATTRIBUTE,
  TENANT_SEARCH_ATTRIBUTE,
  TOKENS_SEARCH_ATTRIBUTE,
  USER_SEARCH_ATTRIBUTE,
  type SessionStatusName,
} from '../workflows/contracts';
import { InvalidRequest } from './errors';
import { splitChildId } from './family';
import { callService, type Service } from './service';
import type { CallOptions } from './session-people';

/** What the visibility store has of a session; it lags by up to a second or so. What is not registered, or not set, is absent. */
export interface SessionSummary {
  readonly sessionId: string;
  /** As the search attribute says; `?` where it is not registered. */
  readonly agent: string;
  readonly status: string;
  readonly user?: string;
  readonly tenant?: string;
  /** What waits, and for whom: `approval`, `unresolved`, `limit`, `paused`, `with_person`, `role:<name>`. */
  readonly awaiting?: readonly string[];
  /** How the last turn came out, or the session. */
  readonly outcome?: string;
  readonly costUsd?: number;
  /** Input and output. */
  readonly tokens?: number;
  /** Of its newest run: a long session goes on in a new one now and then. */
  readonly startedAt: Date;
  /** Absent while it is open. */
  readonly closedAt?: Date;
  /** Where its worker is. */
  readonly taskQueue: string;
}

export interface SessionFilter {
  readonly agent?: string;
  readonly status?: SessionStatusName;
  readonly user?: string;
  readonly tenant?: string;
  /** One of the values of `SessionSummary.awaiting`. */
  readonly awaiting?: string;
  readonly outcome?: string;
  /** Only those that cost at least so much. */
  readonly minCostUsd?: number;
  /** True: only those that are open; false: only those that ended. */
  readonly open?: boolean;
  /** Only those whose id begins so. */
  readonly idPrefix?: string;
  /** Only this one. */
  readonly sessionId?: string;
}

export interface ListOptions extends SessionFilter, CallOptions {
  /** Most sessions wanted; absent: 100. */
  readonly limit?: number;
}

/** Some of what the store finds is left out, such as children, and more pages cost more than larger ones. */
const LEAST_PAGE = 100;

/** First sessions alone: children are no sessions of their own. @param deadline ms since the epoch. @param terms further ones of the query, which are joined by `AND`. */
export async function listSessions(
  service: Service,
  filter: SessionFilter,
  limit: number,
  deadline: number,
  terms: readonly string[] = [],
): Promise<readonly SessionSummary[]> {
  const query = [...queryTerms(filter), ...terms].join(' AND ');
  return callService(service, { doing: 'listing sessions' }, deadline, async () => {
    // By id: the store lags behind, and may know two runs of a session as its newest for a moment.
    const found = new Map<string, SessionSummary>();
    const pageSize = Math.min(Math.max(limit, LEAST_PAGE), 1000);
    for await (const info of service.client.workflow.list({ query, pageSize })) {
      if (found.size >= limit) break;
      const summary = toSummary(info);
      if (!found.has(info.workflowId) && isWanted(summary, filter)) found.set(info.workflowId, summary);
    }
    return [...found.values()];
  });
}

/** The store may have found more than is wanted: children, for what `equals` asks, and where it takes `A` for `a` at the beginning of an id. */
function isWanted({ sessionId, user, tenant, outcome }: SessionSummary, filter: SessionFilter): boolean {
  return (
    splitChildId(sessionId) === undefined &&
    sessionId.startsWith(filter.idPrefix ?? '') &&
    (filter.user === undefined || filter.user === user) &&
    (filter.tenant === undefined || filter.tenant === tenant) &&
    (filter.outcome === undefined || filter.outcome === outcome)
  );
}

function toSummary(info: WorkflowExecutionInfo): SessionSummary {
  const attributes = new Map<string, unknown>(
    info.typedSearchAttributes.getAll().map((pair) => [pair.key.name, pair.value]),
  );
  const text = (name: string) => {
    const value = attributes.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const number = (name: string) => {
    const value = attributes.get(name);
    return typeof value === 'number' ? value : undefined;
  };
  const awaiting = attributes.get(AWAITING_SEARCH_ATTRIBUTE);
  return {
    sessionId: info.workflowId,
    agent: text(AGENT_SEARCH_ATTRIBUTE) ?? '?',
    status: text(STATUS_SEARCH_ATTRIBUTE) ?? info.status.name.toLowerCase(),
    user: text(USER_SEARCH_ATTRIBUTE),
    tenant: text(TENANT_SEARCH_ATTRIBUTE),
    awaiting: Array.isArray(awaiting) && awaiting.length > 0 ? awaiting.map(String) : undefined,
    outcome: text(OUTCOME_SEARCH_ATTRIBUTE),
    costUsd: number(COST_SEARCH_ATTRIBUTE),
    tokens: number(TOKENS_SEARCH_ATTRIBUTE),
    startedAt: info.startTime,
    closedAt: info.closeTime,
    taskQueue: info.taskQueue,
  };
}

/** What a session can have there: of a list the store can be asked only whether it holds a value as it is. */
const AWAITING_PATTERN = /^(?:[a-z_]{1,20}|role:[A-Za-z0-9_-]{1,64})$/;

/** @throws InvalidRequest for what cannot be asked for. */
function queryTerms(filter: SessionFilter): readonly string[] {
  const { agent, status, user, tenant, awaiting, outcome, minCostUsd, open, idPrefix, sessionId } = filter;
  if (agent !== undefined && !AGENT_NAME_PATTERN.test(agent)) {
    throw new InvalidRequest('agent must be a name of 1 to 64 characters of A-Z a-z 0-9 _ -');
  }
  if (status !== undefined && !/^[a-z_]+$/.test(status))
    throw new InvalidRequest('status must be the name of a session status');
  if (minCostUsd !== undefined && !(Number.isFinite(minCostUsd) && minCostUsd >= 0))
    throw new InvalidRequest('minCostUsd must be a number from 0');
  if (idPrefix !== undefined && !SESSION_ID_PATTERN.test(idPrefix))
    throw new InvalidRequest('the beginning of a session id must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ -');
  if (sessionId !== undefined && !SESSION_ID_PATTERN.test(sessionId))
    throw new InvalidRequest('a session id must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ -');
  if (awaiting !== undefined && !AWAITING_PATTERN.test(awaiting))
    throw new InvalidRequest('awaiting must be approval, unresolved, limit, paused, with_person or role:<name>');
  // Checked as a whole, since only a part of them may go into the query.
  for (const [name, value] of Object.entries({ user, tenant, outcome })) {
    if (value !== undefined) visibilityText(name, value);
  }
  const equal: readonly (readonly [string, string, string | undefined])[] = [
    ['agent', AGENT_SEARCH_ATTRIBUTE, agent],
    ['status', STATUS_SEARCH_ATTRIBUTE, status],
    ['user', USER_SEARCH_ATTRIBUTE, user],
    ['tenant', TENANT_SEARCH_ATTRIBUTE, tenant],
    ['awaiting', AWAITING_SEARCH_ATTRIBUTE, awaiting],
    ['outcome', OUTCOME_SEARCH_ATTRIBUTE, outcome],
  ];
  return [
    `WorkflowType = '${AGENT_SESSION_WORKFLOW}'`,
    // Runs that went on in another are not listed: a session is one line.
    "ExecutionStatus != 'ContinuedAsNew'",
    ...equal.flatMap(([name, attribute, value]) => (value === undefined ? [] : [equals(name, attribute, value)])),
    // Written out: an exponent is no number to the store.
    ...(minCostUsd === undefined ? [] : [`${COST_SEARCH_ATTRIBUTE} >= ${minCostUsd.toFixed(9)}`]),
    ...(open === undefined ? [] : [`ExecutionStatus ${open ? '=' : '!='} 'Running'`]),
    ...(sessionId === undefined ? [] : [`WorkflowId = ${visibilityText('the session id', sessionId)}`]),
    ...(idPrefix === undefined ? [] : [`WorkflowId STARTS_WITH ${visibilityText('the session id', idPrefix)}`]),
  ];
}

/**
 * A term for a value, or for more than it: stores differ in what they make of quotes and backslashes, so none goes into a query. @throws InvalidRequest
 */
function equals(name: string, attribute: string, value: string): string {
  const [plain = ''] = value.split(/[\\'"`]/, 1);
  if (plain === value) return `${attribute} = ${visibilityText(name, value)}`;
  return plain === '' ? `${attribute} IS NOT NULL` : `${attribute} STARTS_WITH ${visibilityText(name, plain)}`;
}

/**
 * A value in a visibility query. Whatever it holds, it stays one value.
 * @param name of the filter, for the refusal.
 * @throws InvalidRequest for what no session can have there.
 */
export function visibilityText(name: string, value: string): string {
  if (value.length === 0 || value.length > 500 || /\p{Cc}/u.test(value))
    throw new InvalidRequest(`${name} must be 1 to 500 characters without control characters`);
  return `'${value.replace(/[\\']/g, '\\$&')}'`;
}
