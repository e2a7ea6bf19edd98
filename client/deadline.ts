/** Time limits of calls: every one has an end, and what is tried again is tried again inside it. */

/** A point in time, and the means to wait that tests replace. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Waits between tries: doubling from `firstMs` to `maxMs`, each with ±20% of chance, so that clients do not march in step. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** After a server that is away or busy. A restart takes 0 to 2 s; a longer outage is met with a try every 2 s. */
export const RETRY_BACKOFF: Backoff = { firstMs: 100, maxMs: 2_000 };
/** Between two looks for the answer to a queued message: the first soon, since most turns take seconds. */
export const FOLLOW_BACKOFF: Backoff = { firstMs: 150, maxMs: 2_000 };

/**
 * Waits before try `attempt` + 1.
 * @param attempt tries so far, from 1.
 * @param deadline ms since the epoch.
 * @returns false, without waiting, when the wait would reach the deadline.
 */
export async function pause(clock: Clock, backoff: Backoff, attempt: number, deadline: number): Promise<boolean> {
  const wait = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt - 1, 20)) * (0.8 + Math.random() * 0.4);
  if (clock.now() + wait >= deadline) return false;
  await clock.sleep(wait);
  return true;
}
