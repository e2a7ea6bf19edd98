/** Durations as users write them: milliseconds as a number, or text such as `500ms`, `10s`, `5m`, `24h`, `7d`. */
import { wordsFor } from '../workflows/contracts/check-limits';

export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Longest duration taken: Temporal counts in nanoseconds of 64 bits, and refuses a command beyond them each time it is sent. */
const MAX_MS = 3650 * 86_400_000;

/**
 * @param what names the setting in the error.
 * @returns whole milliseconds, at least 1, at most 10 years.
 * @throws TypeError that says what was expected.
 */
export function toMs(value: Duration, what: string): number {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value) : null;
  const ms = typeof value === 'number' ? value : match ? Number(match[1]) * (UNITS[match[2] as string] as number) : NaN;
  if (!Number.isFinite(ms) || ms < 1 || ms > MAX_MS) {
    throw new TypeError(
      `${what} must be a positive duration of at most 10 years such as 500, "10s" or "24h", got ${typeof value === 'string' ? JSON.stringify(value) : wordsFor(value)}`,
    );
  }
  return Math.round(ms);
}
