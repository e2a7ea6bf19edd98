/** Bounds and their amounts as people read them: in refusals, in the Web UI and on the command line. */
import { LIMIT_NAMES } from './check-limits';
import { dollars } from './display';
import type { Bounds, LimitName, LimitState } from './limits';

/** Units in the singular and the plural. A record, so that the compiler says what is missing when another bound is added. */
const UNITS: Readonly<Record<keyof Bounds, readonly [one: string, many: string]>> = {
  steps: ['step', 'steps'],
  modelCalls: ['model call', 'model calls'],
  tokens: ['token', 'tokens'],
  microUsd: ['micro-dollar', 'micro-dollars'],
  wallClockMs: ['ms', 'ms'],
  repairs: ['repair', 'repairs'],
  toolFailures: ['failed tool call', 'failed tool calls'],
  handoffs: ['handoff', 'handoffs'],
};

/** @returns whether a value from outside is the name of a bound. */
export function isLimitName(value: unknown): value is LimitName {
  return (LIMIT_NAMES as readonly unknown[]).includes(value);
}

/** The unit of a bound's amounts, e.g. `micro-dollars`; `times` for a detector. */
export function limitUnit(bound: LimitName): string {
  const kind = kindOf(bound);
  return kind === undefined ? 'times' : UNITS[kind][1];
}

/**
 * An amount of a bound as people read it: `$0.50`, `1 min 30 s`, `1 step`.
 * @param amount a whole number of the bound's unit.
 */
export function limitAmount(bound: LimitName, amount: number): string {
  const kind = kindOf(bound);
  switch (kind) {
    case undefined:
      return amount === 1 ? 'once' : `${grouped(amount)} times`;
    case 'microUsd':
      return dollars(amount);
    case 'wallClockMs':
      return span(amount);
    case 'steps':
    case 'modelCalls':
    case 'tokens':
    case 'repairs':
    case 'toolFailures':
    case 'handoffs':
      return `${grouped(amount)} ${UNITS[kind][amount === 1 ? 0 : 1]}`;
  }
}

/** Where a bound stands, in one line: `turn.tokens: 8,000 of 10,000 tokens used`. */
export function limitLine(state: LimitState): string {
  return `${state.bound}: ${limitStanding(state)}`;
}

/** As `limitLine`, without the bound's name: `$0.0940 of $0.10 used, the next call may need $0.0120`. */
export function limitStanding({ bound, limit, used, needed }: LimitState): string {
  const kind = kindOf(bound);
  const inWords = kind === 'microUsd' || kind === 'wallClockMs';
  const before = inWords ? limitAmount(bound, used) : grouped(used);
  const whole = kind === undefined ? `${grouped(limit)}` : limitAmount(bound, limit);
  const wants = needed === undefined ? '' : `, the next call may need ${limitAmount(bound, needed)}`;
  return `${before} of ${whole} ${kind === undefined ? 'noticed' : 'used'}${wants}`;
}

/** Which kind of bound a name is of; undefined for a detector, which counts times. */
function kindOf(bound: LimitName): keyof Bounds | undefined {
  if (bound.startsWith('detector.')) return undefined;
  return bound.slice(bound.indexOf('.') + 1) as keyof Bounds;
}

/** With commas: the same everywhere, whatever the locale. */
function grouped(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Below a minute with one digit after the point; above in two units at most, rounded to the smaller one. */
function span(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 59_950) return `${Number((ms / 1_000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return inTwo(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  return minutes < 1_440 ? inTwo(minutes, 60, 'h', 'min') : inTwo(Math.round(minutes / 60), 24, 'd', 'h');
}

function inTwo(amount: number, perUnit: number, unit: string, rest: string): string {
  const [whole, left] = [Math.floor(amount / perUnit), amount % perUnit];
  return left === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${left} ${rest}`;
}

/** How much an act `extend` may add, as an example to be shown: as much again, since nobody wants to be asked at each step, and what the next call needs. */
export function suggestedExtension({ limit, used, needed = 1 }: LimitState): number {
  return Math.max(limit, used + needed - limit);
}

/** Whether a bound keeps the next step from being made. Of `modelCalls` one is kept for the last answer; a detector begins to count anew. */
export function isStillMet({ bound, limit, used, needed }: LimitState): boolean {
  const kind = kindOf(bound);
  if (kind === undefined) return false;
  if (needed !== undefined) return used + needed > limit;
  return kind === 'modelCalls' ? used >= Math.max(1, limit - 1) : used >= limit;
}
