/** What the clock does to calls that wait for approval: reminders, deadlines, and who is notified of it. Plain code with injected dependencies. */
import type { NotifyInput } from '../contracts/approval';
import { inertLine } from '../contracts/display';
import type { RejectedOutcome } from '../contracts/tool';
import { MAX_SUMMARY_CHARS } from './activity-options';
import * as ends from './approval-ends';
import { approvalItem } from './approval-items';
import { appendRecord, calledLine } from './approval-notes';
import { dueOf } from './approval-stages';
import { ofChild } from './family-pending';
import { onBehalfOf } from './on-behalf-of';
import { askedCall, termsOf, type AskedCall } from './running-step';
import type { SessionState } from './session-state';
import { shareOf } from './waiting-call';

export interface ApprovalClockDeps {
  readonly now: () => number;
  /** Calls `due` after `ms`, 1 or more. @returns what stops that timer. */
  readonly deadline: (ms: number, due: () => void, summary: string) => () => void;
  /** @returns why nobody could be told, undefined where they were. Never throws but for bugs. */
  readonly notifyPerson: (input: NotifyInput, activityId: string) => Promise<string | undefined>;
  /** Lets work go on that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
}

/** Whoever asks about the calls. */
export interface Asker {
  /** True where somebody waits for what becomes of it: else it was left to the next run, which looks at the clock itself. */
  readonly isHeld: (callId: string) => boolean;
  /** True while a worker checks a decision on it. */
  readonly isChecked: (callId: string) => boolean;
  /** Lets a call run that has its approvals. @returns false where it waits on. */
  readonly settle: (asked: AskedCall) => boolean;
  readonly rejected: (callId: string, outcome: RejectedOutcome) => void;
  readonly approved: (callId: string) => void;
  readonly showStanding: () => void;
}

export class ApprovalClock {
  private readonly timers = new Map<string, { readonly at: number; readonly stop: () => void }>();
  private made = 0;
  private notifying = 0;

  constructor(
    private readonly state: SessionState,
    private readonly deps: ApprovalClockDeps,
    private readonly asker: Asker,
  ) {}

  /** True where nobody is being notified. */
  get quiet(): boolean {
    return this.notifying === 0;
  }

  /** Does what is due by now, and sees to it that this is looked at again when something is. */
  tend(callId: string): void {
    const { state, deps, asker } = this;
    for (
      let asked = askedCall(state.runningStep, callId);
      asked && !(state.ending ?? state.stop);
      asked = askedCall(state.runningStep, callId)
    ) {
      const now = deps.now();
      const due = dueOf(asked, now);
      if (due.kind === 'nothing') {
        if (due.at === undefined || !asker.isHeld(callId)) return this.stop(callId);
        if (this.timers.get(callId)?.at !== due.at) this.startTimer(asked, due.at, now);
        return;
      }
      if (due.kind === 'reminder') {
        ends.remind(state, asked, due.reminded, now);
        this.notify(callId, 'reminder');
        continue;
      }
      // A check that began before the deadline counts.
      if (asker.isChecked(callId)) return;
      switch (due.does) {
        case 'reject':
          asker.rejected(callId, ends.rejectByDeadline(state, asked, now));
          break;
        case 'approve':
          ends.approveByDeadline(state, asked, now);
          asker.approved(callId);
          break;
        case 'escalate': {
          const next = ends.countStanding(state, ends.escalate(state, asked, now), now);
          if (!asker.settle(next)) this.notify(callId, 'escalated');
        }
      }
    }
  }

  private startTimer(asked: AskedCall, at: number, now: number): void {
    const callId = asked.call.id;
    this.stop(callId);
    const due = () => {
      this.timers.delete(callId);
      this.tend(callId);
      this.asker.showStanding();
    };
    const summary = inertLine(`for people to approve ${calledLine(asked)}`, MAX_SUMMARY_CHARS);
    const stop = this.deps.deadline(Math.max(1, at - now), due, summary);
    this.timers.set(callId, { at, stop });
  }

  /** No timer of this call goes off any more. */
  stop(callId: string): void {
    this.timers.get(callId)?.stop();
    this.timers.delete(callId);
  }

  /** Tells people, where the worker has somebody to tell. Nothing waits for it. */
  notify(callId: string, kind: NotifyInput['kind']): void {
    const { state, deps } = this;
    const asked = askedCall(state.runningStep, callId);
    if (!asked || !termsOf(asked.call, asked.approving).notify) return;
    const { agent } = state.input;
    const item = approvalItem(state, asked, shareOf(1));
    const { child } = state.input;
    // People act on the first session: it knows the call by the child's path.
    const about = child ? ofChild(child.path, item, shareOf(1)) : item;
    const input = { agent, sessionId: child?.root ?? state.sessionId, ...onBehalfOf(state), kind, item: about };
    this.notifying += 1;
    this.made += 1;
    const notified = deps.notifyPerson(input, `${callId}.notify${this.made}`).then((problem) => {
      this.notifying -= 1;
      if (problem === undefined) return;
      const text = `nobody could be notified that ${calledLine(asked)} waits: ${problem}`;
      appendRecord(state, { reason: 'notify_failed', text, callId }, deps.now());
    });
    deps.background(notified);
  }
}
