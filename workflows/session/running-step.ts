/** The calls of the step that runs, so that the step can go on in the session's next run. Plain data. */
import type { ApprovalTerms, Approver, EditedCall } from '../contracts/approval';
import type { PlannedCall, ToolCallReport } from '../contracts/tool';
import type { WaitingCall } from './waiting-call';

/** A call, or a compensation, that waits for a person: where it goes on from, in this run or the next. */
export interface Held {
  readonly call: WaitingCall;
  /** That reported the doubt. */
  readonly attempt: number;
  /** Number of the next run of it, should a person say that it did not happen; from 1. */
  readonly again: number;
  /** Set once that was said while somebody held the session: it waits for the hold alone. */
  readonly said?: AskedAgain;
}

/** Why a call runs again, or asks the ledger: it did not happen, or the ledger was told through another call of the same effect. */
export type AskedAgain = 'absent' | 'said_of_another';

export interface RunningStep {
  /** In the order of the plan. */
  readonly calls: readonly StepCall[];
}

export interface StepCall {
  readonly call: PlannedCall;
  /** Set once it has its outcome. */
  report?: ToolCallReport;
  /** Set from when it is in doubt until it has its outcome. */
  waiting?: Held;
  /** Set while people are asked whether it may run. */
  approving?: Approving;
  /** Set from when it was approved. */
  approved?: Approved;
}

/** A planned call that waits for approval: as far as people have come with it. Carried as it is. */
export interface Approving {
  /** When people were first asked, ms since the epoch. */
  readonly since: number;
  /** Index in the terms' stages, when it began, and how many of its reminders are out. */
  readonly stage: number;
  readonly stageSince: number;
  readonly reminded: number;
  /** Those who approved the arguments as they are now. */
  readonly approvedBy: readonly Approver[];
  /** What a person made of the arguments: that is what waits now, under its terms where it has some. */
  readonly edited?: EditedCall & { readonly by: string };
}

/** What a call runs with that people approved. */
export interface Approved extends EditedCall {
  readonly toolHash: string;
  /** Names; `policy` where the deadline approved it. */
  readonly by: readonly string[];
  /** ms since the epoch. */
  readonly at: number;
}

/** A call whose plan says how it is run. */
export type RunnableCall = Extract<PlannedCall, { kind: 'run' }>;
/** One that people must approve first. */
export type ApprovalCall = Extract<PlannedCall, { kind: 'approval' }>;

export function isToRun(call: PlannedCall): call is RunnableCall | ApprovalCall {
  return call.kind === 'run' || call.kind === 'approval';
}

/** True for a call that another agent answers, in a session of its own. */
export function hasChild(call: PlannedCall): boolean {
  return call.kind === 'delegate' || call.kind === 'transfer';
}

/** A call as it may run now: with the arguments that people approved. Undefined for one that may not. */
export function runnable({ call, approved }: StepCall): RunnableCall | undefined {
  if (call.kind === 'run') return call;
  if (call.kind !== 'approval' || !approved) return undefined;
  const { approval: _, ...planned } = call;
  const { args, argsHash, summary } = approved;
  return { ...planned, kind: 'run', args, argsHash, summary };
}

/** The terms that a waiting call is under. */
export function termsOf(call: ApprovalCall, approving: Approving): ApprovalTerms {
  return approving.edited?.terms ?? call.approval;
}

/** A call that waits for approval. */
export interface AskedCall {
  readonly call: ApprovalCall;
  readonly approving: Approving;
}

/** All of a step that wait for approval, in the order of the plan. */
export function askedCalls(step: RunningStep | undefined): readonly AskedCall[] {
  return (step?.calls ?? []).flatMap(({ call, approving }) =>
    call.kind === 'approval' && approving ? [{ call, approving }] : [],
  );
}

export function askedCall(step: RunningStep | undefined, callId: string): AskedCall | undefined {
  return askedCalls(step).find(({ call }) => call.id === callId);
}

/** What a call reported that waits for a person. */
export function doubtOf({ call, attempt }: Held): ToolCallReport {
  return { outcome: { kind: 'unknown', message: call.message }, attempt, ledger: 'ran', unresolved: call.row };
}

export function noteHeld(step: RunningStep | undefined, held: Held): void {
  const found = find(step, held.call.callId);
  if (found) found.waiting = held;
}

export function noteSaid(step: RunningStep | undefined, callId: string, said: AskedAgain): void {
  const found = find(step, callId);
  if (found?.waiting) found.waiting = { ...found.waiting, said };
}

export function noteReport(step: RunningStep | undefined, callId: string, report: ToolCallReport): void {
  const found = find(step, callId);
  if (!found) return;
  found.report = report;
  found.waiting = undefined;
  found.approving = undefined;
}

/** The calls that have no outcome yet; those that have one are in the conversation. */
export function withoutOutcome(step: RunningStep): RunningStep {
  return { calls: step.calls.filter(({ report }) => report === undefined) };
}

function find(step: RunningStep | undefined, callId: string): StepCall | undefined {
  return step?.calls.find(({ call }) => call.id === callId);
}
