/**
 * The checks on limits, the same for an agent's definition and for the limits of one session. Plain functions; each returns a sentence with the
 * place and the reason, or null where nothing is wrong.
 */
import { isPlainObject } from './json';
import type { Bounds, CallBounds, DetectorName, LimitName, Limits, OnLimit } from './limits';

type Scope = 'call' | 'turn' | 'session';
type Field = keyof Bounds;

/** What differs between the two places where limits are written. */
export interface LimitWords {
  /** Fields beside `steps`, `call`, `turn`, `session`, `onLimit` and the time to ask, with their highest values. */
  readonly more?: Readonly<Record<string, { readonly from: number; readonly to: number }>>;
  /** Names of the fields that hold times; whole ms under either name. */
  readonly wallClock?: string;
  readonly askFor?: string;
}

/** Highest steps limit of a turn. */
export const MAX_TURN_STEPS = 1000;
/** Highest bound on what a person reviews one by one. */
const MAX_TURN_REPAIRS = 100;
/** Far above any use, and far enough below 2^53 that sums of bounds and extensions stay exact. */
const MAX_COUNT = 1_000_000_000;
const MAX_AMOUNT = 1_000_000_000_000;
/** 10 years: beyond it Temporal refuses timers. */
export const MAX_MS = 3650 * 86_400_000;

interface FieldRule {
  readonly unit: string;
  readonly from: number;
  readonly to: number;
}

const FIELDS: Readonly<Record<Field, FieldRule>> = {
  steps: { unit: 'whole number of steps', from: 1, to: MAX_COUNT },
  modelCalls: { unit: 'whole number of model calls', from: 1, to: MAX_COUNT },
  tokens: { unit: 'whole number of tokens', from: 1, to: MAX_AMOUNT },
  microUsd: { unit: 'whole number of micro-dollars', from: 1, to: MAX_AMOUNT },
  wallClockMs: { unit: 'whole number of milliseconds', from: 1, to: MAX_MS },
  repairs: { unit: 'whole number of repairs', from: 1, to: MAX_COUNT },
  toolFailures: { unit: 'whole number of failed tool calls', from: 1, to: MAX_COUNT },
  handoffs: { unit: 'whole number of handoffs', from: 1, to: MAX_COUNT },
};

const BOUND_FIELDS = Object.keys(FIELDS) as Field[];
const CALL_FIELDS: readonly (keyof CallBounds)[] = ['tokens', 'microUsd', 'wallClockMs'];
const SCOPES: readonly Scope[] = ['call', 'turn', 'session'];
const ON_LIMIT: readonly OnLimit[] = ['ask', 'stop'];

export const DETECTOR_NAMES: readonly DetectorName[] = [
  'sameCall',
  'alternatingCalls',
  'repairStorm',
  'toolFailures',
  'emptyAnswers',
  'handoffCycle',
];

/** All bounds that the act `extend` and displays may name. */
export const LIMIT_NAMES: readonly LimitName[] = [
  ...CALL_FIELDS.map((field) => `call.${field}` as const),
  ...BOUND_FIELDS.map((field) => `turn.${field}` as const),
  ...BOUND_FIELDS.map((field) => `session.${field}` as const),
  ...DETECTOR_NAMES.map((name) => `detector.${name}` as const),
];

