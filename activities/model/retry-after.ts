/** When a provider wants to be asked again. Source: RFC 9110 section 10.2.3, and the `retry-after-ms` of OpenAI and Azure. */

/** Longest wait a provider may impose: a user waits, and a wrong header must not park a session for years. */
export const MAX_RETRY_AFTER_MS = 120_000;

/**
 * @param header looks up a response header, without regard to case.
 * @param now ms since the epoch, for HTTP dates.
 * @returns ms from now, at most `MAX_RETRY_AFTER_MS`; undefined where the headers say nothing usable (garbage, negative, past).
 */
export function retryAfterMs(header: (name: string) => string | null | undefined, now: number): number | undefined {
  return bounded(number(header('retry-after-ms'))) ?? bounded(seconds(header('retry-after'), now));
}

function number(text: string | null | undefined): number | undefined {
  if (!text || !/^\s*\+?\d+(?:\.\d+)?(?:e\d+)?\s*$/i.test(text)) return undefined;
  return Number(text);
}

function seconds(text: string | null | undefined, now: number): number | undefined {
  const count = number(text);
  if (count !== undefined) return count * 1000;
  // Only the date forms of HTTP, which begin with a day's name: Date.parse takes "-5" for a year.
  return text && /^\s*[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) - now : undefined;
}

function bounded(ms: number | undefined): number | undefined {
  if (ms === undefined || Number.isNaN(ms) || ms <= 0) return undefined;
  return Math.min(Math.ceil(ms), MAX_RETRY_AFTER_MS);
}
