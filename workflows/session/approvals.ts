/**
 * Calls that wait until people approved them. Plain code: the promises it hands out are resolved by decisions, by deadlines, or by the end of the turn or
 * the run. What people said so far is in the session's state, so that the next run asks on.
 *
 * State machine of a call:
 * - asked → asked: one of several approvals, an edit that further people must approve, a reminder, another stage.
 * - asked → approved: enough different people (standing decisions count), or its deadline says so. It then runs, with these arguments and no others.
 * - asked → rejected: by one person, or its deadline (`denied`), or the user wrote again (`withdrawn`). It never runs.
 * - asked → stopped: the turn or the session ends. It never runs, and nobody decided.
 * - asked → parked: the run continues as new. The next run asks on, under the same deadline.
 *
 * Some decisions are checked by a worker first (edited arguments, signatures). The call stays asked meanwhile: whoever is faster decides. A check that began
 * before the deadline counts if it comes back accepted, so the deadline waits for it.
 */
import type { ApprovalCheckInput, ApprovalCheckReport } from '../contracts/approval';
import { FAILURE_TYPES } from '../contracts/failures';
import type { DecideRequest, DecideResult } from '../contracts/messages';
import type { RejectedOutcome } from '../contracts/tool';
import * as ends from './approval-ends';
import { ApprovalClock, type ApprovalClockDeps } from './approval-clock';
import { noteRefused } from './approval-notes';
import { mayDecide } from './approval-stages';
import * as deciding from './deciding';
import type { Mailbox, Refusal } from './mailbox';
import { askedCall, askedCalls, termsOf, type ApprovalCall, type AskedCall } from './running-step';
import { apply, type SessionState } from './session-state';
import { standing } from './waiting-call';

/** What became of a call that people were asked about. */
export type ApprovalVerdict =
  /** The step's call holds what it runs with. */
  | { readonly kind: 'approved' }
  | { readonly kind: 'rejected'; readonly outcome: RejectedOutcome }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'parked' };

/** How `approval.check` came back: `failed` where it could not be done. */
export type CheckEnd = ApprovalCheckReport | { readonly kind: 'failed'; readonly message: string };

export interface ApprovalDeps extends ApprovalClockDeps {
  /** Publishes the status. */
  readonly publish: () => void;
  /** Never throws but for bugs. */
  readonly checkApproval: (input: ApprovalCheckInput, summary: string, activityId: string) => Promise<CheckEnd>;
}

const NO_EDIT = 'the worker that checked the edited arguments did not say what would run, so nothing was changed';

interface Check {
  readonly callId: string;
  readonly content: string;
  readonly answer: Promise<DecideResult | Refusal>;
}

export class Approvals {
  private readonly held = new Map<string, (verdict: ApprovalVerdict) => void>();
  /** Of calls that were parked by then; told when they are asked again. One that was approved by then is so in the state. */
  private readonly late = new Map<string, ApprovalVerdict>();
  /** By the ids of their acts. */
  private readonly checks = new Map<string, Check>();
  private readonly clock: ApprovalClock;
  private made = 0;

  constructor(
    private readonly state: SessionState,
    private readonly mailbox: Mailbox,
    private readonly deps: ApprovalDeps,
  ) {
    this.clock = new ApprovalClock(state, deps, {
      isHeld: (callId) => this.held.has(callId),
      isChecked: (callId) => [...this.checks.values()].some((check) => check.callId === callId),
      settle: (asked) => this.settle(asked),
      rejected: (callId, outcome) => this.finish(callId, { kind: 'rejected', outcome }),
      approved: (callId) => this.finish(callId, { kind: 'approved' }),
      showStanding: () => this.showStanding(),
    });
  }

  /** True where no decision is being checked. */
  get idle(): boolean {
    return this.checks.size === 0;
  }

  /** True where nobody is being notified. */
  get quiet(): boolean {
    return this.clock.quiet;
  }

  /** True where a parked call was rejected: this run has to go on with it. */
  get decidedLate(): boolean {
    return this.late.size > 0;
  }

  /** Asks people about all of `calls` at once; goes on asking about those that an earlier run asked about. */
  ask(calls: readonly ApprovalCall[]): readonly Promise<ApprovalVerdict>[] {
    const verdicts = calls.map((call) => this.askAbout(call));
    this.showStanding();
    return verdicts;
  }

