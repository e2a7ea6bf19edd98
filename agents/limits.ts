/** What an agent may declare of limits, brought into the form that the policy carries. */
import { limitsProblem } from '../workflows/contracts/check-limits';
import { isPlainObject } from '../workflows/contracts/json';
import type { Bounds, CallBounds, Limits, OnLimit } from '../workflows/contracts/limits';
import type { SessionPolicy } from '../workflows/contracts/model';
import { toMs, type Duration } from './duration';
import { DEFAULT_ASK_MS, HANDOFF_LIMITS, SESSION_POLICY_DEFAULTS } from './policies';

type WithDuration<B extends { readonly wallClockMs?: number }> = Omit<B, 'wallClockMs'> & {
  /** Time at work; waiting for the user or for a person does not count. */
  readonly wallClock?: Duration;
};

/** Bounds per model call, per turn and for the whole session. Money in micro-dollars: 500_000 is $0.50. */
export interface AgentLimits {
  /** Model calls that may ask for tools, per turn; another name of `turn.steps`. Default 10. */
  readonly steps?: number;
  /** Answers that had to be sent back because they could not be used, per turn; another name of `turn.repairs`. Default 3. */
  readonly repairs?: number;
  /** Tool calls of one step that may run at once. Default 8. */
  readonly parallelCalls?: number;
  /** One model call, all its attempts together. */
  readonly call?: WithDuration<CallBounds>;
  readonly turn?: WithDuration<Bounds>;
  readonly session?: WithDuration<Bounds>;
  /** Where a bound is met: `ask` waits for a person who extends it, `stop` ends the turn with what it has. Default `ask`. */
  readonly onLimit?: OnLimit;
  /** With `ask`: how long a person is waited for, before it is as with `stop`. Default 24 h. */
  readonly askFor?: Duration;
}

/** The parts of a policy that come from limits. */
export type LimitPolicy = Pick<SessionPolicy, 'steps' | 'repairs' | 'parallelCalls'> & { readonly limits: Limits };

const WORDS = {
  more: { repairs: { from: 0, to: 100 }, parallelCalls: { from: 1, to: 100 } },
  wallClock: 'wallClock',
  askFor: 'askFor',
} as const;

/**
 * @param given as the author wrote it.
 * @param here names the agent in the error.
 * @param handsOver the agent has handoffs, which are bounded then.
 * @throws TypeError with the place and the reason.
 */
export function limitPolicyOf(given: AgentLimits = {}, here: string, handsOver = false): LimitPolicy {
  const limits = inMs(given, here);
  const problem = limitsProblem(limits, 'limits', WORDS);
  if (problem !== null) throw new TypeError(`${here}: ${problem}`);
  const declared = handsOver ? withHandoffs(limits as InMs) : (limits as InMs);
  const { steps, repairs, parallelCalls, call, turn = {}, session, onLimit = 'ask', askFor } = declared;
  const { steps: turnSteps, repairs: turnRepairs, ...furtherOfTurn } = boundsOf(turn);
  return {
    steps: steps ?? turnSteps ?? SESSION_POLICY_DEFAULTS.steps,
    repairs: repairs ?? turnRepairs ?? SESSION_POLICY_DEFAULTS.repairs,
    parallelCalls: parallelCalls ?? SESSION_POLICY_DEFAULTS.parallelCalls,
    limits: {
      ...(holdsAny(call) ? { call: boundsOf(call) } : {}),
      ...(Object.keys(furtherOfTurn).length > 0 ? { turn: furtherOfTurn } : {}),
      ...(holdsAny(session) ? { session: boundsOf(session) } : {}),
      onLimit,
      ...(onLimit === 'ask' ? { askMs: askFor ?? DEFAULT_ASK_MS } : {}),
    },
  };
}

/** One that is declared moves the other, so that the turn's bound is never above the session's. */
function withHandoffs(limits: InMs): InMs {
  const { turn, session } = limits;
  const inTurn = turn?.handoffs ?? Math.min(HANDOFF_LIMITS.turn, session?.handoffs ?? Infinity);
  const inSession = session?.handoffs ?? Math.max(HANDOFF_LIMITS.session, inTurn);
  return { ...limits, turn: { ...turn, handoffs: inTurn }, session: { ...session, handoffs: inSession } };
}

/** The same fields with durations as ms, under the names that authors write. */
interface InMs extends Omit<AgentLimits, 'call' | 'turn' | 'session' | 'askFor'> {
  readonly call?: BoundsInMs;
  readonly turn?: BoundsInMs;
  readonly session?: BoundsInMs;
  readonly askFor?: number;
}

type BoundsInMs = Omit<Bounds, 'wallClockMs'> & { readonly wallClock?: number };

/** What is not of the shape that is expected stays as it is, for the check to say so. */
function inMs(given: unknown, here: string): unknown {
  if (!isPlainObject(given)) return given;
  const scopes = ['call', 'turn', 'session'].flatMap((scope) => {
    const bounds = given[scope];
    if (!isPlainObject(bounds) || bounds.wallClock === undefined) return [];
    const place = `${here}: limits.${scope}.wallClock`;
    return [[scope, { ...bounds, wallClock: toMs(bounds.wallClock as Duration, place) }]];
  });
  const askFor = given.askFor === undefined ? {} : { askFor: toMs(given.askFor as Duration, `${here}: limits.askFor`) };
  return { ...given, ...Object.fromEntries(scopes), ...askFor };
}

function holdsAny(bounds: BoundsInMs | undefined): bounds is BoundsInMs {
  return bounds !== undefined && Object.values(bounds).some((value) => value !== undefined);
}

/** The bounds that are set, in one order whatever the author's: the policy is hashed. */
function boundsOf({ wallClock, ...bounds }: BoundsInMs): Bounds {
  const all: Bounds = { ...bounds, wallClockMs: wallClock };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Bounds of tokens and of money that limits declare, with their places. */
export function spendingBounds(
  limits: Limits,
): readonly { readonly place: string; readonly bound: 'tokens' | 'microUsd' }[] {
  return (['call', 'turn', 'session'] as const).flatMap((scope) =>
    (['tokens', 'microUsd'] as const).flatMap((bound) =>
      limits[scope]?.[bound] === undefined ? [] : [{ place: `limits.${scope}.${bound}`, bound }],
    ),
  );
}
