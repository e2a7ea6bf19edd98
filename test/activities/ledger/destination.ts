/** A destination of effects in a model of time: what is sent to it may arrive late, and only with keys does it know a repeat. */

export interface Booking {
  /** The idempotency key it was sent with. */
  readonly reference: string;
  live: boolean;
}

export class Destination {
  readonly bookings: Booking[] = [];
  #underWay: { readonly at: number; readonly reference: string }[] = [];

  constructor(private readonly honoursKeys: boolean) {}

  /** @param at when it takes effect. */
  send(reference: string, at: number): void {
    this.#underWay.push({ at, reference });
  }

  /** What was to arrive by then has. */
  arrive(now: number): void {
    const due = this.#underWay.filter(({ at }) => at <= now);
    this.#underWay = this.#underWay.filter(({ at }) => at > now);
    for (const { reference } of due) {
      if (this.honoursKeys && this.has(reference)) continue;
      this.bookings.push({ reference, live: true });
    }
  }

  has(reference: string): boolean {
    return this.bookings.some((booking) => booking.reference === reference);
  }

  /** @param reference absent: all there are. */
  cancel(reference?: string): void {
    for (const booking of this.bookings) booking.live &&= reference !== undefined && booking.reference !== reference;
  }
}