  /** Why a decision does not even get in; null where it does. Whether it is taken is said by `decide`, and recorded. */
  refusal({ actId }: DecideRequest): Refusal | null {
    const { ending, acts, sessionId } = this.state;
    if (!ending || acts.has(actId) || this.checks.has(actId)) return null;
    const message = `session ${sessionId} is closing (${ending.reason}), and nobody is asked any more`;
    return { type: FAILURE_TYPES.sessionClosing, message };
  }

  /** Takes a decision, or recognises it. @returns a refusal, which is recorded, where nothing was changed. Waits for a check of a worker at most. */
  decide(request: DecideRequest): Promise<DecideResult | Refusal> | DecideResult | Refusal {
    const { state, deps } = this;
    const { actId, callId } = request;
    const content = deciding.contentOfDecision(request);
    const before = deciding.repeated(state, request);
    if (before) return 'type' in before ? this.refuse(request, before) : before;
    const busy = this.checks.get(actId);
    if (busy) {
      if (busy.callId === callId && busy.content === content) {
        return busy.answer.then((answer) => ('type' in answer ? answer : { ...answer, kind: 'already_done' }));
      }
      const what = `the act id ${actId} is being used for another decision, on ${busy.callId}; a new act needs a new id`;
      return this.refuse(request, deciding.refused(what));
    }
    // What is due comes first: its timer may have been held up.
    this.clock.tend(callId);
    const refusal =
      deciding.decisionRefusal(state, request, deps.now()) ?? deciding.editRefusal(state.runningStep, request);
    const asked = this.find(callId);
    if (refusal || !asked) {
      this.showStanding();
      return this.refuse(request, refusal ?? deciding.refused(`the call ${callId} waits for nobody`));
    }
    if (!deciding.needsCheck(request, termsOf(asked.call, asked.approving))) {
      return this.take(request, asked, { kind: 'accepted', by: request.by.trim() });
    }
    const answer = this.checked(request, asked);
    this.checks.set(actId, { callId, content, answer });
    return answer;
  }

  /** The user wrote, and the agent says that what waits is withdrawn then. */
  withdraw(by: string): void {
    for (const asked of askedCalls(this.state.runningStep)) {
      const outcome = ends.withdrawBy(this.state, asked, by, this.deps.now());
      this.finish(asked.call.id, { kind: 'rejected', outcome });
    }
    this.showStanding();
  }

  /** The turn, or the session, is over: nobody is asked any more. */
  stand(): void {
    for (const callId of [...this.held.keys()]) this.finish(callId, { kind: 'stopped' });
  }

  /** The run continues as new. A call that somebody is just deciding on is parked when that was checked, where it decides nothing. */
  park(): void {
    const checked = new Set([...this.checks.values()].map(({ callId }) => callId));
    for (const callId of [...this.held.keys()]) {
      if (!checked.has(callId)) this.finish(callId, { kind: 'parked' });
    }
  }

  private askAbout(call: ApprovalCall): Promise<ApprovalVerdict> {
    const { state, deps } = this;
    const { id: callId, tool: name, summary } = call;
    const late = this.late.get(callId);
    this.late.delete(callId);
    if (late) return Promise.resolve(late);
    const stopping = (state.ending ?? state.stop) !== undefined;
    if (state.continuing && !stopping) return Promise.resolve({ kind: 'parked' });
    const isNew = this.find(callId) === undefined;
    const now = deps.now();
    if (isNew) {
      const { turn, step } = state;
      const record = { turn, step, kind: 'tool', id: callId, name, summary, startedAt: now } as const;
      apply(state, { kind: 'call_started', record }, now);
    }
    if (stopping) return Promise.resolve({ kind: 'stopped' });
    const verdict = new Promise<ApprovalVerdict>((tell) => this.held.set(callId, tell));
    if (isNew) {
      const approving = { since: now, stage: 0, stageSince: now, reminded: 0, approvedBy: [] };
      apply(state, { kind: 'call_asked', callId, approving }, now);
      if (!this.settle(ends.countStanding(state, { call, approving }, now))) this.clock.notify(callId, 'asked');
    }
    this.clock.tend(callId);
    return verdict;
  }

