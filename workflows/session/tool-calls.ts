/**
 * The tool calls of one step: run in parallel, bounded, and each given exactly one outcome whatever happens. Plain code.
 */
import type { ToolCallInput, ToolCallReport, ToolOutcome } from '../contracts/tool';
import { areTerms } from './approval-stages';
import type { ApprovalVerdict } from './approvals';
import { isHeld, type HoldGate } from './hold-gate';
import { lanesFor } from './call-lanes';
import { Lanes } from './lanes';
import {
  doubtOf,
  hasChild,
  isToRun,
  runnable,
  type ApprovalCall,
  type Held,
  type RunnableCall,
  type StepCall,
} from './running-step';
import { apply, type SessionState } from './session-state';
import { noteOutcome } from './state-items';
import { stateReport, type FamilyCalls } from './family-calls';
import { toolInput } from './tool-input';
import { appendOutcomes } from './tool-outcomes';
import type { Verdict } from './unresolved';

export type { RunnableCall } from './running-step';

export interface ToolCallDeps {
  readonly now: () => number;
  /** Runs one call to its report. Never throws but for bugs: failures and cancels are reports. */
  readonly callTool: (call: RunnableCall, input: ToolCallInput, activityId: string) => Promise<ToolCallReport>;
  /** Waits until a person says what became of a call, or the turn is stopped, or the run continues as new. */
  readonly holdBack: (held: Held) => Promise<Verdict>;
  /** Asks people about all of the calls at once: one verdict for each. */
  readonly askPeople: (calls: readonly ApprovalCall[]) => readonly Promise<ApprovalVerdict>[];
  /** Runs the calls that have to do with other agents. */
  readonly family: FamilyCalls;
  /** Waited for before each call begins, where it says so. */
  readonly hold: Pick<HoldGate, 'wait'>;
  /** True once the turn is to stop: calls not yet started are answered `cancelled`. */
  readonly stopping: () => boolean;
  /** True once the run is to continue as new: calls not yet started are left to the next run. */
  readonly continuing: () => boolean;
}

type Again = Extract<Verdict, { kind: 'again' }>;

const NEVER_RAN = { attempt: 0, ledger: 'none' } as const;
const NEVER_STARTED: ToolCallReport = {
  outcome: { kind: 'cancelled', message: 'the turn was stopped before this call began' },
  ...NEVER_RAN,
};

/** Of a call whose terms cannot be read: nobody could be asked. */
const NOT_APPROVED: ToolOutcome = {
  kind: 'rejected',
  reason: 'not_permitted',
  message: 'this call did not run: people have to approve it, and its plan does not say who',
};

/**
 * Runs the calls of the running step and appends their outcomes.
 * @returns `parked` where the next run has to go on with some of them: those are left in `state.runningStep`.
 */
export async function runCalls(state: SessionState, parallel: number, deps: ToolCallDeps): Promise<'done' | 'parked'> {
  const all = state.runningStep?.calls ?? [];
  // Whoever hands over does it last: what it asked for besides is part of what it hands over.
  const calls = all.filter(({ call }) => call.kind !== 'transfer');
  if (calls.length > 0) await runTogether(state, calls, parallel, deps);
  if (calls.every(({ report }) => report)) {
    for (const call of all) if (call.call.kind === 'transfer') await runOne(state, call, deps);
  }
  const done = all.flatMap(({ call, report }) => (report ? [{ call, report }] : []));
  appendOutcomes(
    state,
    done.map(({ call }) => call),
    (index) => (done[index] as { report: ToolCallReport }).report.outcome,
    deps.now(),
  );
  const isDone = done.length === all.length;
  apply(state, { kind: isDone ? 'calls_done' : 'calls_parked' }, deps.now());
  return isDone ? 'done' : 'parked';
}

async function runTogether(
  state: SessionState,
  calls: readonly StepCall[],
  parallel: number,
  deps: ToolCallDeps,
): Promise<void> {
  const lanes = lanesFor(state, calls, parallel);
  const asked = calls.flatMap(({ call, approved, report }) =>
    call.kind === 'approval' && areTerms(call.approval) && !approved && !report ? [call] : [],
  );
  if (asked.length > 0) {
    await runAsApproved(state, calls, asked, lanes, deps);
  } else if (lanes === 1) {
    // Most steps: without the promises of lanes, each of which costs the SDK a stack trace.
    for (const call of calls) await runOne(state, call, deps);
  } else {
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < calls.length; index = next++) {
        await runOne(state, calls[index] as StepCall, deps);
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }
}

