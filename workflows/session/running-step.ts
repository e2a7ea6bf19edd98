/** The calls of the step that runs, so that the step can go on in the session's next run. Plain data. */
import type { PlannedCall, ToolCallReport } from '../contracts/tool';
import type { WaitingCall } from './waiting-call';

/** A call, or a compensation, that waits for a person: where it goes on from, in this run or the next. */
export interface Held {
  readonly call: WaitingCall;
  /** That reported the doubt. */
  readonly attempt: number;
  /** Number of the next run of it, should a person say that it did not happen; from 1. */
  readonly again: number;
}

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
}

/** What a call reported that waits for a person. */
export function doubtOf({ call, attempt }: Held): ToolCallReport {
  return { outcome: { kind: 'unknown', message: call.message }, attempt, ledger: 'ran', unresolved: call.row };
}

export function noteHeld(step: RunningStep | undefined, held: Held): void {
  const found = find(step, held.call.callId);
  if (found) found.waiting = held;
}

export function noteReport(step: RunningStep | undefined, callId: string, report: ToolCallReport): void {
  const found = find(step, callId);
  if (!found) return;
  found.report = report;
  found.waiting = undefined;
}

/** The calls that have no outcome yet; those that have one are in the conversation. */
export function withoutOutcome(step: RunningStep): RunningStep {
  return { calls: step.calls.filter(({ report }) => report === undefined) };
}

function find(step: RunningStep | undefined, callId: string): StepCall | undefined {
  return step?.calls.find(({ call }) => call.id === callId);
}
