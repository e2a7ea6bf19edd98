/**
 * Sends heartbeats for the tool and renews the ledger's lease with them. Measures the lease on the monotonic clock, from before
 * the ledger was asked, so that this process stops believing in it no later than the ledger does.
 */
import { LedgerUnavailable } from '../ledger/port';

/** Heartbeats per timeout: one may be lost and one late before anybody takes the worker for dead. */
const BEATS_PER_TIMEOUT = 3;

/** The lease is over or somebody else's: nothing more may be sent out. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export interface LeaseKeeperOptions {
  readonly heartbeatMs: number;
  readonly heartbeat: () => void;
  readonly onLost: (error: LeaseLost) => void;
  /** Problems that are no reason to stop. */
  readonly warn: (message: string) => void;
}

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  readonly #beats: NodeJS.Timeout;
  #renew?: () => Promise<boolean>;
  #renewing?: Promise<void>;
  /** performance.now() at which the lease ends; undefined: no lease is needed. */
  #endsAt?: number;
  #expiry?: NodeJS.Timeout;
  #lost?: LeaseLost;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#beats = setInterval(() => this.#beat(), Math.max(1, Math.floor(options.heartbeatMs / BEATS_PER_TIMEOUT)));
  }

  /**
   * Takes a lease into care.
   * @param askedAt performance.now() before the ledger was asked for it.
   */
  hold(askedAt: number, renew: () => Promise<boolean>): void {
    this.#renew = renew;
    this.#extend(askedAt);
  }

  /** Makes sure of the lease right before the body: one that was granted late is renewed first. @throws LeaseLost */
  async ensureHeld(): Promise<void> {
    if (this.#endsAt !== undefined && this.#endsAt - performance.now() < this.#options.heartbeatMs / 2)
      await this.#renewOnce();
    this.assertHeld();
  }

  /** @throws LeaseLost once the lease is over by the monotonic clock or another attempt has it. */
  assertHeld(): void {
    if (this.#endsAt !== undefined && performance.now() >= this.#endsAt) this.#lose('its lease on the call ran out');
    if (this.#lost) throw this.#lost;
  }

  isHeld(): boolean {
    try {
      this.assertHeld();
      return true;
    } catch {
      return false;
    }
  }

  /** Ends renewals: the call is settled, or nobody's. */
  letGo(): void {
    this.#renew = undefined;
    this.#endsAt = undefined;
    clearTimeout(this.#expiry);
  }

  stop(): void {
    clearInterval(this.#beats);
    this.letGo();
  }

  #beat(): void {
    this.#options.heartbeat();
    if (this.#renew && !this.#lost) void this.#renewOnce();
  }

  #renewOnce(): Promise<void> {
    this.#renewing ??= this.#askForRenewal().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #askForRenewal(): Promise<void> {
    const renew = this.#renew;
    if (!renew) return;
    const askedAt = performance.now();
    try {
      const held = await renew();
      if (this.#renew !== renew) return;
      if (held) this.#extend(askedAt);
      else this.#lose('another attempt took the call over');
    } catch (error) {
      // The lease goes on until its end; the next beat asks again.
      const why = error instanceof LedgerUnavailable ? error.message : `an error: ${String(error)}`;
      this.#options.warn(`the lease could not be renewed: ${why}`);
    }
  }

  #extend(askedAt: number): void {
    if (this.#lost) return;
    this.#endsAt = askedAt + this.#options.heartbeatMs;
    clearTimeout(this.#expiry);
    this.#expiry = setTimeout(
      () => this.#lose('its lease on the call ran out'),
      Math.max(0, this.#endsAt - performance.now()),
    );
  }

  #lose(why: string): void {
    if (this.#lost) return;
    this.#lost = new LeaseLost(`this attempt must stop: ${why}`);
    clearTimeout(this.#expiry);
    this.#options.onLost(this.#lost);
  }
}
