/**
 * First come, first served among the writers of one process. SQLite lets one connection write at a time; waiting here costs
 * nothing, while waiting inside SQLite would block the event loop, heartbeats included.
 */
import { LedgerUnavailable } from './port';

export class WriteLock {
  #held = false;
  readonly #waiting = new Set<() => void>();

  /**
   * @param waitMs how long to wait for the turn.
   * @throws LedgerUnavailable when the turn did not come in time.
   */
  async acquire(waitMs: number): Promise<void> {
    if (!this.#held) {
      this.#held = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const granted = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(granted);
        reject(new LedgerUnavailable(`the ledger was busy in this process for ${waitMs} ms; it is tried again`));
      }, waitMs);
      this.#waiting.add(granted);
    });
  }

  /** Hands the turn to the one that has waited longest. */
  release(): void {
    for (const next of this.#waiting) {
      this.#waiting.delete(next);
      next();
      return;
    }
    this.#held = false;
  }
}
