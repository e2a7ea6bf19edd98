/**
 * How a session goes on in a new run: when that is due, nothing new is begun; what runs comes to its end, what waits is parked, and what is left goes
 * along. Whoever comes in between is told to send again. Plain code with injected dependencies.
 */
import type { Carry, SegmentRef } from '../contracts/continuation';
import type { TransferProposal } from '../contracts/handoff';
import type { SessionInput } from '../contracts/session';
import type { LedgerRef } from '../contracts/tool';
import type { Approvals } from './approvals';
import { encodeCarry } from './carry';
import { conversationLedger, isDue, mayContinue, partToStore, type Part, type RunFacts } from './continuation';
import type { HoldGate } from './hold-gate';
import type { LimitGate } from './limit-gate';
import type { Mailbox } from './mailbox';
import { apply, type SessionState } from './session-state';
import type { Undoing } from './undo';
import type { Unresolved } from './unresolved';

/** Where it could not be done now, it is tried again so many events later. */
const EVENTS_UNTIL_STORE_AGAIN = 500;
const EVENTS_UNTIL_SMALLER = 200;
/** Children that were told to come back have so long: longer than most steps of theirs. Meanwhile nothing new is begun here. */
const PARK_MS = 60_000;

export interface NextRunDeps {
  readonly now: () => number;
  /** As of the last workflow task. */
  readonly facts: () => Omit<RunFacts, 'updates'>;
  /** Lets work go on that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
  /** Resolves as soon as `holds` gives true. None of these is in a cancel's reach. */
  readonly until: (holds: () => boolean) => Promise<void>;
  readonly handlersFinished: () => boolean;
  /** Calls `due` after `ms`. @returns what stops that timer. */
  readonly deadline: (ms: number, due: () => void, summary: string) => () => void;
  /** Stores a part of the conversation. @returns undefined where it could not. */
  readonly store: (part: Part, ledger: LedgerRef) => Promise<readonly SegmentRef[] | undefined>;
  /** In a child: what its parent was not told yet is told. */
  readonly lastWords: () => Promise<void>;
  /** Closes this run and begins the next. */
  readonly continueAsNew: (input: SessionInput) => Promise<unknown>;
}

/** The children: what waits in them goes along too. */
export interface ParkableFamily {
  /** Tells those that run to come back. */
  readonly park: () => void;
  /** Begins those again that came back. */
  readonly resume: () => void;
  readonly atRest: () => boolean;
  /** True where one of them said that it cannot come back now. */
  readonly cannotPark: () => boolean;
  /** True where a handoff is under way, or a person acts on a child: this run has to go on with that. */
  readonly isNeeded: () => boolean;
  /** Of a child: true where nothing that its parent told it is under way. */
  readonly isQuiet: () => boolean;
}

/** What may wait, or run, when the next run is due. */
export interface Parkable {
  readonly mailbox: Mailbox;
  readonly unresolved: Unresolved;
  readonly approvals: Approvals;
  readonly undoing: Undoing;
  readonly limitGate: LimitGate;
  readonly holdGate: HoldGate;
  readonly family: ParkableFamily;
}

export class NextRun {
  /** Updates taken in. */
  private updates = 0;
  private facts: Omit<RunFacts, 'updates'> | undefined;
  private notBefore = 0;
  private watching = false;
  private failedToLeave = false;
  /** True where parts of the conversation may be stored that no run refers to. */
  private storedInVain = false;
  /** True where the children took too long. */
  private parkedLate = false;
  private stopParkTimer: (() => void) | undefined;
  /** In a child: tells its parent that it cannot come back now. */
  private refusePark: ((message: string) => void) | undefined;

  constructor(
    private readonly state: SessionState,
    private readonly parts: Parkable,
    private readonly deps: NextRunDeps,
  ) {}

  tookIn(): void {
    this.updates += 1;
    this.look();
  }

  /**
   * Looks how long the run is. To be called where something happened that is in history, and nowhere else: the server drops a task in which updates were
   * refused and nothing else was done, and what was seen in it a replay would not see.
   */
  look(): void {
    this.facts = this.deps.facts();
  }

  /** True where something of this session's conversation is stored. */
  get hasStored(): boolean {
    return this.state.segments.length > 0 || this.storedInVain;
  }

  /** Parks what waits as soon as the next run is due. */
  watch(): void {
    if (this.watching) return;
    this.watching = true;
    this.deps.background(
      this.deps
        .until(() => this.isDue())
        .then(() => {
          this.watching = false;
          this.begin();
        }),
    );
  }

  /**
   * Closes this run, once everything else has come to rest. Returns where the session has to go on in it first; and in a child that comes back to its parent,
   * what it comes back with.
   */
  async leave(): Promise<Carry | undefined> {
    const { state, deps } = this;
    // Some may have been begun, or stopped, since the others were told.
    if (!this.mustStay()) this.parts.family.park();
    await this.untilRecorded();
    if (this.mustStay()) return this.stay();
    // A child that cannot come back keeps nobody else from going on.
    if (!this.parts.family.atRest()) return this.stay(EVENTS_UNTIL_SMALLER);
    // Before anything is put down: what is said from then on is said by the next run.
    if (state.input.child) await deps.lastWords();
    const stored = await this.store();
    if (!stored) return this.stay(EVENTS_UNTIL_STORE_AGAIN);
    await this.answerAll();
    if (this.mustStay() || !this.parts.family.atRest()) return this.stay();
    const carry = encodeCarry(state, stored, state.parkFor);
    if (!carry) return this.stay(EVENTS_UNTIL_SMALLER);
    if (state.leaving ?? state.parkFor) return carry;
    const { message: _message, ...input } = state.input;
    // replay-tested: 2026-11-21
    await deps.continueAsNew({ ...input, keyNamespace: state.keyNamespace, carry });
    return undefined;
  }

