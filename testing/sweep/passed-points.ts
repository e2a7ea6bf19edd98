/** The points that a worker passed, as it recorded them with HOLDFAST_CRASH_LOG. Plain functions. */
import { parseArmed, pointName, type CrashPoint } from '../../activities/crash-points';

/** A point that was passed. */
export interface PassedPoint {
  readonly point: CrashPoint;
  readonly detail?: string;
  /** Its n-th time in this process, among those with the same detail; from 1. */
  readonly hit: number;
  /** ms since the epoch. */
  readonly at: number;
}

/**
 * @param log content of the file; a last line that was cut off is left out.
 * @throws TypeError for a line that no worker writes.
 */
export function readPassedPoints(log: string): readonly PassedPoint[] {
  const lines = log.split('\n').slice(0, -1);
  return lines.map((line) => {
    const match = /^(\d+) \d+ (\S+)$/.exec(line);
    const armed = parseArmed(match?.[2], 'a line of the points passed');
    if (!match || !armed) throw new TypeError(`no line of the points passed: ${JSON.stringify(line)}`);
    return { ...armed, at: Number(match[1]) };
  });
}

/** `<point>[detail]` of a point that was passed. */
export const nameOf = ({ point, detail }: Pick<PassedPoint, 'point' | 'detail'>): string => pointName(point, detail);

/** How it is armed: `<point>[detail]#<n>`. */
export const armingOf = (passed: Pick<PassedPoint, 'point' | 'detail' | 'hit'>): string =>
  `${nameOf(passed)}#${passed.hit}`;

/** How often each point was passed, by `<point>[detail]`, in order of the first time. */
export function countPassed(passed: readonly PassedPoint[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const one of passed) counts.set(nameOf(one), (counts.get(nameOf(one)) ?? 0) + 1);
  return counts;
}
