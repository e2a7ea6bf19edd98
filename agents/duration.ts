/** Durations as users write them: milliseconds as a number, or text such as `500ms`, `10s`, `5m`, `24h`, `7d`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param what names the setting in the error.
 * @returns whole milliseconds, at least 1.
 * @throws TypeError that says what was expected.
 */
export function toMs(value: Duration, what: string): number {
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value) : null;
  const ms = typeof value === 'number' ? value : match ? Number(match[1]) * (UNITS[match[2] as string] as number) : NaN;
  if (!Number.isFinite(ms) || ms < 1) {
    throw new TypeError(
      `${what} must be a positive duration such as 500, "10s" or "24h", got ${JSON.stringify(value)}`,
    );
  }
  return Math.round(ms);
}
