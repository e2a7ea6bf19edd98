/** All that a session has to do with its children, and with its parent where it is a child, put together. Plain code with injected dependencies. */
import type { ResultCheckInput, ResultCheckReport, StateCheckInput, StateCheckReport } from '../contracts/activities';
import type { ResultCall, TransferCall } from '../contracts/family-call';
import type { TransferProposal } from '../contracts/handoff';
import { utf8Length } from '../contracts/json';
import type { ToolCallReport } from '../contracts/tool';
import { END_CHILD_MS, MAX_CHILD_RESULT_BYTES, MAX_CHILDREN_CARRY_BYTES } from './activity-options';
import type { Asking } from './bounding';
import { openRecords } from './children';
import { Delegating } from './delegating';
import { Family, type FamilyDeps } from './family';
import { FamilyActs } from './family-acts';
import { ownReport, rejectedReport, type FamilyCalls } from './family-calls';
import { Forwarding } from './forwarding';
import { GivingMore } from './giving-more';
import { HandingOver } from './handing-over';
import type { LimitVerdict } from './limit-gate';
import type { Mailbox } from './mailbox';
import { apply, type SessionState } from './session-state';
import { TellingChildren } from './telling-children';

export interface FamilyPartsDeps extends FamilyDeps {
  /** Task queue of the session. */
  readonly taskQueue: string;
  readonly askForMore: (asking: Asking) => Promise<LimitVerdict>;
  /** Nobody need be asked any more. */
  readonly enough: () => void;
  /** The same of what a former run asked about. */
  readonly lapse: () => void;
  /** Neither rejects but for bugs: what could not be checked is refused. */
  readonly checkState: (input: StateCheckInput) => Promise<StateCheckReport>;
  readonly checkResult: (input: ResultCheckInput, taskQueue: string) => Promise<ResultCheckReport>;
  /** In a child: begins to come back with what it wants to hand over. */
  readonly comeBack: (proposal: TransferProposal) => void;
  /** In a child: true, once, where it could not come back. */
  readonly couldNotComeBack: () => boolean;
  /** Resolves once no compensation runs. */
  readonly untilUndone: () => Promise<void>;
}

/** What a child is told by when it is to come back. */
const PARK = 'park:';

export class FamilyParts {
  readonly family: Family;
  readonly acts: FamilyActs;
  readonly telling: TellingChildren;
  readonly forwarding: Forwarding;
  readonly calls: FamilyCalls;
  private readonly handingOver: HandingOver;
  /** Which run of each child was told to come back. */
  private readonly parked = new Map<string, number>();
  /** Children that cannot come back now. */
  private readonly staying = new Set<string>();

  constructor(
    private readonly state: SessionState,
    mailbox: Pick<Mailbox, 'answerMeanwhile'>,
    private readonly deps: FamilyPartsDeps,
  ) {
    const family = new Family(state, mailbox, deps);
    const acts = new FamilyActs(family, (child) => this.parkLate(child));
    const giving = new GivingMore(family, deps.askForMore, deps.enough, deps.lapse);
    this.family = family;
    this.acts = acts;
    this.telling = new TellingChildren(family);
    this.handingOver = new HandingOver(family, deps.taskQueue, deps.askForMore);
    this.forwarding = new Forwarding(family, this.handingOver, deps.checkState);
    const delegating = new Delegating(family, deps.taskQueue);
    family.listen({
      accepted: (child) => this.handingOver.accepted(child),
      answered: (child, report) => {
        acts.answered(child, report);
        const { relayId = '', result } = report;
        if (!relayId.startsWith(PARK) || result?.kind !== 'refused') return;
        this.staying.add(child);
        // It is told again when this session tries again.
        this.parked.delete(child);
      },
      gone: (child) => {
        this.staying.delete(child);
        acts.gone(child);
        giving.gone();
      },
      began: (child) => {
        this.telling.began(child);
        // It was begun, or begun again, when the others had been told.
        this.parkLate(child);
      },
      wanting: () => giving.wanting(),
    });
    this.calls = {
      isBegun: (callId) => delegating.isBegun(callId),
      delegate: (call) => delegating.delegate(call),
      transfer: (call) => this.transfer(call),
      giveResult: (call) => this.giveResult(call),
      refused: ({ tool }) => {
        if (tool === 'give_result') this.repairDue();
      },
    };
  }

  /** True where a handoff is under way, or a person acts on a child that came back: the run has to go on with that. */
  get isNeeded(): boolean {
    return this.handingOver.underway || this.acts.isWanted;
  }

  /** True where a child said that it cannot come back for the next run. */
  get cannotPark(): boolean {
    return this.staying.size > 0;
  }

  /** Tells the children that run to come back, for the next run. */
  park(): void {
    const { state, family } = this;
    this.staying.clear();
    for (const { child } of openRecords(state.family)) if (family.runsNow(child)) this.parkChild(child);
    family.look();
  }

  /** While the next run is due: what people do to it comes first. */
  private parkLate(child: string): void {
    const { state, family, acts } = this;
    const isDue = state.continuing && !(state.ending ?? state.stop);
    if (isDue && family.runsNow(child) && !acts.isWaitingFor(child)) this.parkChild(child);
  }

