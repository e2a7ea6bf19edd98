/** Times as people read them: on their own clock, and how long ago. Programs get ms since the epoch, by `-o json`. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param ms since the epoch. @returns `2026-11-21 21:30`, by the clock of this machine. */
export function clockTime(ms: number): string {
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @returns `4 s`, `12 min`, `2 h 5 min`, `3 d 4 h`; `0 s` for less than that. */
export function duration(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return pair(ms, HOUR, 'h', MINUTE, 'min');
  return pair(ms, DAY, 'd', HOUR, 'h');
}

function pair(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}

/** @returns `2026-11-21 21:30 (4 min ago)`. */
export function since(ms: number, now: number): string {
  return `${clockTime(ms)} (${duration(now - ms)} ago)`;
}

/** @returns `2026-11-21 21:30 (in 4 min)`, or `(4 min ago)` where it is past. */
export function until(ms: number, now: number): string {
  return `${clockTime(ms)} (${ms > now ? `in ${duration(ms - now)}` : `${duration(now - ms)} ago`})`;
}
