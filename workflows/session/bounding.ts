/** What a session has used of its bounds, what people added to them, what detectors noticed and what a person is asked. Plain JSON, carried as it is. */
import type { Bounds, DetectorName, LimitName, LimitState } from '../contracts/limits';

/** Counts of each bound; ms for `wallClockMs`. */
export type Used = Readonly<Required<Bounds>>;

/** A bound that waits for a person. */
export interface Asking extends LimitState {
  /** ms since the epoch. */
  readonly since: number;
  /** When nobody is waited for any more, ms since the epoch. Absent: never. */
  readonly until?: number;
}

/** What a detector has seen in the running turn. */
export interface Noticed {
  /** How many in a row. */
  readonly count: number;
  /** Rungs of its ladder that were taken. */
  readonly rungs: number;
  /** What is compared with the next one, as the detector needs it. */
  readonly last?: readonly string[];
}

export interface Bounding {
  readonly turn: Used;
  readonly session: Used;
  /** Added by people. Those of a turn, and of detectors, are forgotten when the next turn begins. */
  readonly extended: Readonly<Partial<Record<LimitName, number>>>;
  readonly noticed: Readonly<Partial<Record<DetectorName, Noticed>>>;
  readonly asking?: Asking;
  /** True: an answer could not be used, and is to be sent back if the bounds allow one more. */
  readonly repairDue?: true;
  /** True: the stronger model is asked for the rest of the turn. */
  readonly stronger?: true;
  /** Since when the session has been at work without a pause, ms since the epoch; absent: it is not. */
  readonly busySince?: number;
}

export const NOTHING_USED: Used = {
  steps: 0,
  modelCalls: 0,
  tokens: 0,
  microUsd: 0,
  wallClockMs: 0,
  repairs: 0,
  toolFailures: 0,
  handoffs: 0,
};

export const NO_BOUNDING: Bounding = { turn: NOTHING_USED, session: NOTHING_USED, extended: {}, noticed: {} };

/** @returns what is handed on: counts that came with later versions are left out where there are none, so that an earlier one reads what it knows. */
export function carriedBounding(bounding: Bounding): object {
  const { turn, session } = bounding;
  return { ...bounding, turn: withoutNone(turn), session: withoutNone(session) };
}

function withoutNone({ handoffs, ...used }: Used): object {
  return handoffs === 0 ? used : { ...used, handoffs };
}

/** @returns what an earlier run handed on: a count that its version did not have begins with 0, since what is no number meets no bound. */
export function restoredBounding(bounding: Bounding): Bounding {
  const { turn, session } = bounding;
  return { ...bounding, turn: { ...NOTHING_USED, ...turn }, session: { ...NOTHING_USED, ...session } };
}

/** @returns `bounding` with `add` used, by the turn and so by the session. */
export function booked(bounding: Bounding, add: Partial<Used>): Bounding {
  return { ...bounding, turn: plus(bounding.turn, add), session: plus(bounding.session, add) };
}

/** @returns `bounding` with the time until `now` (ms) booked; while the session waits for somebody none passes. */
export function ticked(bounding: Bounding, now: number): Bounding {
  const { busySince } = bounding;
  // A clock that was set back gives no time back.
  if (busySince === undefined || now <= busySince) return bounding;
  return { ...booked(bounding, { wallClockMs: now - busySince }), busySince: now };
}

/** @returns `bounding`, already ticked, as it is once the session begins (`atWork`) or ceases to be at work. */
export function clocked(bounding: Bounding, atWork: boolean, now: number): Bounding {
  if (atWork === (bounding.busySince !== undefined)) return bounding;
  const { busySince: _, ...rest } = bounding;
  return atWork ? { ...rest, busySince: now } : rest;
}

/** @returns `bounding` with what belongs to one turn as it is when the next one begins. */
export function nextTurn({ session, extended, busySince }: Bounding): Bounding {
  const kept = Object.entries(extended).filter(([bound]) => bound.startsWith('session.') || bound.startsWith('call.'));
  return {
    ...NO_BOUNDING,
    session,
    extended: Object.fromEntries(kept),
    ...(busySince === undefined ? {} : { busySince }),
  };
}

/** @returns `bounding` with `amount` more of `bound`. */
export function withMore(bounding: Bounding, bound: LimitName, amount: number): Bounding {
  const { extended } = bounding;
  return { ...bounding, extended: { ...extended, [bound]: (extended[bound] ?? 0) + amount } };
}

/** @returns `bounding` while a person is asked, or without `asking` once nobody is. */
export function withAsking(bounding: Bounding, asking?: Asking): Bounding {
  const { asking: _, ...rest } = bounding;
  return asking ? { ...rest, asking } : rest;
}

function plus(used: Used, add: Partial<Used>): Used {
  const sum = { ...used };
  // What children say may be anything, and a sum that is no whole number any more could not be handed on.
  for (const kind of Object.keys(add) as (keyof Used)[]) {
    sum[kind] = Math.min(Number.MAX_SAFE_INTEGER, sum[kind] + (add[kind] ?? 0));
  }
  return sum;
}
