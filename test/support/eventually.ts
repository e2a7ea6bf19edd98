/** Waiting for what other processes do: by looking at the state again and again, until a deadline. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 15;

/**
 * Looks until `look` finds something (neither undefined nor false) and returns it.
 * @param what in words, for the error: `the worker to be dead`.
 * @throws Error that names it when it is not there after `withinMs` (default 30 s).
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`waited ${withinMs / 1000} s for ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** What `work` resolves to. @throws Error that names it when that takes longer than `withinMs`. */
export async function within<T>(what: string, withinMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${withinMs / 1000} s for ${what}`)), withinMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
