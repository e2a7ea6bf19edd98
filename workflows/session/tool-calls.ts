/**
 * The tool calls of one step: run in parallel, bounded, and each given exactly one outcome whatever happens. Plain code.
 */
import type { OutcomeItem } from '../contracts/conversation';
import type { PlannedCall, ToolCallInput, ToolCallReport, ToolOutcome } from '../contracts/tool';
import { apply, type SessionState } from './session-state';
import type { Verdict } from './unresolved';
import type { WaitingCall } from './waiting-call';

export type RunnableCall = Extract<PlannedCall, { kind: 'run' }>;

export interface ToolCallDeps {
  readonly now: () => number;
  /** Runs one call to its report. Never throws but for bugs: failures and cancels are reports. */
  readonly callTool: (call: RunnableCall, input: ToolCallInput, activityId: string) => Promise<ToolCallReport>;
  /** Waits until a person says what became of a call, or the turn is stopped. `attempt`: that reported the doubt. */
  readonly holdBack: (call: WaitingCall, attempt: number) => Promise<Verdict>;
  /** True once the turn is to stop: calls not yet started are answered `cancelled`. */
  readonly stopping: () => boolean;
}

const NEVER_STARTED: ToolCallReport = {
  outcome: { kind: 'cancelled', message: 'the turn was stopped before this call began' },
  attempt: 0,
  ledger: 'none',
};

/** Appends one outcome for each call to the conversation, in their order. */
export function appendOutcomes(
  state: SessionState,
  calls: readonly { readonly id: string; readonly tool: string }[],
  outcomeOf: (index: number) => ToolOutcome,
  now: number,
): void {
  const items = calls.map((call, index): OutcomeItem => {
    const outcome = outcomeOf(index);
    return { kind: 'outcome', turn: state.turn, step: state.step, callId: call.id, tool: call.tool, outcome };
  });
  apply(state, { kind: 'items_appended', items }, now);
}

/** Runs the calls and appends their outcomes. */
export async function runCalls(
  state: SessionState,
  calls: readonly PlannedCall[],
  parallel: number,
  deps: ToolCallDeps,
): Promise<void> {
  const reports = new Array<ToolCallReport>(calls.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < calls.length; index = next++) {
      reports[index] = await runOne(state, calls[index] as PlannedCall, deps);
    }
  };
  const lanes = Math.max(1, Math.min(parallel, calls.length));
  await (lanes === 1 ? lane() : Promise.all(Array.from({ length: lanes }, lane)));
  appendOutcomes(state, calls, (index) => (reports[index] as ToolCallReport).outcome, deps.now());
}

async function runOne(state: SessionState, call: PlannedCall, deps: ToolCallDeps): Promise<ToolCallReport> {
  const startedAt = deps.now();
  const { turn, step } = state;
  const record = { turn, step, kind: 'tool', id: call.id, name: call.tool, summary: call.summary, startedAt } as const;
  apply(state, { kind: 'call_started', record }, startedAt);
  let report = await reportOf(state, call, deps);
  if (call.kind === 'run' && report.unresolved) report = await decided(state, call, report, deps);
  apply(state, { kind: 'tool_reported', id: call.id, report }, deps.now());
  noteUndoable(state, call, report, deps.now());
  return report;
}

/** The report of a call in doubt, once a person said what became of it. It keeps its lane: what is in order stays in order. */
async function decided(
  state: SessionState,
  call: RunnableCall,
  doubt: ToolCallReport,
  deps: ToolCallDeps,
): Promise<ToolCallReport> {
  let report = doubt;
  for (let again = 1; ; again += 1) {
    const { outcome, unresolved: row, attempt } = report;
    const { ledger } = call;
    if (outcome.kind !== 'unknown' || !row || !ledger || deps.stopping()) return report;
    const { id: callId, tool, summary, policy, args } = call;
    const { turn, step } = state;
    const { message } = outcome;
    const since = deps.now();
    const verdict = await deps.holdBack(
      { kind: 'call', callId, tool, turn, step, summary, args, message, since, row, policy, ledger },
      attempt,
    );
    switch (verdict.kind) {
      case 'stands':
        return report;
      case 'outcome':
        return { ...report, outcome: verdict.outcome };
      case 'again':
        report = await askAgain(state, call, `${callId}.again${again}`, verdict.why, deps);
    }
  }
}

/** Where the turn is stopped it is not run: the ledger is told so, since to it the call is still to come. */
async function askAgain(
  state: SessionState,
  call: RunnableCall,
  activityId: string,
  why: Extract<Verdict, { kind: 'again' }>['why'],
  deps: ToolCallDeps,
): Promise<ToolCallReport> {
  const input = toolInput(state, call);
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
function noteUndoable(state: SessionState, call: PlannedCall, { outcome }: ToolCallReport, now: number): void {
  if (call.kind !== 'run' || !call.policy.compensates || !call.ledger) return;
  if (outcome.kind !== 'succeeded' || outcome.sameAsCall !== undefined) return;
  const { id: callId, tool, summary, policy, ledger } = call;
  const { turn, step } = state;
  apply(state, { kind: 'call_undoable', call: { callId, tool, summary, turn, step, policy, ledger } }, now);
}

async function reportOf(state: SessionState, call: PlannedCall, deps: ToolCallDeps): Promise<ToolCallReport> {
  switch (call.kind) {
    case 'refused':
      return { outcome: call.outcome, attempt: 0, ledger: 'none' };
    case 'run':
      return deps.stopping() ? NEVER_STARTED : deps.callTool(call, toolInput(state, call), call.id);
    default:
      return notUnderstood(call);
  }
}

/** A later version's plan may say more than "run" (ask a person first, …): what is not understood is never run. */
function notUnderstood(call: never): ToolCallReport {
  const { kind } = call as { readonly kind?: unknown };
  const message = `this call did not run: the session's version does not know calls of the kind ${JSON.stringify(kind)}`;
  return { outcome: { kind: 'rejected', reason: 'not_permitted', message }, attempt: 0, ledger: 'none' };
}

function toolInput(state: SessionState, call: RunnableCall): ToolCallInput {
  const { agent, tenant, user } = state.input;
  return {
    agent,
    tool: call.tool,
    callId: call.id,
    turn: state.turn,
    step: state.step,
    sessionId: state.sessionId,
    keyNamespace: state.keyNamespace,
    ...(tenant === undefined ? {} : { tenant }),
    ...(user === undefined ? {} : { user }),
    args: call.args,
    argsHash: call.argsHash,
    policy: call.policy,
    ...(call.ledger === undefined ? {} : { ledger: call.ledger, asksPerson: true }),
  };
}
