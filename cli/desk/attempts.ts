/** How often somebody may try to sign in: a token cannot be guessed by trying, nor the desk be kept busy with it. */

const WINDOW_MS = 5 * 60_000;
const MOST_FROM_ONE = 10;
const MOST_IN_ALL = 100;

export class FailedAttempts {
  #times: { readonly from: string; readonly at: number }[] = [];

  constructor(private readonly now: () => number) {}

  /** @param from an address. @returns whether it has to wait. */
  tooMany(from: string): boolean {
    const start = this.now() - WINDOW_MS;
    this.#times = this.#times.filter(({ at }) => at > start);
    return (
      this.#times.length >= MOST_IN_ALL || this.#times.filter((each) => each.from === from).length >= MOST_FROM_ONE
    );
  }

  add(from: string): void {
    this.#times.push({ from, at: this.now() });
  }
}
