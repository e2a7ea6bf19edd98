/** What a session is found by, as values of its search attributes. Plain code. Nothing of these is encrypted by a codec: names and numbers only, never what anybody wrote. */
import {
  AGENT_SEARCH_ATTRIBUTE,
  AWAITING_SEARCH_ATTRIBUTE,
  COST_SEARCH_ATTRIBUTE,
  OUTCOME_SEARCH_ATTRIBUTE,
  STATUS_SEARCH_ATTRIBUTE,
  STEPS_SEARCH_ATTRIBUTE,
  TENANT_SEARCH_ATTRIBUTE,
  TOKENS_SEARCH_ATTRIBUTE,
  USER_SEARCH_ATTRIBUTE,
  type SEARCH_ATTRIBUTES,
} from '../contracts/names';
import { utf8Length } from '../contracts/json';
import { familyPending } from './family-pending';
import { askingOf } from './held-up';
import { askedCalls, termsOf } from './running-step';
import type { SessionState } from './session-state';

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;
export type SearchValue = string | number | readonly string[];

/** Roles that are named at once: an attribute has a bound, and a person with any of them finds the session by `approval`. */
const MOST_ROLES = 20;

/** Temporal ends a session that gives an attribute a longer value, UTF-8 bytes of its JSON; names of ours are far shorter. */
const MOST_BYTES = 2_000;
/** Of a failure's type, which may be anybody's word. */
const MOST_OUTCOME = 200;

/**
 * Those that the first version had. A session that was started without a list of its attributes has a history in which only these make an upsert; the
 * others come along with it.
 */
export const FIRST_SEARCH_ATTRIBUTES: readonly SearchAttributeName[] = [
  STATUS_SEARCH_ATTRIBUTE,
  COST_SEARCH_ATTRIBUTE,
  AGENT_SEARCH_ATTRIBUTE,
  TENANT_SEARCH_ATTRIBUTE,
];

/**
 * @returns the value of each: `null` for none at all, absent where the one that is shown is left as it is. Numbers, and what never changes, are not
 * published while a turn runs, so that a turn costs two upserts at most.
 */
export function searchValues(
  state: SessionState,
): readonly (readonly [SearchAttributeName, SearchValue | null | undefined])[] {
  const { status, usage, input } = state;
  const running = status === 'running';
  const atRest = <T>(value: T): T | undefined => (running ? undefined : value);
  const outcome = (state.ending?.reason ?? state.lastOutcome)?.slice(0, MOST_OUTCOME);
  return [
    [STATUS_SEARCH_ATTRIBUTE, status],
    [COST_SEARCH_ATTRIBUTE, atRest(usage.microUsd / 1e6)],
    [AGENT_SEARCH_ATTRIBUTE, atRest(input.agent)],
    [TENANT_SEARCH_ATTRIBUTE, atRest(input.tenant)],
    [AWAITING_SEARCH_ATTRIBUTE, awaiting(state)],
    [USER_SEARCH_ATTRIBUTE, atRest(input.user)],
    [TOKENS_SEARCH_ATTRIBUTE, atRest(usage.inputTokens + usage.outputTokens)],
    [STEPS_SEARCH_ATTRIBUTE, atRest(usage.modelCalls)],
    [OUTCOME_SEARCH_ATTRIBUTE, atRest(outcome)],
  ];
}

/** What waits and for whom, sorted, each once; `null` where nothing does, or the session is over. */
function awaiting(state: SessionState): readonly string[] | null {
  if (state.status !== 'running' && state.status !== 'waiting_for_human' && state.status !== 'waiting_for_user')
    return null;
  const asked = askedCalls(state.runningStep);
  const inChildren = familyPending(state);
  const waits = (kind: string) => inChildren.some((item) => item.kind === kind);
  const roles = new Set([
    ...asked.flatMap(({ call, approving }) => termsOf(call, approving).stages[approving.stage]?.roles ?? []),
    ...inChildren.flatMap(({ approval }) => (approval ? (approval.terms.stages[approval.stage]?.roles ?? []) : [])),
  ]);
  const kinds = [
    ...(asked.length > 0 || waits('approval') ? ['approval'] : []),
    ...(state.unresolved.size > 0 || waits('unresolved') ? ['unresolved'] : []),
    ...(askingOf(state) || waits('limit') ? ['limit'] : []),
    ...(state.paused ? ['paused'] : []),
    ...(state.person ? ['with_person'] : []),
    ...[...roles]
      .sort()
      .slice(0, MOST_ROLES)
      .map((role) => `role:${role}`),
  ];
  return kinds.length === 0 ? null : fitting(kinds.sort());
}

/** Those for which there is room: a role may be named by a child of another version, or by a report that somebody made up. */
function fitting(values: readonly string[]): readonly string[] {
  let left = MOST_BYTES;
  return values.filter((value) => {
    const bytes = utf8Length(JSON.stringify(value)) + 1;
    if (bytes > left) return false;
    left -= bytes;
    return true;
  });
}
