/** Waits for something that another process does. */
import { setTimeout as sleep } from 'node:timers/promises';

/** @throws Error that names `what` when it does not hold within 30 s. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 30_000; !(await holds()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`waited 30 s for ${what}`);
  }
}
