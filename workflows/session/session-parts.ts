/** A session put together: its parts, what they take of one another, and its way from a first turn to its end. Plain code; what is outside is injected. */
import type { Carry } from '../contracts/continuation';
import type { Report } from '../contracts/handoff';
import { BY_USER } from '../contracts/same-person';
import type { SessionResult } from '../contracts/session';
import type { LedgerRef } from '../contracts/tool';
import { ownActs } from './act-taker';
import { LAST_REPORT_MS } from './activity-options';
import { Approvals, type ApprovalDeps } from './approvals';
import type { AskModelDeps } from './ask-model';
import { BargeIn } from './barge-in';
import { carriedEnd, childResult, overEnd, undoableOf } from './child-end';
import { conversationLedger } from './continuation';
import type { FamilyDeps } from './family';
import { FamilyParts, type FamilyPartsDeps } from './family-parts';
import { HoldGate } from './hold-gate';
import { Interventions } from './interventions';
import { LimitGate } from './limit-gate';
import { Mailbox } from './mailbox';
import { NextRun, type NextRunDeps } from './next-run';
import { Relays } from './relays';
import { Reporter } from './reporter';
import type { RunningCalls } from './running-calls';
import { runSession, sessionResult, type SessionDeps } from './session-loop';
import { apply, type Ending, type SessionState } from './session-state';
import { beginChild } from './state-items';
import type { ToolCallDeps } from './tool-calls';
import { Undoing, type UndoDeps } from './undo';
import { Unresolved, type UnresolvedDeps } from './unresolved';

/** What a session is given: everything that is not itself. */
export interface Outside
  extends
    Pick<ApprovalDeps, 'now' | 'deadline' | 'background' | 'checkApproval' | 'notifyPerson'>,
    Pick<UnresolvedDeps, 'resolveCall'>,
    Pick<UndoDeps, 'undoCall'>,
    Pick<FamilyDeps, 'startChild' | 'signalChild'>,
    Pick<FamilyPartsDeps, 'taskQueue' | 'checkState' | 'checkResult'>,
    Pick<AskModelDeps, 'callModel'>,
    Pick<ToolCallDeps, 'callTool'>,
    Pick<SessionDeps, 'waitForWork'>,
    Pick<NextRunDeps, 'facts' | 'until' | 'handlersFinished' | 'store' | 'continueAsNew'> {
  /** Shows what changed: search attributes and current details; `showProgress` the latter alone. */
  readonly shown: { readonly publish: () => void; readonly showProgress: () => void };
  readonly running: RunningCalls;
  /** Runs turns, so that `cancelTurn` cancels what they wait for; `renewTurns` once they are to go on after that. */
  readonly inTurns: <T>(work: () => Promise<T>) => Promise<T>;
  readonly cancelTurn: () => void;
  readonly renewTurns: () => void;
  /** Tells the parent of a child. @returns false where it cannot be told. */
  readonly tellParent: (report: Report) => Promise<boolean>;
  /** Waits until `holds` gives true, at most `ms`. Out of a cancel's reach. */
  readonly untilOr: (holds: () => boolean, ms: number) => Promise<unknown>;
  readonly closeConversation: (ledger: LedgerRef) => Promise<void>;
  /** Lets the server record what was taken in, before the session closes. */
  readonly settle: () => Promise<void>;
}

export class SessionParts {
  readonly mailbox: Mailbox;
  readonly reporter: Reporter | undefined;
  readonly unresolved: Unresolved;
  readonly approvals: Approvals;
  readonly undoing: Undoing;
  readonly limitGate: LimitGate;
  readonly holdGate: HoldGate;
  readonly interventions: Interventions;
  readonly bargeIn: BargeIn;
  readonly family: FamilyParts;
  readonly relays: Relays | undefined;
  readonly nextRun: NextRun;

