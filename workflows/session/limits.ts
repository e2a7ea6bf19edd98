/**
 * The bounds of a session: which are declared, what is left of each, and which one is met. Plain code; what is done about it is in
 * `before-step.ts`.
 */
import { isStillMet, limitLine } from '../contracts/limit-words';
import type { Bounds, LimitName, LimitState, OnLimit } from '../contracts/limits';
import type { ModelCallInput, ModelDecision, SessionPolicy } from '../contracts/model';
import type { Asking } from './bounding';
import type { SessionState } from './session-state';

/** Used until the first model call brings the agent's own. */
export const POLICY_BEFORE_FIRST_CALL: SessionPolicy = { steps: 10, repairs: 3, parallelCalls: 8 };

type Kind = keyof Bounds;
type Scope = 'call' | 'turn' | 'session' | 'family';
type Spent = 'tokens' | 'microUsd';

interface Bound {
  readonly name: LimitName;
  readonly scope: Scope;
  readonly kind: Kind;
}

const KINDS: readonly Kind[] = [
  'steps',
  'modelCalls',
  'tokens',
  'microUsd',
  'wallClockMs',
  'repairs',
  'toolFailures',
  'handoffs',
];
const FAMILY_KINDS = ['tokens', 'microUsd', 'modelCalls', 'wallClockMs'] as const;
const CALL_KINDS = ['tokens', 'microUsd', 'wallClockMs'] as const;

/** What a parent gave first, since no act here extends it; the session's before the turn's: where both are met, it is the one that stays met. */
const BOUNDS: readonly Bound[] = [
  ...FAMILY_KINDS.map((kind): Bound => ({ name: `family.${kind}`, scope: 'family', kind })),
  ...KINDS.map((kind): Bound => ({ name: `session.${kind}`, scope: 'session', kind })),
  ...KINDS.map((kind): Bound => ({ name: `turn.${kind}`, scope: 'turn', kind })),
  ...CALL_KINDS.map((kind): Bound => ({ name: `call.${kind}`, scope: 'call', kind })),
];

/**
 * True where the agent's policy was recorded by a version with limits, or the session has limits of its own; earlier versions knew only `steps` of
 * those. Without them a session obeys the rules that its history was made by: steps are followed by a last answer, too many repairs stop the turn, and
 * nobody is asked. Before the first answer of a model there is no policy, and the session's own limits are all that there is.
 */
export function hasLimits({ policy, input, slice }: SessionState): boolean {
  return (
    slice !== undefined ||
    policy?.limits !== undefined ||
    Object.keys(input.limits ?? {}).some((field) => field !== 'steps')
  );
}

/** Before the first model call nobody knows, and the session's own limits are all that there is. */
function obeysOldRules(state: SessionState): boolean {
  return state.policy !== undefined && !hasLimits(state);
}

/** What is done where a bound is met. */
export function onLimitOf({ input, policy }: SessionState): OnLimit {
  return input.limits?.onLimit ?? policy?.limits?.onLimit ?? 'stop';
}

/** How long a person is waited for, ms; undefined: for ever. */
export function askMsOf({ input, policy }: SessionState): number | undefined {
  return input.limits?.askMs ?? policy?.limits?.askMs;
}

/** Where each declared bound stands; those of detectors are left out, since they are more of a threshold than of a budget. */
export function limitStates(state: SessionState): readonly LimitState[] {
  if (obeysOldRules(state)) return [];
  return BOUNDS.flatMap((bound) => stateOf(state, bound) ?? []);
}

/** Where one bound stands, with what a person is asked about it; undefined: it is not declared. */
export function limitState(state: SessionState, name: LimitName): LimitState | undefined {
  if (obeysOldRules(state)) return undefined;
  const { asking } = state.bounding;
  const bound = BOUNDS.find((known) => known.name === name);
  const found = bound ? stateOf(state, bound) : detectorState(state, name);
  if (!found || asking?.bound !== name) return found;
  const { used, needed } = asking;
  return { ...found, used, ...(needed === undefined ? {} : { needed }) };
}

/** Bounds that can be extended, by name: none where the agent's policy knows of no limits. */
export function extendable(state: SessionState): readonly LimitName[] {
  if (obeysOldRules(state)) return [];
  const detectors = Object.keys(state.policy?.detectors ?? {}).map((name) => `detector.${name}` as LimitName);
  const bounds = limitStates(state).map(({ bound }) => bound);
  return [...bounds.filter((bound) => !isOfFamily(bound)), ...detectors];
}

/** True for a bound that a parent set: it alone can give more. */
export function isOfFamily(bound: LimitName): boolean {
  return bound.startsWith('family.');
}

/** What is left of a kind by all bounds of the turn and the session; undefined: it has none. */
export function leftOf(state: SessionState, kind: Kind): number | undefined {
  let least: number | undefined;
  for (const bound of BOUNDS) {
    if (bound.kind !== kind || bound.scope === 'call') continue;
    const found = stateOf(state, bound);
    if (found) least = Math.min(least ?? Infinity, Math.max(0, found.limit - found.used));
  }
  return least;
}

/** The bound of a kind that has the least left, of the turn, the session, or the parent's. */
export function boundOf(state: SessionState, kind: Kind): LimitState | undefined {
  let found: LimitState | undefined;
  for (const bound of BOUNDS) {
    const limit = bound.kind === kind && bound.scope !== 'call' ? stateOf(state, bound) : undefined;
    if (limit && (!found || limit.limit - limit.used < found.limit - found.used)) found = limit;
  }
  return found;
}

/** What a model call may use at most; undefined: no bound. */
export function allowance(state: SessionState): ModelCallInput['allowance'] {
  const tokens = tightest(state, 'tokens')?.left;
  const microUsd = tightest(state, 'microUsd')?.left;
  if (tokens === undefined && microUsd === undefined) return undefined;
  return { ...(tokens === undefined ? {} : { tokens }), ...(microUsd === undefined ? {} : { microUsd }) };
}