/** Runs the calls of a step in which people are asked. Those that wait for them take no lane: the others run meanwhile, in their order. */
async function runAsApproved(
  state: SessionState,
  calls: readonly StepCall[],
  asked: readonly ApprovalCall[],
  lanes: number,
  deps: ToolCallDeps,
): Promise<void> {
  const verdicts = deps.askPeople(asked);
  const free = new Lanes(lanes);
  const run = async (call: StepCall): Promise<void> => {
    const index = asked.findIndex(({ id }) => id === call.call.id);
    const verdict = index < 0 ? undefined : await verdicts[index];
    if (verdict?.kind === 'parked') return;
    if (verdict?.kind === 'rejected') return reported(state, call, { ...NEVER_RAN, outcome: verdict.outcome }, deps);
    if (verdict?.kind === 'stopped') return reported(state, call, NEVER_STARTED, deps);
    await free.take();
    await runOne(state, call, deps);
    free.give();
  };
  await Promise.all(calls.map(run));
}

/** Runs a call to its report, or leaves it to the next run. */
async function runOne(state: SessionState, stepCall: StepCall, deps: ToolCallDeps): Promise<void> {
  const { call, waiting } = stepCall;
  if ((isToRun(call) || hasChild(call)) && waiting === undefined) {
    // Looked at again: somebody else may hold the session by then.
    for (let held = deps.hold.wait(); held; held = deps.hold.wait()) await held;
    if (deps.continuing() && !deps.stopping()) return;
  }
  // One that people were asked about is shown since then, and one that an earlier run began since that.
  if (waiting === undefined && call.kind !== 'approval' && !deps.family.isBegun(call.id)) {
    const startedAt = deps.now();
    const { turn, step } = state;
    const { id, tool: name, summary } = call;
    apply(
      state,
      { kind: 'call_started', record: { turn, step, kind: 'tool', id, name, summary, startedAt } },
      startedAt,
    );
  }
  const mayRun = runnable(stepCall);
  const reached = waiting === undefined ? await reportOf(state, stepCall, deps) : doubtOf(waiting);
  if (reached === 'parked') return;
  let report = reached;
  if (mayRun && report.unresolved) {
    const end = await decided(state, stepCall, mayRun, report, deps);
    if (end === 'parked') return;
    report = end;
  }
  reported(state, stepCall, report, deps);
}

function reported(state: SessionState, call: StepCall, report: ToolCallReport, { now }: ToolCallDeps): void {
  apply(state, { kind: 'tool_reported', id: call.call.id, report }, now());
  const ran = runnable(call);
  if (!ran) return;
  noteUndoable(state, ran, report, now());
  noteOutcome(state, ran, report.outcome, now());
}

/**
 * The report of a call in doubt, once a person said what became of it. It keeps its lane: what is in order stays in order.
 * Where it was held by an earlier run, or before this one was to continue as new, that is gone on with.
 */
async function decided(
  state: SessionState,
  stepCall: StepCall,
  call: RunnableCall,
  doubt: ToolCallReport,
  deps: ToolCallDeps,
): Promise<ToolCallReport | 'parked'> {
  let report = doubt;
  let held = stepCall.waiting ?? heldBy(state, call, report, 1, deps);
  for (;;) {
    if (!held) return report;
    const verdict = held.said ? ({ kind: 'again', why: held.said } as const) : await deps.holdBack(held);
    switch (verdict.kind) {
      case 'parked':
        return 'parked';
      case 'stands':
        return report;
      case 'outcome':
        return { ...report, outcome: verdict.outcome };
      case 'again': {
        const { again } = held;
        if (isHeld(state) && !(await letGo(state, call.id, verdict.why, deps))) return 'parked';
        report = await askAgain(state, stepCall, call, `${call.id}.again${again}`, verdict.why, deps);
        held = heldBy(state, call, report, again + 1, deps);
      }
    }
  }
}