  private async checked(request: DecideRequest, asked: AskedCall): Promise<DecideResult | Refusal> {
    const { state, deps } = this;
    const { actId, callId } = request;
    const { stageSince } = asked.approving;
    const input = deciding.checkInput(state, request, asked);
    const summary = `may ${request.by} ${request.decision} ${asked.call.summary}?`;
    this.made += 1;
    const end = await deps.checkApproval(input, summary, `${callId}.check${this.made}`);
    this.checks.delete(actId);
    const answer = this.afterCheck(request, stageSince, end);
    // The deadline has waited for this.
    this.clock.tend(callId);
    if (state.continuing) this.park();
    this.showStanding();
    return 'type' in answer ? answer : { ...answer, status: state.status };
  }

  private afterCheck(claimed: DecideRequest, stageSince: number, end: CheckEnd): DecideResult | Refusal {
    const { state } = this;
    const request = end.kind === 'accepted' ? { ...claimed, by: end.by } : claimed;
    // Again: somebody may have been faster, or the turn may be over. And the id may have been used for another act meanwhile.
    const used = deciding.repeated(state, claimed);
    if (used && 'type' in used) return this.refuse(claimed, used);
    const refusal = deciding.decisionRefusal(state, request, this.deps.now(), stageSince);
    if (refusal) return this.refuse(claimed, refusal);
    const asked = this.find(request.callId) as AskedCall;
    switch (end.kind) {
      case 'failed':
        return this.refuse(
          claimed,
          deciding.refused(
            `the decision could not be checked, so nothing was changed and the call still waits: ${end.message}`,
          ),
        );
      case 'refused':
        return this.refuse(claimed, { type: end.type, message: end.problem });
      case 'accepted': {
        const { call, approving } = asked;
        if (!mayDecide(termsOf(call, approving), approving.stage, end)) {
          const what = `${end.by} may not decide on this call: the worker that checked it named none of the roles that may`;
          return this.refuse(claimed, deciding.notAuthorized(what));
        }
        const unread = request.decision === 'edit' && !end.edited ? deciding.refused(NO_EDIT) : null;
        const refused = unread ?? deciding.editRefusal(state.runningStep, request);
        if (refused) return this.refuse(claimed, refused);
        return this.take(claimed, asked, end);
      }
    }
  }

  /** A decision takes effect. */
  private take(request: DecideRequest, asked: AskedCall, accepted: ends.Accepted): DecideResult {
    const { state } = this;
    const { actId, callId } = request;
    const now = this.deps.now();
    let answer;
    if (request.decision === 'reject') {
      const outcome = ends.rejectBy(state, asked, accepted, request.reason, now);
      answer = ends.answerOf(request, asked, 'rejected');
      this.finish(callId, { kind: 'rejected', outcome });
    } else {
      const next = ends.approveBy(state, asked, request, accepted, now);
      const done = this.settle(next);
      answer = ends.answerOf(request, next, done ? 'approved' : 'waiting');
      if (!done) this.clock.tend(callId);
    }
    const content = deciding.contentOfDecision(request);
    apply(state, { kind: 'act_done', actId, done: { act: 'decide', callId, content, decision: answer } }, now);
    this.showStanding();
    return { kind: 'done', ...answer, status: state.status };
  }

  /** Lets a call run that has its approvals. @returns false where it waits on. */
  private settle(asked: AskedCall): boolean {
    const { call, approving } = asked;
    if (!ends.isEnough(call, approving)) return false;
    ends.approve(this.state, asked, ends.namesOf(approving.approvedBy), this.deps.now());
    this.finish(call.id, { kind: 'approved' });
    return true;
  }

  private refuse(request: DecideRequest, refusal: Refusal): Refusal {
    noteRefused(this.state, request, refusal, this.deps.now());
    this.deps.publish();
    return refusal;
  }

  private finish(callId: string, verdict: ApprovalVerdict): void {
    this.clock.stop(callId);
    const tell = this.held.get(callId);
    this.held.delete(callId);
    if (!tell && verdict.kind === 'rejected') this.late.set(callId, verdict);
    tell?.(verdict);
  }

  private find(callId: string): AskedCall | undefined {
    return askedCall(this.state.runningStep, callId);
  }

  /** The status after a call began or ceased to wait. How a session ends is said by its loop. */
  private showStanding(): void {
    const { state, mailbox } = this;
    if (askedCalls(state.runningStep).length > 0) mailbox.answerMeanwhile();
    if (!state.ending) apply(state, { kind: 'status_changed', ...standing(state) }, this.deps.now());
    this.deps.publish();
  }
}
