/**
 * First come, first served among the writers of one process, but for urgent ones, which go before all others: a lease must not end while
 * its renewal waits behind a row of tools that each keep a transaction open. SQLite lets one connection write at a time; waiting here costs
 * nothing, while waiting inside SQLite would block the event loop, heartbeats included.
 */
import { LedgerUnavailable } from './port';

export class WriteLock {
  #held = false;
  readonly #urgent = new Set<() => void>();
  readonly #waiting = new Set<() => void>();

  /**
   * @param waitMs how long to wait for the turn.
   * @param urgent goes before all that are not; for writes that take no time.
   * @throws LedgerUnavailable when the turn did not come in time.
   */
  async acquire(waitMs: number, urgent = false): Promise<void> {
    if (!this.#held) {
      this.#held = true;
      return;
    }
    const waiting = urgent ? this.#urgent : this.#waiting;
    await new Promise<void>((resolve, reject) => {
      const granted = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(granted);
        reject(new LedgerUnavailable(`the ledger was busy in this process for ${waitMs} ms; it is tried again`));
      }, waitMs);
      waiting.add(granted);
    });
  }

  /** Hands the turn to the urgent one that has waited longest, or else to the one that has. */
  release(): void {
    for (const waiting of [this.#urgent, this.#waiting]) {
      for (const next of waiting) {
        waiting.delete(next);
        next();
        return;
      }
    }
    this.#held = false;
  }
}