/** What a person says of a call while somebody holds the session is taken, and waits for the hold. @returns false where the next run waits on for it. */
async function letGo(state: SessionState, callId: string, said: Again['why'], deps: ToolCallDeps): Promise<boolean> {
  apply(state, { kind: 'call_said', callId, said }, deps.now());
  for (let gate = deps.hold.wait(); gate; gate = deps.hold.wait()) await gate;
  return !isHeld(state) || deps.stopping();
}

/** What is held of a call whose report is in doubt; undefined where nobody can be asked, or nobody is asked any more. */
function heldBy(
  state: SessionState,
  call: RunnableCall,
  { outcome, unresolved: row, attempt }: ToolCallReport,
  again: number,
  deps: ToolCallDeps,
): Held | undefined {
  const { id: callId, tool, summary, policy, args, ledger } = call;
  if (outcome.kind !== 'unknown' || !row || !ledger || deps.stopping()) return undefined;
  const { turn, step } = state;
  const { message } = outcome;
  const since = deps.now();
  return {
    call: { kind: 'call', callId, tool, turn, step, summary, args, message, since, row, policy, ledger },
    attempt,
    again,
  };
}

/** Where the turn is stopped it is not run: the ledger is told so, since to it the call is still to come. */
async function askAgain(
  state: SessionState,
  { approved }: StepCall,
  call: RunnableCall,
  activityId: string,
  why: Again['why'],
  deps: ToolCallDeps,
): Promise<ToolCallReport> {
  const input = toolInput(state, call, approved);
  if (!deps.stopping()) return deps.callTool(call, input, activityId);
  const report = await deps.callTool(call, { ...input, settleOnly: true }, activityId);
  // A ledger that cannot be reached does not make a doubt of what a person knows.
  return why === 'absent' && report.outcome.kind === 'unknown' ? { ...report, outcome: ABSENT_AND_STOPPED } : report;
}

const ABSENT_AND_STOPPED: ToolOutcome = {
  kind: 'cancelled',
  message: 'it had not happened, and the turn was stopped before it could run again',
};

/** A success that was copied from another call is that call's to undo. */
function noteUndoable(state: SessionState, call: RunnableCall, { outcome }: ToolCallReport, now: number): void {
  if (!call.policy.compensates || !call.ledger) return;
  if (outcome.kind !== 'succeeded' || outcome.sameAsCall !== undefined) return;
  const { id: callId, tool, summary, policy, ledger } = call;
  const { turn, step } = state;
  apply(state, { kind: 'call_undoable', call: { callId, tool, summary, turn, step, policy, ledger } }, now);
}

function reportOf(
  state: SessionState,
  stepCall: StepCall,
  deps: ToolCallDeps,
): ToolCallReport | Promise<ToolCallReport | 'parked'> {
  const { call, approved } = stepCall;
  switch (call.kind) {
    case 'refused':
      deps.family.refused(call);
      return { ...NEVER_RAN, outcome: call.outcome };
    case 'state':
      return stateReport(state, call, deps.now());
    case 'delegate':
      return deps.stopping() && !deps.family.isBegun(call.id) ? NEVER_STARTED : deps.family.delegate(call);
    case 'transfer':
      return deps.stopping() ? NEVER_STARTED : deps.family.transfer(call);
    case 'result':
      return deps.stopping() ? NEVER_STARTED : deps.family.giveResult(call);
    case 'run':
    case 'approval': {
      const mayRun = runnable(stepCall);
      if (!mayRun) return { ...NEVER_RAN, outcome: NOT_APPROVED };
      return deps.stopping() ? NEVER_STARTED : deps.callTool(mayRun, toolInput(state, mayRun, approved), call.id);
    }
    default:
      return notUnderstood(call);
  }
}

/** A later version's plan may say more than "run" (ask a person first, …): what is not understood is never run. */
function notUnderstood(call: never): ToolCallReport {
  const { kind } = call as { readonly kind?: unknown };
  const message = `this call did not run: the session's version does not know calls of the kind ${JSON.stringify(kind)}`;
  return { ...NEVER_RAN, outcome: { kind: 'rejected', reason: 'not_permitted', message } };
}