  constructor(
    readonly state: SessionState,
    private readonly outside: Outside,
  ) {
    const { now, deadline, background, running, checkState } = outside;
    const { resolveCall, undoCall, checkApproval, notifyPerson } = outside;
    const publish = () => this.publish();
    const progress = () => this.progress();
    const breakOff = () => this.breakOff();
    const mailbox = new Mailbox(state, now, (messageId, answer) => this.reporter?.settled(messageId, answer));
    this.mailbox = mailbox;
    this.reporter = state.input.child && new Reporter(state, { send: outside.tellParent, background });
    const unresolved = new Unresolved(state, mailbox, { now, publish, resolveCall });
    this.unresolved = unresolved;
    this.approvals = new Approvals(state, mailbox, { now, publish, deadline, checkApproval, notifyPerson, background });
    this.undoing = new Undoing(state, unresolved, { now, undoCall, progress, background });
    const { approvals, undoing } = this;
    const limitGate = new LimitGate(state, mailbox, {
      now,
      publish,
      deadline: (ms, due) => deadline(ms, due, 'for a person to extend a bound'),
    });
    this.limitGate = limitGate;
    const holdGate = new HoldGate(state);
    this.holdGate = holdGate;
    const family = new FamilyParts(state, mailbox, {
      ...{ now, publish, deadline, background, checkState },
      startChild: outside.startChild,
      signalChild: outside.signalChild,
      taskQueue: outside.taskQueue,
      checkResult: outside.checkResult,
      askForMore: (asking) => limitGate.ask(asking),
      enough: () => limitGate.enough(),
      lapse: () => limitGate.lapse(),
      comeBack: (proposal) => this.nextRun.handOver(proposal),
      couldNotComeBack: () => this.nextRun.tookFailure(),
      untilUndone: () => outside.until(() => undoing.idle),
    });
    this.family = family;
    this.interventions = new Interventions(state, {
      ...{ now, publish, progress, mailbox, holdGate, running, undoing, deadline, breakOff, checkState },
      stopTurn: () => {
        this.stand();
        outside.cancelTurn();
      },
      extended: () => limitGate.extended(),
      acted: (request, heard) => family.telling.done(request, heard),
    });
    this.bargeIn = new BargeIn(state, { now, mailbox, breakOff, withdraw: () => approvals.withdraw(BY_USER) });
    this.relays = this.reporter && this.relaysOf(this.reporter);
    this.nextRun = new NextRun(
      state,
      {
        ...{ mailbox, unresolved, approvals, undoing, limitGate, holdGate },
        family: {
          park: () => family.park(),
          resume: () => family.family.resume(),
          atRest: () => family.family.atRest,
          cannotPark: () => family.cannotPark,
          isNeeded: () => family.isNeeded,
          isQuiet: () => family.acts.idle && (this.relays?.idle ?? true) && (this.reporter?.idle ?? true),
        },
      },
      {
        ...{ now, background, deadline },
        facts: outside.facts,
        until: outside.until,
        handlersFinished: outside.handlersFinished,
        store: outside.store,
        continueAsNew: outside.continueAsNew,
        lastWords: () => this.lastReport(),
      },
    );
  }

  /** Shows what changed. Called, as `progress`, where something happened that is in history. */
  publish(): void {
    this.nextRun.look();
    this.outside.shown.publish();
    this.reporter?.look();
  }

  progress(): void {
    this.nextRun.look();
    this.outside.shown.showProgress();
    this.reporter?.look();
  }

  /** The session was cancelled from outside. */
  cancelled(): void {
    const ending: Ending = { status: 'cancelled', reason: 'cancelled', message: 'the session was cancelled' };
    apply(this.state, { kind: 'ending', ending }, this.outside.now());
    this.stand();
  }

  /** Takes up what the session was begun with, or what an earlier run left. Before anything else comes in. */
  begin(): void {
    const { state, reporter, outside } = this;
    const { message, carry, child } = state.input;
    if (child && reporter && !carry) {
      beginChild(state, outside.now());
      reporter.begin();
      if (child.announce) reporter.announce();
    }
    // Nobody waits for its answer here, so it takes no place of those who may.
    if (message && !carry) apply(state, { kind: 'message_accepted', request: message }, outside.now());
    this.undoing.resume();
    this.family.family.resume();
    if (carry) this.progress();
  }

