/** Follows a session and its children while they work, and hands out what is new of them in the order in which it happened. */
import { lookingWhile } from '../../../cli/looking-while';
import type { ChildStatus, Session, SessionStatus, StepRecord } from '../../../client';

/** Between two looks, ms: seen as live. */
const LOOK_EVERY_MS = 250;
/** A look that takes longer is skipped: progress must never hold up the answer. */
const LOOK_TIMEOUT_MS = 3_000;

export interface FamilyNews {
  /** A child that was not there before. */
  readonly begun: (child: ChildStatus) => void;
  /** A child gave the user back. */
  readonly handedBack: (child: ChildStatus) => void;
  /** A call that has ended. @param child its path; empty for the first session. */
  readonly step: (record: StepRecord, agent: string, child: string) => void;
}

/** Something that is to be told, and when it happened, ms since the epoch. */
interface Item {
  readonly at: number;
  readonly tell: () => void;
}

export class FamilyProgress {
  /** Keys of what was told. */
  private readonly told = new Set<string>();
  /** Children of which nothing new is to come. */
  private readonly over = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly news: FamilyNews,
  ) {}

  /** Shows what happens while `work` runs; returns its result, after a last look. */
  during<T>(work: Promise<T>): Promise<T> {
    return lookingWhile(work, LOOK_EVERY_MS, () => this.look());
  }

  private async look(): Promise<void> {
    const status = await statusOf(this.session);
    if (!status) return;
    const items = [...this.stepsOf(status, '')];
    for (const child of status.children ?? []) {
      if (this.over.has(child.child)) continue;
      const there = await statusOf(this.session.child(child.child));
      if (!there) continue;
      items.push(...this.newsOf(child, there), ...this.stepsOf(there, child.child));
      if (child.phase === 'closed') this.over.add(child.child);
    }
    for (const { tell } of items.sort((one, other) => one.at - other.at)) tell();
  }

  private newsOf(child: ChildStatus, { recent }: SessionStatus): readonly Item[] {
    const begun = this.once(`begun ${child.child}`, recent[0]?.startedAt ?? child.since, () => this.news.begun(child));
    if (child.reason !== 'handed_back') return begun;
    return [...begun, ...this.once(`back ${child.child}`, child.since, () => this.news.handedBack(child))];
  }

  private stepsOf({ agent, recent }: SessionStatus, child: string): readonly Item[] {
    return recent.flatMap((record) => {
      if (record.endedAt === undefined) return [];
      const tell = (): void => this.news.step(record, agent, child);
      return this.once(`${child} ${record.kind} ${record.id}`, record.endedAt, tell);
    });
  }

  /** Told when it comes to it, and never again. */
  private once(key: string, at: number, tell: () => void): readonly Item[] {
    const told = (): void => {
      if (this.told.has(key)) return;
      this.told.add(key);
      tell();
    };
    return this.told.has(key) ? [] : [{ at, tell: told }];
  }
}

/** A look that fails is no news: the session may not have started, or its worker may be away. */
async function statusOf(session: Session): Promise<SessionStatus | undefined> {
  try {
    return await session.status({ timeoutMs: LOOK_TIMEOUT_MS });
  } catch {
    return undefined;
  }
}