  /**
   * In a child: it is to come back to its parent, as soon as it has come to rest.
   * @param maxBytes of what it comes back with. @param refuse is told where it cannot.
   */
  comeBack(maxBytes: number, refuse: (message: string) => void): void {
    this.refusePark = refuse;
    apply(this.state, { kind: 'park_asked', maxBytes }, this.deps.now());
    this.notBefore = 0;
  }

  /** In a child: it hands over, so that nothing new is begun. */
  handOver(proposal: TransferProposal): void {
    apply(this.state, { kind: 'leaving', proposal }, this.deps.now());
    this.begin();
  }

  /** True, once, where a child could not come back to hand over. */
  tookFailure(): boolean {
    const { failedToLeave } = this;
    this.failedToLeave = false;
    return failedToLeave;
  }

  /** Waits for what a person is just saying, which takes seconds; who sends a message meanwhile waits too. */
  private untilRecorded(): Promise<void> {
    const { family } = this.parts;
    const cannot = () => !family.atRest() && (this.parkedLate || family.cannotPark());
    return this.deps.until(() => this.mustStay() || cannot() || (this.isRecorded() && family.atRest()));
  }

  /** True where nothing that a person said is being recorded, or checked, and nobody is being notified: a run that closes takes that along. */
  private isRecorded(): boolean {
    const { unresolved, approvals } = this.parts;
    return unresolved.idle && approvals.idle && approvals.quiet && this.parts.family.isQuiet();
  }

  /** Tells everyone who waits to send again. Where it comes to its end, nothing is left that could bring an event: the server takes the close with it. */
  private async answerAll(): Promise<void> {
    const { parts, deps } = this;
    const { mailbox } = parts;
    for (;;) {
      await this.untilRecorded();
      if (this.mustStay()) return;
      mailbox.park();
      await deps.until(() => this.mustStay() || !this.isRecorded() || deps.handlersFinished());
      if (this.isRecorded()) return;
      mailbox.unpark();
    }
  }

  private begin(): void {
    if (this.state.continuing) return;
    apply(this.state, { kind: 'continuing' }, this.deps.now());
    this.parts.unresolved.park();
    this.parts.approvals.park();
    this.parts.limitGate.park();
    this.parts.holdGate.look();
    this.parts.family.park();
    this.parkedLate = false;
    if (this.parts.family.atRest()) return;
    const due = () => (this.parkedLate = true);
    this.stopParkTimer = this.deps.deadline(PARK_MS, due, 'for the children to come back for the next run');
  }

  /** @returns undefined where it had to be stored, and could not be. */
  private async store(): Promise<readonly SegmentRef[] | undefined> {
    const part = partToStore(this.state);
    if (!part) return [];
    const ledger = conversationLedger(this.state);
    if (!ledger) return undefined;
    this.storedInVain = true;
    return this.deps.store(part, ledger);
  }

  /** A compensation may take as long as a tool: the session goes on meanwhile, and its next run begins after it. */
  private mustStay(): boolean {
    const { ending, stop } = this.state;
    const { unresolved, approvals, undoing } = this.parts;
    const isDecided = unresolved.decidedLate || approvals.decidedLate;
    return ending !== undefined || stop !== undefined || isDecided || !undoing.idle || this.parts.family.isNeeded();
  }

  /** @param events of this run's history that are to pass before it is tried again. */
  private stay(events = 0): undefined {
    const { mailbox, undoing, family } = this.parts;
    this.stopParkTimer?.();
    this.stopParkTimer = undefined;
    this.notBefore = this.deps.facts().events + events;
    if (events > 0 && this.refusePark) {
      // Its parent goes on as it is, and tells it again. What hands over is told otherwise.
      apply(this.state, { kind: 'park_asked' }, this.deps.now());
      this.refusePark('it could not be stored, or is too large to come back with just now');
      this.refusePark = undefined;
    }
    apply(this.state, { kind: 'staying' }, this.deps.now());
    if (this.state.leaving) {
      this.failedToLeave = events > 0;
      this.notBefore = 0;
      apply(this.state, { kind: 'leaving' }, this.deps.now());
    }
    mailbox.unpark();
    undoing.resume();
    family.resume();
    this.watch();
    return undefined;
  }

  private isDue(): boolean {
    const { state, updates, facts } = this;
    if (state.continuing || (state.ending ?? state.stop)) return false;
    if (state.parkFor !== undefined) return this.parts.undoing.idle;
    if (!facts) return false;
    if (!this.parts.undoing.idle || facts.events < this.notBefore || !mayContinue(state)) return false;
    if (this.parts.family.isNeeded()) return false;
    return isDue({ ...facts, updates }, state.input.continueAfter);
  }
}
