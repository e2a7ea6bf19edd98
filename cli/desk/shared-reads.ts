/** What all pages show is read once for all of them: something new makes every open page look again at the same moment. */
import type {
  DeskAct,
  DeskDone,
  DeskSource,
  Person,
  SessionLine,
  SessionLook,
  SessionView,
  WaitingList,
} from './source';

export class SharedReads implements DeskSource {
  readonly #waiting: () => Promise<WaitingList>;
  readonly #sessions = new Map<number, () => Promise<readonly SessionLine[]>>();

  /** @param forMs how long an answer is good for the next one who asks. */
  constructor(
    private readonly source: DeskSource,
    private readonly forMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#waiting = this.shared(() => source.waiting());
  }

  waiting(): Promise<WaitingList> {
    return this.#waiting();
  }

  sessions(most: number): Promise<readonly SessionLine[]> {
    const read = this.#sessions.get(most) ?? this.shared(() => this.source.sessions(most));
    this.#sessions.set(most, read);
    return read();
  }

  look(sessionId: string): Promise<SessionLook | undefined> {
    return this.source.look(sessionId);
  }

  view(sessionId: string, items: number): Promise<SessionView | undefined> {
    return this.source.view(sessionId, items);
  }

  act(sessionId: string, act: DeskAct, person: Person): Promise<DeskDone | undefined> {
    return this.source.act(sessionId, act, person);
  }

  signsFor(person: Person): boolean {
    return this.source.signsFor(person);
  }

  /** A failure is shared by those who wait for it, and by nobody else. */
  private shared<T>(read: () => Promise<T>): () => Promise<T> {
    let last: { readonly answer: Promise<T>; until: number } | undefined;
    return () => {
      if (last && this.now() < last.until) return last.answer;
      const mine = { answer: read(), until: Infinity };
      last = mine;
      mine.answer.then(
        () => (mine.until = this.now() + this.forMs),
        () => (mine.until = 0),
      );
      return mine.answer;
    };
  }
}