/** How long a model call may take with all its attempts, ms; undefined: no bound. */
export function timeLeft(state: SessionState): { readonly limit: LimitState; readonly left: number } | undefined {
  return tightest(state, 'wallClockMs');
}

/** The bound that keeps the next step from being made, if one does. Of `modelCalls` one is kept for the last answer. */
export function metBeforeStep(state: SessionState): LimitState | undefined {
  const { repairDue } = state.bounding;
  return find(state, ({ scope, kind }, limit) => {
    // Handoffs are counted where one is made: without another the turn may go on.
    if (scope === 'call' || kind === 'handoffs') return false;
    if (kind === 'repairs' && repairDue !== true) return false;
    return isStillMet(limit);
  });
}

/** True where the bounds let the model be asked for a last answer. */
export function mayAnswer(state: SessionState): boolean {
  const kinds: readonly Kind[] = ['modelCalls', 'tokens', 'microUsd', 'wallClockMs'];
  return !find(state, ({ kind }, { limit, used }) => kinds.includes(kind) && used >= limit);
}

/** The bound that a model call was not made for: the tightest of those that it would have been counted in. */
export function limitOf(state: SessionState, decision: Extract<ModelDecision, { kind: 'limit' }>): LimitState {
  const { bound, needed, left } = decision;
  const found = tightest(state, bound);
  if (bound === 'wallClockMs' && found) return outOfTime(found.limit);
  return { ...(found?.limit ?? { bound: `call.${bound}`, limit: left, used: 0 }), needed };
}

/**
 * A call that was given up since its time was over. That may be before `limit` is used up, where the rest was too short for another attempt: it needs more
 * than that.
 */
export function outOfTime(limit: LimitState): LimitState {
  if (limit.bound.startsWith('call.')) return { ...limit, used: limit.limit };
  return limit.used >= limit.limit ? limit : { ...limit, needed: limit.limit - limit.used + 1 };
}

/** True where `asked` with what people added by now lets the turn go on. */
export function isEnough(state: SessionState, asked: LimitState): boolean {
  const bound = BOUNDS.find(({ name }) => name === asked.bound);
  // A detector's may have been extended before it was met: that is in the limit that is asked about.
  if (!bound) return (detectorState(state, asked.bound)?.limit ?? Infinity) > asked.limit;
  const limit = limitOfBound(state, bound);
  return limit === undefined || !isStillMet({ ...asked, limit });
}

/** `turn.steps: 10 of 10 steps used`, and what the next call may need where that is known. */
export function limitWords(state: LimitState): string {
  const { bound, limit, used } = state;
  const kept = bound.endsWith('.modelCalls') && used === limit - 1 ? ', one is kept for the last answer' : '';
  return `${limitLine(state)}${kept}`;
}

/** For what a person is needed while a bound waits, in words. */
export function askingWords(asking: Asking): string {
  const { until } = asking;
  const late = until === undefined ? '' : `; after ${new Date(until).toISOString()} the turn ends without it`;
  return `the turn goes on once a person extends ${limitWords(asking)}${late}`;
}

/** The least that is left of `kind`, and of which bound. */
function tightest(
  state: SessionState,
  kind: Spent | 'wallClockMs',
): { readonly limit: LimitState; readonly left: number } | undefined {
  let found: { limit: LimitState; left: number } | undefined;
  for (const bound of BOUNDS) {
    const limit = bound.kind === kind ? stateOf(state, bound) : undefined;
    if (!limit) continue;
    const left = Math.max(0, limit.limit - limit.used);
    if (!found || left < found.left) found = { limit, left };
  }
  return found;
}

function find(state: SessionState, is: (bound: Bound, limit: LimitState) => boolean): LimitState | undefined {
  for (const bound of BOUNDS) {
    const limit = stateOf(state, bound);
    if (limit && is(bound, limit)) return limit;
  }
  return undefined;
}

function stateOf(state: SessionState, bound: Bound): LimitState | undefined {
  const limit = limitOfBound(state, bound);
  if (limit === undefined) return undefined;
  const { scope, kind } = bound;
  const used = scope === 'call' ? 0 : state.bounding[scope === 'family' ? 'session' : scope][kind];
  return { bound: bound.name, limit, used };
}

function limitOfBound(state: SessionState, { name, scope, kind }: Bound): number | undefined {
  const declared = declaredOf(state, scope, kind);
  return declared === undefined ? undefined : declared + (state.bounding.extended[name] ?? 0);
}

/** The session's own bound, else the agent's; of a family's what the parent gave. */
function declaredOf({ input, policy, slice }: SessionState, scope: Scope, kind: Kind): number | undefined {
  if (scope === 'family') return slice?.[kind as keyof typeof slice];
  const ours: Bounds | undefined = input.limits?.[scope];
  if (ours?.[kind] !== undefined) return ours[kind];
  if (scope === 'turn' && kind === 'steps') return input.limits?.steps ?? policy?.steps;
  if (scope === 'turn' && kind === 'repairs') return policy?.repairs;
  const agents: Bounds | undefined = policy?.limits?.[scope];
  return agents?.[kind];
}

function detectorState({ policy, bounding }: SessionState, bound: LimitName): LimitState | undefined {
  const found = Object.entries(policy?.detectors ?? {}).find(([name]) => bound === `detector.${name}`);
  if (!found) return undefined;
  const [name, { after }] = found;
  const used = Object.entries(bounding.noticed).find(([noticed]) => noticed === name)?.[1].count ?? 0;
  return { bound, limit: after + (bounding.extended[bound] ?? 0), used };
}
