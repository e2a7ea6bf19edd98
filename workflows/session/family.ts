/**
 * A session and its children: begins them, tells them things, hears of them and takes back what they come back with. Plain code with injected dependencies; what
 * the steps of a delegation or a handoff are is in `delegating.ts`, `handing-over.ts` and `forwarding.ts`.
 */
import { MAX_REPORTS_AHEAD } from './activity-options';
import type { Relay, Report, Slice } from '../contracts/handoff';
import { isPlainObject } from '../contracts/json';
import type { SessionInput } from '../contracts/session';
import { EMPTY_STATE } from '../contracts/state';
import { closedRecord, newRecord, openRecords, type ChildRecord } from './children';
import { begunAgain, childInput } from './child-input';
import { account, importUndoable, takeEnd, takeReport } from './child-news';
import type { Mailbox } from './mailbox';
import { isChildResult, isReport } from './report-check';
import { apply, type SessionState } from './session-state';
import { upTo } from './slices';
import { standing } from './waiting-call';

/** A child workflow that runs. None of its promises is rejected but for bugs. */
export interface ChildRun {
  /** Resolves once it has begun, or could not begin. */
  readonly started: Promise<void>;
  readonly ended: Promise<ChildClose>;
  readonly cancel: () => void;
}

/** How a child workflow closed. */
export type ChildClose =
  /** `result` is unchecked. */
  | { readonly kind: 'ended'; readonly result: unknown }
  | {
      readonly kind: 'lost';
      readonly how: 'not_started' | 'cancelled' | 'terminated' | 'timed_out' | 'failed';
      readonly message: string;
    };

export interface FamilyDeps {
  readonly now: () => number;
  /** Publishes the status. */
  readonly publish: () => void;
  /** Begins a child workflow, or begins it again. */
  readonly startChild: (record: ChildRecord, input: SessionInput) => ChildRun;
  /** @returns false where there is nobody to be told. */
  readonly signalChild: (child: string, relay: Relay) => Promise<boolean>;
  /** Calls `due` after `ms`. @returns what stops that timer. */
  readonly deadline: (ms: number, due: () => void, summary: string) => () => void;
  /** Lets work go on that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
}

export type NewChild = Pick<
  ChildRecord,
  'agent' | 'role' | 'callId' | 'taskQueue' | 'sender' | 'contract' | 'request'
> & {
  readonly slice: Slice;
  /** How long somebody on its task queue may take to take it on, ms. */
  readonly acceptMs?: number;
};

/** What is heard of a child, beside what its record says. */
export interface FamilyListener {
  /** It says for the first time that it has taken over; nothing else of what it says was taken in by then. */
  readonly accepted: (child: string) => void;
  /** A relayed act came to its end. */
  readonly answered: (child: string, report: Report) => void;
  /** It is not there any more, or not for now. */
  readonly gone: (child: string) => void;
  /** It needs more than it was given. */
  readonly wanting: () => void;
  /** It was begun, or begun again. */
  readonly began: (child: string) => void;
}

export class Family {
  private readonly runs = new Map<string, ChildRun>();
  /** Of each child, the last thing that it is being told: the server may deliver two at once in any order. */
  private readonly telling = new Map<string, Promise<unknown>>();
  private readonly waiting = new Set<() => boolean>();
  private listener: FamilyListener | undefined;

  constructor(
    readonly state: SessionState,
    private readonly mailbox: Pick<Mailbox, 'answerMeanwhile'>,
    readonly deps: FamilyDeps,
  ) {}

  listen(listener: FamilyListener): void {
    this.listener = listener;
  }

  /** True where no child runs: each has come back, for good or for now, or was given up. */
  get atRest(): boolean {
    return [...this.runs.keys()].every((child) => (this.find(child)?.phase ?? 'closed') === 'closed');
  }

  find(child: string): ChildRecord | undefined {
    return this.state.family.records.get(child);
  }

  /** The record of a child that is known to be there. */
  get(child: string): ChildRecord {
    const record = this.find(child);
    if (!record) throw new Error(`no child ${child} is known`);
    return record;
  }

  /** True where it runs at this moment. */
  runsNow(child: string): boolean {
    return this.runs.has(child);
  }