  /** Runs the session to its end, or to the end of this run. @returns undefined for one that was cancelled. */
  async run(): Promise<SessionResult | undefined> {
    const { state, outside, mailbox, nextRun, reporter } = this;
    const deps = this.sessionDeps();
    nextRun.watch();
    let ending: Ending | undefined;
    for (;;) {
      ending = await outside.inTurns(() => runSession(state, mailbox, deps));
      if (ending) break;
      outside.renewTurns();
      const carry: Carry | undefined = state.continuing ? await nextRun.leave() : undefined;
      if (carry && reporter) return carriedEnd(state, reporter.lastWords(), carry, outside.now());
    }
    await this.close(ending);
    if (ending.status === 'cancelled') return undefined;
    const result = sessionResult(state, { ...ending, status: ending.status });
    return reporter ? childResult(result, overEnd(state, reporter.lastWords())) : result;
  }

  private async close(ending: Ending): Promise<void> {
    const { state, outside, nextRun, undoing, unresolved, approvals, family } = this;
    // Where a session ends by itself, a compensation may still be waiting for somebody, also for the run that was to come next.
    undoing.resume();
    unresolved.stand('all');
    const ledger = nextRun.hasStored ? conversationLedger(state) : undefined;
    if (ledger) await outside.closeConversation(ledger);
    if (ending.reason === 'ended' || ending.status === 'cancelled') await outside.settle();
    await family.untilClosed();
    await outside.until(
      () => outside.handlersFinished() && undoing.idle && approvals.quiet && (this.relays?.idle ?? true),
    );
    // A child that is cancelled has no result that could say what is new.
    if (ending.status === 'cancelled') this.reporter?.flush({ undoable: undoableOf(state) });
    await this.untilTold();
  }

  /** Tells the parent of a child all that is new, and waits until it was told. */
  private async lastReport(): Promise<void> {
    this.reporter?.flush();
    await this.untilTold();
  }

  /** A parent that cannot be told does not keep its child from its end. */
  private async untilTold(): Promise<void> {
    const { reporter, outside } = this;
    if (reporter && !reporter.idle) await outside.untilOr(() => reporter.idle, LAST_REPORT_MS);
  }

  /** Nobody is asked, or waited for, any more in the turn that is being stopped. */
  private stand(): void {
    const { state, unresolved, approvals, limitGate, holdGate, family } = this;
    unresolved.stand(state.ending ? 'all' : 'turn');
    approvals.stand();
    limitGate.stand();
    holdGate.look();
    family.stand();
  }

  private breakOff(): void {
    this.stand();
    // A turn has either a model call or calls of tools under way, and those finish. What another agent is at is told to stop.
    if (!this.state.runningStep) this.outside.cancelTurn();
  }

  private relaysOf(reporter: Reporter): Relays {
    const { state, outside, mailbox, limitGate, approvals, unresolved, interventions, family } = this;
    const own = ownActs({ approvals, unresolved, interventions });
    return new Relays(state, {
      now: outside.now,
      background: outside.background,
      ...{ mailbox, limitGate, reporter },
      acts: {
        decide: (request) => family.acts.decide(request) ?? own.decide(request),
        resolve: (request) => family.acts.resolve(request) ?? own.resolve(request),
        intervene: (request) => family.acts.intervene(request) ?? own.intervene(request),
      },
      park: (maxBytes, refuse) => this.nextRun.comeBack(maxBytes, refuse),
    });
  }

  private sessionDeps(): SessionDeps {
    const { state, outside, unresolved, approvals, limitGate, undoing, family, holdGate } = this;
    return {
      now: outside.now,
      publish: () => this.publish(),
      progress: () => this.progress(),
      stopping: () => state.ending !== undefined || state.stop !== undefined,
      continuing: () => state.continuing,
      waitForWork: outside.waitForWork,
      callModel: outside.callModel,
      callTool: outside.callTool,
      hold: holdGate,
      holdBack: (held) => unresolved.hold(held),
      askPeople: (calls) => approvals.ask(calls),
      askForMore: (asking) => limitGate.ask(asking),
      undoTurn: (turn) => undoing.undoTurn(turn),
      family: family.calls,
      forward: (request) => family.forwarding.forward(request),
    };
  }
}