  /** Once for each run of it. */
  private parkChild(child: string): void {
    const { state } = this;
    const { begun } = this.family.get(child);
    if (this.parked.get(child) === begun) return;
    this.parked.set(child, begun);
    const most = Math.min(MAX_CHILDREN_CARRY_BYTES, state.parkFor === undefined ? Infinity : state.parkFor / 2);
    const maxBytes = Math.floor(most / Math.max(1, openRecords(state.family).length));
    const relay = { relayId: `${PARK}${state.run}.${begun}`, act: 'park', payload: { maxBytes } } as const;
    this.deps.background(this.family.tell(child, relay));
  }

  /** The turn, or the session, is over. */
  stand(): void {
    const { state, family } = this;
    family.look();
    const { ending } = state;
    if (!ending) return;
    for (const { child, role } of openRecords(state.family)) {
      // A delegate is the business of the call that it answers.
      if (role === 'transfer') this.tellToEnd(child);
    }
  }

  /** Resolves once all children have come to their end; where one does not in time, it is left to end by itself. */
  async untilClosed(): Promise<void> {
    const { state, family, deps } = this;
    for (const { child } of openRecords(state.family)) this.tellToEnd(child);
    if (openRecords(state.family).length === 0) return;
    let late = false;
    const due = () => {
      late = true;
      family.look();
    };
    const stop = deps.deadline(END_CHILD_MS, due, 'for the children to come to their end');
    await family.until(() => {
      // One that was about to come back, or to hand over, did so first.
      for (const { child, phase } of openRecords(state.family)) if (phase === 'parked') this.tellToEnd(child);
      return openRecords(state.family).length === 0 || late ? true : undefined;
    });
    stop();
    for (const { child } of openRecords(state.family)) {
      family.cancel(child);
      family.close(child, 'ended', 'the session ended, and it had not answered by then');
    }
  }

  private tellToEnd(child: string): void {
    const { state, family } = this;
    const { ending } = state;
    if (!ending) return;
    family.revive(child, 'the session ended before anybody had taken over');
    if (ending.status === 'cancelled') return family.cancel(child);
    const { onStop, message, reason } = ending;
    const actId = `end.${family.get(child).begun}`;
    const payload = {
      actId,
      act: 'end',
      ...(onStop === undefined ? {} : { onStop }),
      reason: (message ?? reason).slice(0, 2_000),
    } as const;
    this.deps.background(family.tell(child, { relayId: `act:${actId}`, act: 'intervene', payload }));
  }

  private async transfer(call: TransferCall): Promise<ToolCallReport | 'parked'> {
    const { kind: _, id: callId, ...rest } = call;
    const proposal: TransferProposal = { callId, ...rest };
    const { child } = this.state.input;
    if (child) return child.role === 'transfer' ? this.propose(proposal) : notForDelegates(call);
    const end = await this.handingOver.handOver(proposal);
    if (end.kind === 'refused') return ownReport(end.outcome);
    return ownReport({ kind: 'succeeded', result: { transferred_to: call.to } });
  }

  /** In a child: it comes back with what it wants, and its parent sees to the rest. */
  private async propose(proposal: TransferProposal): Promise<ToolCallReport | 'parked'> {
    const { state, deps } = this;
    const { refused } = state.input.child ?? {};
    if (refused?.callId === proposal.callId) return ownReport(refused.outcome);
    if (deps.couldNotComeBack()) {
      return ownReport({
        kind: 'failed',
        reason: 'tool_error',
        message: `nothing was handed over to ${proposal.to}: what you know could not be stored just now. Try again later, or go on yourself`,
      });
    }
    if (state.unresolved.size > 0) {
      const names = [...state.unresolved.values()].map(({ summary }) => summary).join(', ');
      const message = `nothing was handed over: a person has to say first what became of ${names}`;
      return rejectedReport('not_permitted', message);
    }
    await deps.untilUndone();
    if (state.ending ?? state.stop) {
      return ownReport({ kind: 'cancelled', message: 'the turn was stopped before this call began' });
    }
    deps.comeBack(proposal);
    return 'parked';
  }

  private async giveResult(call: ResultCall): Promise<ToolCallReport> {
    const { state, deps } = this;
    const { id: callId, value } = call;
    const contract = state.input.child?.result;
    const bytes = utf8Length(JSON.stringify(value));
    if (bytes > MAX_CHILD_RESULT_BYTES) {
      this.repairDue();
      const most = `at most ${MAX_CHILD_RESULT_BYTES} can be handed on`;
      return rejectedReport(
        'invalid_arguments',
        `the result is ${bytes} bytes, and ${most}. Call give_result again, shorter`,
      );
    }
    const { sessionId } = state;
    const end = contract
      ? await deps.checkResult(
          { agent: contract.agent, delegate: contract.delegate, sessionId, callId, value },
          contract.taskQueue,
        )
      : ({ kind: 'accepted', value } as const);
    if (end.kind === 'refused') {
      this.repairDue();
      return rejectedReport(
        'invalid_arguments',
        `this is not what was asked for: ${end.problem}. Call give_result again`,
      );
    }
    apply(state, { kind: 'result_given', value: end.value }, deps.now());
    return ownReport({ kind: 'succeeded', result: { given: true } });
  }

  /** A result that cannot be taken is sent back as often as an answer that cannot be used. */
  private repairDue(): void {
    const { state, deps } = this;
    apply(state, { kind: 'bounding_changed', bounding: { ...state.bounding, repairDue: true } }, deps.now());
  }
}

function notForDelegates({ to }: TransferCall): ToolCallReport {
  return rejectedReport(
    'not_permitted',
    `nothing was handed over to ${to}: you work for another agent, and have no user to hand over`,
  );
}
