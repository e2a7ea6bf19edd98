/** Moments as people read them. */
import { markup, type Markup } from './markup';

/** @param at ms since the epoch. @param now the same. The desk's script keeps it up to date. */
export function moment(at: number, now: number): Markup {
  const iso = new Date(at).toISOString();
  return markup`<time datetime="${iso}" title="${iso.slice(0, 16).replace('T', ' ')} UTC">${relative(at - now)}</time>`;
}

/** @param ms from now; negative: ago. */
export function relative(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 1) return ms <= 0 ? 'just now' : 'in less than a minute';
  const words =
    minutes < 60
      ? `${minutes} min`
      : minutes < 48 * 60
        ? `${Math.round(minutes / 60)} h`
        : `${Math.round(minutes / 1_440)} days`;
  return ms < 0 ? `${words} ago` : `in ${words}`;
}
