/** What starts a session: the options a caller gives, checked, as the input and the options of the workflow. */
import type { WorkflowStartOptions } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes, type SearchAttributePair } from '@temporalio/common';
import {
  AGENT_SEARCH_ATTRIBUTE,
  checkSessionId,
  checkSessionInput,
  inertMarkdown,
  limitAmount,
  LIMIT_NAMES,
  SEARCH_ATTRIBUTES,
  STATUS_SEARCH_ATTRIBUTE,
  TENANT_SEARCH_ATTRIBUTE,
  USER_SEARCH_ATTRIBUTE,
  type Bounds,
  type ContinueAfter,
  type MessagePolicy,
  type SendRequest,
  type SessionInput,
  type SessionLimits,
  type SessionMode,
} from '../workflows/contracts';
import { InvalidRequest } from './errors';

/** What a session is started with. */
export interface SessionOptions {
  readonly agent: string;
  /** Longest life of the session is the namespace's; absent: `conversation`. */
  readonly mode?: SessionMode;
  readonly tenant?: string;
  readonly user?: string;
  /** Bounds of this session; an absent one is taken from the agent's definition. Whole numbers: micro-dollars, tokens, ms. */
  readonly limits?: SessionLimits;
  /** What becomes of a message that comes while a turn runs; absent: as the agent's definition says. */
  readonly messages?: MessagePolicy;
  /** When the session goes on in a new run; absent: as the server suggests it. Lower for servers with tighter limits than the default. */
  readonly continueAfter?: ContinueAfter;
}

/** What the connection adds to every session it starts. */
export interface StartDefaults {
  readonly taskQueue: string;
  /** Heartbeat timeout of model calls, ms; absent: the engine's own. */
  readonly heartbeatMs?: number;
  /** How soon a workflow task is taken from a worker that died with it, ms; absent: the server's default of 10 s. */
  readonly workflowTaskTimeoutMs?: number;
  /** The product's search attributes that are registered; absent: all. */
  readonly searchAttributes?: readonly string[];
}

export type SessionStart = WorkflowStartOptions<(input: SessionInput) => Promise<unknown>>;

/**
 * @throws InvalidRequest with the words of the check that the session itself makes.
 */
export function buildStart(
  sessionId: string,
  options: SessionOptions,
  defaults: StartDefaults,
  message?: SendRequest,
): SessionStart {
  const id = checkSessionId(sessionId);
  if (!id.ok) throw new InvalidRequest(id.problem);
  const { agent, mode, tenant, user, limits, messages, continueAfter } = options;
  const { heartbeatMs, searchAttributes = Object.keys(SEARCH_ATTRIBUTES) } = defaults;
  const input = checkSessionInput(
    dropAbsent({
      v: 1,
      agent,
      mode,
      tenant,
      user,
      limits,
      messages,
      continueAfter,
      message,
      heartbeatMs,
      searchAttributes,
    }),
  );
  if (!input.ok) throw new InvalidRequest(input.problem);
  return {
    workflowId: sessionId,
    taskQueue: defaults.taskQueue,
    args: [input.value],
    // Session ids are never used twice: a client that comes late must meet the end of its session, not a fresh one.
    workflowIdReusePolicy: 'REJECT_DUPLICATE',
    ...(defaults.workflowTaskTimeoutMs === undefined ? {} : { workflowTaskTimeout: defaults.workflowTaskTimeoutMs }),
    typedSearchAttributes: buildSearchAttributes(input.value),
    staticSummary: `${agent}${user === undefined ? '' : ` for ${inertMarkdown(user, 100)}`}`,
    staticDetails: buildDetails(input.value),
  };
}

function buildSearchAttributes(input: SessionInput): TypedSearchAttributes {
  const registered = input.searchAttributes ?? Object.keys(SEARCH_ATTRIBUTES);
  const values: readonly (readonly [string, string | undefined])[] = [
    [AGENT_SEARCH_ATTRIBUTE, input.agent],
    [STATUS_SEARCH_ATTRIBUTE, 'running'],
    [TENANT_SEARCH_ATTRIBUTE, input.tenant],
    [USER_SEARCH_ATTRIBUTE, input.user],
  ];
  const pairs: SearchAttributePair[] = [];
  for (const [name, value] of values) {
    if (value !== undefined && registered.includes(name)) {
      pairs.push({ key: defineSearchAttributeKey(name, 'KEYWORD'), value });
    }
  }
  return new TypedSearchAttributes(pairs);
}

/** Markdown for the Web UI: what stays true of the session for its whole life. */
function buildDetails(input: SessionInput): string {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['agent', input.agent],
    ['mode', input.mode ?? 'conversation'],
    ['tenant', input.tenant],
    ['user', input.user],
    ...limitRows(input.limits),
  ];
  return rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `- ${name}: ${inertMarkdown(value ?? '', 100)}`)
    .join('\n');
}

/** The bounds that the session was given; those of its agent may change while it is open, and stand in `status`. */
function limitRows(limits: SessionLimits = {}): readonly (readonly [string, string | undefined])[] {
  const { steps, turn, session, call, onLimit, askMs } = limits;
  const scopes: Readonly<Record<string, Bounds | undefined>> = { call, turn: { steps, ...turn }, session };
  const rows = LIMIT_NAMES.map((name) => {
    const [scope, bound] = name.split('.') as [string, keyof Bounds];
    const value = scopes[scope]?.[bound];
    return [`limit ${name}`, value === undefined ? undefined : limitAmount(name, value)] as const;
  });
  const wait = askMs === undefined ? '' : `, for at most ${limitAmount('turn.wallClockMs', askMs)}`;
  return [...rows, ['where a limit is met', onLimit && `${onLimit}${wait}`]];
}

function dropAbsent(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}
