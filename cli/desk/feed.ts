/**
 * What is new, for the pages that are open. One round of questions serves all browsers, and the next begins only after a pause that grows with how long the
 * last one took: however many pages are open, the server behind is asked no more than that.
 */
import type { DeskSource } from './source';
import { listVersion, sessionVersion } from './versions';

/** State of what one page shows. */
export interface News {
  readonly list?: string;
  /** Of the page's session; `gone` where it is not there. */
  readonly session?: string;
  /** Set while sessions cannot be asked. */
  readonly problem?: true;
}

export interface FeedOptions {
  /** Pause between two rounds, ms. */
  readonly everyMs: number;
  readonly mostPages: number;
}

export const FEED_OPTIONS: FeedOptions = { everyMs: 2_000, mostPages: 200 };

/** The share of time that is spent asking: a round that took 1 s is followed by a pause of 4 s. */
const PAUSE_PER_ROUND = 4;
/** Also where pages are opened one after the other. */
const LEAST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 30_000;
const AT_ONCE = 4;
/** A session that could not be asked is left alone for as long as so many rounds. */
const ROUNDS_AWAY = 10;

/** One open page. */
export interface Subscription {
  /** @returns the state where it differs from the last one that was returned; undefined after `withinMs`, or when closed. */
  next(withinMs: number): Promise<News | undefined>;
  readonly closed: boolean;
  close(): void;
}

interface Page {
  readonly session?: string;
  wake: () => void;
}

export class Feed {
  readonly #pages = new Set<Page>();
  #list: string | undefined;
  readonly #sessions = new Map<string, string>();
  /** Sessions that could not be asked, and when they are asked again: one whose worker is away would hold up every round. */
  readonly #away = new Map<string, number>();
  #problem = false;
  #asking = false;
  #askAgain = false;
  /** When the next round may begin at the earliest, whoever wants it. */
  #soonest = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly source: DeskSource,
    private readonly options: FeedOptions = FEED_OPTIONS,
  ) {}

  /** @param have what the page shows already. @returns undefined where too many pages are open. */
  open(session: string | undefined, have: News): Subscription | undefined {
    if (this.#closed || this.#pages.size >= this.options.mostPages) return undefined;
    const page: Page = { session, wake: () => undefined };
    this.#pages.add(page);
    let last = have;
    let closed = false;
    const fresh = (): News | undefined => {
      const now = this.newsFor(page);
      if (!isNews(last, now)) return undefined;
      last = now;
      return now;
    };
    // What is known may be from before the page was opened.
    this.askSoon();
    return {
      next: async (withinMs) => {
        const known = fresh();
        if (known || closed || this.#closed) return known;
        await woken(page, withinMs);
        return closed ? undefined : fresh();
      },
      get closed() {
        return closed;
      },
      close: () => {
        closed = true;
        this.#pages.delete(page);
        page.wake();
      },
    };
  }

  /** Something was done here: nobody should have to wait for the next round to see it. */
  askSoon(): void {
    if (this.#closed || this.#pages.size === 0) return;
    this.#askAgain = true;
    if (this.#asking) return;
    clearTimeout(this.#timer);
    const wait = Math.max(0, this.#soonest - performance.now());
    this.#timer = setTimeout(() => void this.round(), wait);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const page of this.#pages) page.wake();
    this.#pages.clear();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  private async round(): Promise<void> {
    const began = performance.now();
    this.#asking = true;
    this.#askAgain = false;
    await this.ask();
    this.#asking = false;
    if (this.#closed) return;
    const now = performance.now();
    const tookMs = now - began;
    this.#soonest = now + Math.max(LEAST_PAUSE_MS, tookMs);
    if (this.#askAgain) return this.askSoon();
    const pause = Math.min(LONGEST_PAUSE_MS, Math.max(this.options.everyMs, tookMs * PAUSE_PER_ROUND));
    this.#timer = setTimeout(() => this.askSoon(), pause);
  }

  private async ask(): Promise<void> {
    const watched = new Set([...this.#pages].flatMap(({ session }) => (session === undefined ? [] : [session])));
    for (const known of [...this.#sessions.keys(), ...this.#away.keys()]) if (!watched.has(known)) this.forget(known);
    const now = performance.now();
    const asked = [...watched].filter((session) => (this.#away.get(session) ?? now) <= now);
    await Promise.all([this.askList(), inLanes(asked, AT_ONCE, (session) => this.askSession(session))]);
  }

  private async askList(): Promise<void> {
    try {
      this.#list = listVersion(await this.source.waiting());
      this.#problem = false;
    } catch {
      this.#problem = true;
    }
    this.wakePages();
  }

  /** What goes wrong with one session is nothing to the pages of others. */
  private async askSession(session: string): Promise<void> {
    try {
      const look = await this.source.look(session);
      this.#sessions.set(session, look ? sessionVersion(look) : 'gone');
      this.#away.delete(session);
    } catch {
      this.#away.set(session, performance.now() + this.options.everyMs * ROUNDS_AWAY);
    }
    this.wakePages();
  }

  private forget(session: string): void {
    this.#sessions.delete(session);
    this.#away.delete(session);
  }

  private wakePages(): void {
    for (const page of this.#pages) page.wake();
  }

  private newsFor({ session }: Page): News {
    const version = session === undefined ? undefined : this.#sessions.get(session);
    return {
      // The page of a session shows nothing of the others.
      ...(this.#list === undefined || session !== undefined ? {} : { list: this.#list }),
      ...(version === undefined ? {} : { session: version }),
      ...((session === undefined ? this.#problem : this.#away.has(session)) ? { problem: true } : {}),
    };
  }
}

/** Not yet known is no news. */
function isNews(last: News, now: News): boolean {
  return (
    (now.list !== undefined && now.list !== last.list) ||
    (now.session !== undefined && now.session !== last.session) ||
    now.problem !== last.problem
  );
}

function woken(page: Page, withinMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, withinMs);
    page.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function inLanes<T>(all: readonly T[], lanes: number, work: (each: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async (): Promise<void> => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