/** Words for a value in a refusal: short, and never a whole structure. */
export function wordsFor(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 60))}`;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/**
 * What is wrong with limits.
 * @param value `{ steps?, call?, turn?, session?, onLimit?, askMs? }` as `SessionLimits` has it, or with the fields that `words` adds or renames.
 * @param place where it stands, for the sentence: `limits`.
 */
export function limitsProblem(value: unknown, place: string, words: LimitWords = {}): string | null {
  const { more = {}, askFor = 'askMs' } = words;
  if (!isPlainObject(value)) return `${place} must be an object, got ${wordsFor(value)}`;
  const unknown = unknownField(value, place, ['steps', ...Object.keys(more), ...SCOPES, 'onLimit', askFor]);
  if (unknown !== null) return unknown;
  const own = { steps: { ...FIELDS.steps, to: MAX_TURN_STEPS }, ...withUnit(more) };
  for (const [field, rule] of Object.entries(own)) {
    const problem = amountProblem(value[field], `${place}.${field}`, rule);
    if (problem !== null) return problem;
  }
  for (const scope of SCOPES) {
    const problem = scopeProblem(value[scope], `${place}.${scope}`, scope, words);
    if (problem !== null) return problem;
  }
  return askingProblem(value, place, askFor) ?? contradiction(value, place, words);
}

/** What is wrong with the thresholds of continue-as-new (`SessionInput.continueAfter`). Lower ones would have a run end before it did anything. */
export function continueAfterProblem(value: unknown, place: string): string | null {
  const fields = {
    events: { unit: 'whole number of events', from: 20, to: 50_000 },
    bytes: { unit: 'whole number of bytes', from: 50_000, to: 50_000_000 },
    updates: { unit: 'whole number of updates', from: 2, to: 2_000 },
  } as const;
  if (!isPlainObject(value)) return `${place} must be an object, got ${wordsFor(value)}`;
  const unknown = unknownField(value, place, Object.keys(fields));
  if (unknown !== null) return unknown;
  for (const [field, rule] of Object.entries(fields)) {
    const problem = amountProblem(value[field], `${place}.${field}`, rule);
    if (problem !== null) return problem;
  }
  return null;
}

/** What is wrong with the act `extend`: which bound, and how much is added to it. */
export function extensionProblem(bound: unknown, amount: unknown): string | null {
  const name = LIMIT_NAMES.find((each) => each === bound);
  if (name === undefined) return `bound must be one of: ${LIMIT_NAMES.join(', ')}, got ${wordsFor(bound)}`;
  const field = BOUND_FIELDS.find((each) => name.endsWith(`.${each}`) && !name.startsWith('detector.'));
  const rule = field === undefined ? { unit: 'whole number of times', from: 1, to: MAX_COUNT } : FIELDS[field];
  if (amount === undefined) return `extend expects amount, a ${rule.unit}`;
  return amountProblem(amount, 'amount', { ...rule, from: 1 });
}

/** The names that are known, where one is not. */
export function unknownField(
  value: Readonly<Record<string, unknown>>,
  place: string,
  known: readonly string[],
): string | null {
  const extra = Object.keys(value).find((key) => !known.includes(key));
  if (extra === undefined) return null;
  return `${place} does not know ${JSON.stringify(extra.slice(0, 60))}; it takes: ${known.join(', ')}`;
}

/** @returns null where it is absent. */
export function amountProblem(value: unknown, place: string, rule: FieldRule): string | null {
  if (value === undefined) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value >= rule.from && value <= rule.to) return null;
  const money = rule.unit === FIELDS.microUsd.unit;
  const meant =
    money && typeof value === 'number' && value > 0 && !Number.isInteger(value)
      ? `; $${value} is ${Math.round(value * 1_000_000)}`
      : '';
  const whole = typeof value === 'number' && Number.isInteger(value);
  const range = whole ? ` from ${count(rule.from)} to ${count(rule.to)}` : '';
  return `${place} must be a ${rule.unit}${range}, got ${wordsFor(value)}${meant}`;
}

function withUnit(more: NonNullable<LimitWords['more']>): Readonly<Record<string, FieldRule>> {
  return Object.fromEntries(Object.entries(more).map(([name, range]) => [name, { unit: 'whole number', ...range }]));
}

function scopeProblem(value: unknown, place: string, scope: Scope, { wallClock }: LimitWords): string | null {
  if (value === undefined) return null;
  if (!isPlainObject(value)) return `${place} must be an object, got ${wordsFor(value)}`;
  const fields = scope === 'call' ? CALL_FIELDS : BOUND_FIELDS;
  const names = fields.map((field) => nameOf(field, wallClock));
  const unknown = unknownField(value, place, names);
  if (unknown !== null) return unknown;
  for (const field of fields) {
    const name = nameOf(field, wallClock);
    const problem = amountProblem(value[name], `${place}.${name}`, ruleOf(field, scope));
    if (problem !== null) return problem;
  }
  return null;
}

/** `turn.steps` and `turn.repairs` are other names of the older `steps` and `repairs`, and have their ranges. */
function ruleOf(field: Field, scope: Scope): FieldRule {
  if (scope !== 'turn') return FIELDS[field];
  if (field === 'steps') return { ...FIELDS.steps, to: MAX_TURN_STEPS };
  return field === 'repairs' ? { ...FIELDS.repairs, from: 0, to: MAX_TURN_REPAIRS } : FIELDS[field];
}

function askingProblem(value: Readonly<Record<string, unknown>>, place: string, askFor: string): string | null {
  const { onLimit } = value;
  if (onLimit !== undefined && !ON_LIMIT.some((word) => word === onLimit)) {
    return `${place}.onLimit must be "ask" or "stop", got ${wordsFor(onLimit)}`;
  }
  if (onLimit === 'stop' && value[askFor] !== undefined) {
    return `${place}.${askFor} says how long a person is asked, and with ${place}.onLimit "stop" nobody is`;
  }
  return amountProblem(value[askFor], `${place}.${askFor}`, FIELDS.wallClockMs);
}

/** Bounds of which one could never be met, or that say the same thing twice and not the same. */
function contradiction(value: Readonly<Record<string, unknown>>, place: string, words: LimitWords): string | null {
  const limits = value as Omit<Limits, 'askMs'> & { readonly steps?: number; readonly repairs?: number };
  const turn: Readonly<Record<string, number | undefined>> = { ...limits.turn };
  for (const field of ['steps', 'repairs'] as const) {
    const twice = limits[field] !== undefined && turn[field] !== undefined && limits[field] !== turn[field];
    if (twice) {
      return `${place}.${field} is ${limits[field]} and ${place}.turn.${field} is ${turn[field]}; they are one bound under two names, so give one of them`;
    }
  }
  const scopes: Readonly<Record<Scope, Readonly<Record<string, number | undefined>>>> = {
    call: { ...limits.call },
    turn: { steps: limits.steps, repairs: limits.repairs, ...turn },
    session: { ...limits.session },
  };
  for (const [inner, outer] of [
    ['turn', 'session'],
    ['call', 'turn'],
    ['call', 'session'],
  ] as const) {
    for (const field of BOUND_FIELDS) {
      const name = nameOf(field, words.wallClock);
      const [small, large] = [scopes[inner][name], scopes[outer][name]];
      if (small !== undefined && large !== undefined && small > large) {
        const short = inner === 'turn' && limits.turn?.[field] === undefined && field in limits;
        return `${place}.${short ? '' : `${inner}.`}${name} is ${small}, above ${place}.${outer}.${name}, which is ${large}: a ${inner} can never use that much`;
      }
    }
  }
  return null;
}

function nameOf(field: Field, wallClock: string | undefined): string {
  return field === 'wallClockMs' && wallClock !== undefined ? wallClock : field;
}

const count = (value: number) => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