  /** Resolves as soon as `check` gives something. It is looked at whenever something of the family, or of the turn, changed. */
  until<T>(check: () => T | undefined): Promise<T> {
    const found = check();
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => {
      this.waiting.add(() => {
        const now = check();
        if (now !== undefined) resolve(now);
        return now !== undefined;
      });
    });
  }

  /** To be called where the turn, the session or the run came to its end. */
  look(): void {
    for (const check of [...this.waiting]) if (check()) this.waiting.delete(check);
  }

  begin({ slice, acceptMs, request, ...child }: NewChild): ChildRecord {
    const { state, deps } = this;
    const record: ChildRecord = {
      ...newRecord({
        ...child,
        child: `h${state.family.next}`,
        granted: upTo({ tokens: 0, microUsd: 0, modelCalls: 0 }, slice),
        since: deps.now(),
      }),
      ...(request ? { request, given: 1, turns: [state.turn] } : {}),
    };
    this.change(record);
    this.start(record);
    // What it is given is under way to it, and is its own from now on.
    this.change({ ...this.get(record.child), contract: { ...record.contract, brief: {}, state: EMPTY_STATE } });
    if (acceptMs !== undefined) this.awaitSign(record.child, acceptMs);
    return record;
  }

  /** Begins a child again that came back with a carry. @param refused what became of the call by which it had wanted to hand over. */
  restart(child: string, refused?: ChildRecord['contract']['refused']): void {
    const again = begunAgain(this.state, this.get(child), refused);
    this.change(again);
    this.start(again);
    // The carry is under way to it. Read anew: it may be held still from its beginning.
    const { carry: _carry, ...withIt } = this.get(child);
    // Its calls that can be undone are known here until it comes back with those of then: it may be lost.
    this.change(withIt);
  }

  /** Begins those again that came back for this session's next run. */
  resume(): void {
    for (const { child, phase, proposal, carry } of openRecords(this.state.family)) {
      if (phase === 'parked' && !proposal && carry && !this.runs.has(child)) this.restart(child);
    }
    this.look();
  }

  /** Tells a child something, after what it was told before. @returns false where it is not there to be told. */
  tell(child: string, relay: Relay): Promise<boolean> {
    const run = this.runs.get(child);
    if (!run) return Promise.resolve(false);
    const before = this.telling.get(child) ?? run.started;
    const told = before.then(() => (this.runs.get(child) === run ? this.deps.signalChild(child, relay) : false));
    this.telling.set(child, told);
    return told;
  }

  /** Cancels a child; it comes back as cancelled. Only once it has begun: one that came back with a carry would else be lost as it was. */
  cancel(child: string): void {
    const run = this.runs.get(child);
    if (run) this.deps.background(run.started.then(run.cancel));
  }

  /** Begins a child again that came back, so that it can come to its end: what it was at has outcomes then. */
  revive(child: string, why: string): void {
    const { phase, proposal } = this.get(child);
    if (phase !== 'parked') return;
    const outcome = { kind: 'cancelled', message: why } as const;
    this.restart(child, proposal && { callId: proposal.callId, outcome });
  }

  /** Takes a child's report in. @param raw unchecked. @returns why it is none. */
  report(raw: unknown): string | null {
    if (!isReport(raw))
      return `a report must be what a child says of itself, got ${isPlainObject(raw) ? 'something else' : typeof raw}`;
    const record = this.find(raw.child);
    if (!record) return `no child ${raw.child.slice(0, 40)} of this session is known`;
    if (raw.seq > record.seq + MAX_REPORTS_AHEAD)
      return `the last report of ${record.child} was number ${record.seq}, and ${raw.seq} is too far ahead of that`;
    if (record.phase === 'closed') {
      // It was given up before it had said all: what it used and found out counts all the same.
      this.change(account(this.state, record, raw, this.deps.now()));
      return null;
    }
    if (raw.accepted && record.phase === 'starting') this.listener?.accepted(raw.child);
    this.change(takeReport(this.state, record, raw, this.deps.now()));
    if (raw.relayId !== undefined) this.listener?.answered(raw.child, raw);
    if (this.find(raw.child)?.wants) this.listener?.wanting();
    this.showStanding();
    return null;
  }

  /** Changes what is known of a child. */
  change(record: ChildRecord): void {
    apply(this.state, { kind: 'child_changed', record }, this.deps.now());
  }

  /** Forgets what only an open child needs. */
  close(child: string, reason: string, message?: string): void {
    const record = this.get(child);
    importUndoable(this.state, record, record.undoable ?? [], this.deps.now());
    this.change(closedRecord(record, reason, message));
    this.showStanding();
  }

  /** The status after something of a child changed. How a session ends is said by its loop. */
  showStanding(): void {
    const { state, deps, mailbox } = this;
    if (openRecords(state.family).some(({ waits }) => waits)) mailbox.answerMeanwhile();
    if (!state.ending) apply(state, { kind: 'status_changed', ...standing(state) }, deps.now());
    deps.publish();
    this.look();
  }

  private start(record: ChildRecord): void {
    const { child } = record;
    const run = this.deps.startChild(record, childInput(this.state, record));
    this.runs.set(child, run);
    this.telling.delete(child);
    this.deps.background(run.ended.then((close) => this.ended(child, run, close)));
    this.listener?.began(child);
  }

  private ended(child: string, run: ChildRun, close: ChildClose): void {
    if (this.runs.get(child) !== run) return;
    this.runs.delete(child);
    this.telling.delete(child);
    const record = this.find(child);
    // One that was given up long ago may be forgotten by now.
    if (!record) return;
    const { state, deps } = this;
    if (record.phase === 'closed') this.takeLate(record, close);
    else if (close.kind === 'lost') this.close(child, close.how, close.message);
    else if (isChildResult(close.result))
      this.change(takeEnd(state, record, close.result, close.result.child, deps.now()));
    else this.change(closedRecord(record, 'failed', 'what it came back with could not be read'));
    this.listener?.gone(child);
    this.showStanding();
  }

  /** It was given up before it came to its end. */
  private takeLate(record: ChildRecord, close: ChildClose): void {
    if (close.kind === 'lost' || !isChildResult(close.result)) return;
    const { child: end } = close.result;
    importUndoable(this.state, record, end.undoable, this.deps.now());
    this.change(account(this.state, record, end, this.deps.now()));
  }

  /** A child on another task queue may have nobody to take it on. */
  private awaitSign(child: string, ms: number): void {
    const summary = `for somebody to take over as ${this.get(child).agent}`;
    const stop = this.deps.deadline(
      ms,
      () => {
        const { seq, phase, taskQueue = '' } = this.get(child);
        if (seq > 0 || phase !== 'starting') return;
        // There may be nobody to take the cancel in either: it is not waited for.
        this.cancel(child);
        this.close(child, 'not_started', `nobody on the task queue ${taskQueue} took it on within ${ms / 1_000} s`);
      },
      summary,
    );
    this.deps.background(
      this.until(() => (this.get(child).seq > 0 || this.get(child).phase === 'closed' ? true : undefined)).then(stop),
    );
  }
}
