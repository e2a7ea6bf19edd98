/** Calls that a process has seen of late: more than it runs at once. */
const MAX_REMEMBERED = 1_000;

/** What was found out about calls here, which spares looking it up; what is forgotten is looked up. Oldest out first. */
export class RecentCalls<Known> {
  readonly #known = new Map<string, Known>();

  get(callKey: string): Known | undefined {
    return this.#known.get(callKey);
  }

  remember(callKey: string, known: Known): void {
    this.#known.delete(callKey);
    this.#known.set(callKey, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }
}
