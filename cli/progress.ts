/** Follows a session while it works and hands out each call once it has ended (and one that takes long, as running). */
import { lookingWhile } from './looking-while';
import type { Session, StepRecord } from '../client';

/** Between two looks, ms: seen as live, and at most 4 queries a second. */
const LOOK_EVERY_MS = 250;
/** A look that takes longer is skipped: progress must never hold up the answer. */
const LOOK_TIMEOUT_MS = 3_000;
/** A call is shown as running when it takes longer than this, ms. */
const SHOW_RUNNING_AFTER_MS = 1_500;

export class Progress {
  private readonly shownEnded = new Set<string>();
  private readonly shownRunning = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly show: (record: StepRecord) => void,
  ) {}

  /** Marks everything that has happened so far as seen. */
  async skipPast(): Promise<void> {
    for (const record of await this.recent()) if (record.endedAt !== undefined) this.shownEnded.add(keyOf(record));
  }

  /** Shows what happens while `work` runs; returns its result, after a last look. */
  during<T>(work: Promise<T>): Promise<T> {
    return lookingWhile(work, LOOK_EVERY_MS, () => this.look());
  }

  private async look(): Promise<void> {
    for (const record of await this.recent()) {
      const key = keyOf(record);
      if (record.endedAt !== undefined) {
        if (!this.shownEnded.has(key)) this.show(record);
        this.shownEnded.add(key);
      } else if (!this.shownRunning.has(key) && Date.now() - record.startedAt > SHOW_RUNNING_AFTER_MS) {
        this.shownRunning.add(key);
        this.show(record);
      }
    }
  }

  /** A look that fails is no news: the session may not have started, or its worker may be away. */
  private async recent(): Promise<readonly StepRecord[]> {
    try {
      return (await this.session.status({ timeoutMs: LOOK_TIMEOUT_MS })).recent;
    } catch {
      return [];
    }
  }
}

function keyOf(record: StepRecord): string {
  return `${record.kind} ${record.id}`;
}
