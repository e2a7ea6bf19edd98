/** Bounds and amounts as people type them: micro-dollars or dollars, ms or durations, whole numbers of everything else. */
import { toMs, type Duration } from '../agents/duration';
import type { LimitName, SessionLimits } from '../client';
import { extensionProblem, isLimitName, LIMIT_NAMES, limitUnit, wordsFor } from '../workflows/contracts';
import { UsageError } from './report-error';

const DOLLARS = /^(?:\$\s?(\d+)(?:\.(\d+))?|(\d+)(?:\.(\d+))?\s?(?:usd|USD|\$))$/;
const DURATION = /^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/;

/** @throws UsageError with the names there are. */
export function readLimitName(text: string): LimitName {
  if (isLimitName(text)) return text;
  throw new UsageError(`${wordsFor(text)} is no bound; the bounds are: ${LIMIT_NAMES.join(', ')}`);
}

/**
 * @param text `500000`, `$0.50` or `0.50usd` for money; `600000` or `10m` for time; whole numbers for everything else.
 * @returns a whole number of the bound's unit, at least 1.
 * @throws UsageError that says what was expected.
 */
export function readLimitAmount(bound: LimitName, text: string): number {
  const amount = toAmount(bound, text);
  const problem = amount === undefined ? 'unreadable' : extensionProblem(bound, amount);
  if (amount !== undefined && problem === null) return amount;
  const example = bound.endsWith('.microUsd')
    ? ", e.g. 500000 or '$0.50'"
    : bound.endsWith('.wallClockMs')
      ? ', e.g. 600000 or 10m'
      : '';
  const why = problem !== null && amount !== undefined ? ` (${problem})` : '';
  throw new UsageError(
    `${bound} takes a whole number of ${limitUnit(bound)} from 1${example}, got ${wordsFor(text)}${why}`,
  );
}

function toAmount(bound: LimitName, text: string): number | undefined {
  if (/^\d{1,16}$/.test(text)) return Number(text);
  if (bound.endsWith('.wallClockMs') && DURATION.test(text)) {
    try {
      return toMs(text as Duration, bound);
    } catch {
      return undefined;
    }
  }
  return bound.endsWith('.microUsd') ? toMicroUsd(text) : undefined;
}

/** Digit by digit: a product of binary fractions would be off by one here and there. Undefined for less than a micro-dollar. */
function toMicroUsd(text: string): number | undefined {
  const match = DOLLARS.exec(text);
  if (!match) return undefined;
  const [whole = '0', fraction = ''] = match[1] === undefined ? [match[3], match[4]] : [match[1], match[2]];
  return fraction.length > 6 ? undefined : Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}

/**
 * The limits of a new session, from flags such as `--limit session.microUsd=$0.50`.
 * @throws UsageError
 */
export function readSessionLimits(limits: readonly string[] = [], onLimit?: string): SessionLimits | undefined {
  if (onLimit !== undefined && onLimit !== 'ask' && onLimit !== 'stop')
    throw new UsageError(`--on-limit takes ask or stop, got ${wordsFor(onLimit)}`);
  if (limits.length === 0 && onLimit === undefined) return undefined;
  const scopes: Record<string, Record<string, number>> = {};
  for (const each of limits) {
    const [, name = '', text = ''] = /^([^=]*)=(.*)$/s.exec(each) ?? [];
    if (name === '') throw new UsageError(`--limit takes <bound>=<amount>, e.g. turn.steps=20, got ${wordsFor(each)}`);
    const bound = readLimitName(name);
    const [scope = '', field = ''] = bound.split('.');
    if (scope === 'detector') throw new UsageError(`--limit takes no ${bound}: detectors are the agent's own`);
    scopes[scope] = { ...scopes[scope], [field]: readLimitAmount(bound, text) };
  }
  return { ...scopes, ...(onLimit === undefined ? {} : { onLimit }) };
}
