/** People who signed in, until they sign out, are idle too long or the desk ends. Kept in memory: an id that somebody copied is worth nothing tomorrow. */
import { createHash } from 'node:crypto';
import type { Person } from './source';

/** Whatever a browser does meanwhile, ms. */
const LONGEST_MS = 12 * 3_600_000;
const MOST = 1_000;

interface Entry {
  readonly person: Person;
  readonly since: number;
  seen: number;
}

export class SignedIn {
  /** By the hash of the browser's id, the one seen last at the end. */
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly idleMs: number,
    private readonly now: () => number,
  ) {}

  add(browser: string, person: Person): void {
    const now = this.now();
    this.#entries.set(keyOf(browser), { person, since: now, seen: now });
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= MOST) break;
      this.#entries.delete(key);
    }
  }

  /** @param touch false: a look that nobody made, such as a page that keeps itself up to date. */
  find(browser: string, touch: boolean): Person | undefined {
    const key = keyOf(browser);
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const now = this.now();
    if (now - entry.seen >= this.idleMs || now - entry.since >= LONGEST_MS) {
      this.#entries.delete(key);
      return undefined;
    }
    if (touch) {
      entry.seen = now;
      this.#entries.delete(key);
      this.#entries.set(key, entry);
    }
    return entry.person;
  }

  remove(browser: string): void {
    this.#entries.delete(keyOf(browser));
  }
}

function keyOf(browser: string): string {
  return createHash('sha256').update(browser).digest('base64url');
}
