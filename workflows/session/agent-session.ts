/**
 * The Workflow Definition: wiring only. It connects the plain session to Temporal's updates, signals, queries, activities, children and
 * cancellation, and decides nothing.
 */
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { checkSessionInput } from '../contracts/check-messages';
import { FAILURE_TYPES } from '../contracts/failures';
import type { SessionInput, SessionResult } from '../contracts/session';
import { checkApproval, notifyPerson, resolveCall, undoCall } from './act-activities';
import { MODEL_HEARTBEAT_MS, NO_MESSAGE_TIMEOUT_MS } from './activity-options';
import { background } from './background';
import { CallScopes } from './call-scopes';
import { decodeCarry, restoreSession } from './carry';
import { signalChild, signalParent, startChildSession } from './child-workflows';
import { closeConversation } from './conversation-activities';
import { checkResult, checkState } from './family-activities';
import { isHeld } from './hold-gate';
import { refuseAll, setMessageHandlers } from './message-handlers';
import { callModel } from './model-activities';
import { createPublisher } from './publish';
import { setQueryHandlers } from './query-handlers';
import { runEnd } from './run-end';
import { RunningCalls } from './running-calls';
import { isUnused } from './session-loop';
import { SessionParts } from './session-parts';
import { apply, newSession, type SessionState } from './session-state';

/**
 * A durable agent session, or its next run.
 * @throws ApplicationFailure `BadSessionInput` for input that no version can read; Error, which fails the workflow task alone, for what a later one can; CancelledFailure when cancelled.
 */
export async function agentSession(rawInput: SessionInput): Promise<SessionResult> {
  const now = () => Date.now();
  const state = readInput(rawInput, now());
  const { input } = state;
  // One scope for all turns until one is stopped: every promise made here costs the SDK a stack trace, and a scope makes several.
  let turnScope = new CancellationScope({ cancellable: true });
  const running = new RunningCalls();
  const callScopes = new CallScopes(running);
  const parts = new SessionParts(state, {
    now,
    shown: createPublisher(state),
    running,
    deadline,
    background,
    taskQueue: workflowInfo().taskQueue,
    ...{ resolveCall, undoCall, checkApproval, notifyPerson, checkState, checkResult },
    startChild: startChildSession,
    signalChild,
    tellParent: signalParent,
    waitForWork: (forFirst) => CancellationScope.nonCancellable(() => waitForWork(state, forFirst)),
    callModel: (modelInput, summary, options) =>
      callModel(modelInput, summary, input.heartbeatMs ?? MODEL_HEARTBEAT_MS, options),
    callTool: (call, toolInput, activityId) => callScopes.call(call, toolInput, activityId),
    inTurns: (work) => turnScope.run(work),
    cancelTurn: () => turnScope.cancel(),
    renewTurns: () => {
      turnScope = new CancellationScope({ cancellable: true });
      callScopes.renew();
    },
    untilOr: (holds, ms) => CancellationScope.nonCancellable(() => condition(holds, ms)),
    closeConversation: (ledger) => CancellationScope.nonCancellable(() => closeConversation(state, ledger)),
    // A close in the workflow task that took the act or the cancel in would be refused by the server when any other event comes in
    // meanwhile, and with it the updates that this task accepted. A timer lets that task be committed first.
    settle: () => CancellationScope.nonCancellable(() => sleep(1, { summary: 'what ended the session is recorded' })),
    ...runEnd(state),
  });
  const { mailbox, bargeIn, unresolved, approvals, interventions, family, relays, nextRun } = parts;

  parts.begin();
  setQueryHandlers(state, mailbox);
  setMessageHandlers({
    mailbox,
    bargeIn,
    unresolved,
    approvals,
    interventions,
    family: family.acts,
    relay: (raw) => (relays ? relays.take(raw) : 'this session is no child of another'),
    report: (raw) => family.family.report(raw),
    showProgress: () => parts.progress(),
    refusedSignal: (act) => apply(state, { kind: 'refused', act: { at: now(), ...act } }, now()),
    signalled: () => nextRun.look(),
    tookIn: () => nextRun.tookIn(),
  });
  background(CancellationScope.current().cancelRequested.catch(() => parts.cancelled()));
  const result = await parts.run();
  if (!result) throw new CancelledFailure(state.ending?.message ?? 'the session was cancelled');
  return result;
}

/** The state to begin with: a new session's, or what an earlier run handed on. */
function readInput(raw: unknown, now: number): SessionState {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const checked = checkSessionInput(raw);
  if (!checked.ok) throw badInput(checked.problem);
  const input = checked.value;
  if (input.carry === undefined) return newSession(workflowId, input, input.keyNamespace ?? firstExecutionRunId, now);
  const decoded = decodeCarry(input.carry);
  // A session in the middle of a deploy, or after one was taken back: the task is tried again until a worker that can read it comes by.
  if ('problem' in decoded) throw decoded.newer ? new Error(decoded.problem) : badInput(decoded.problem);
  return restoreSession(workflowId, input, decoded.carry, now);
}

function badInput(problem: string): ApplicationFailure {
  refuseAll(problem);
  return ApplicationFailure.nonRetryable(problem, FAILURE_TYPES.badSessionInput);
}

/** Waits for a message or the end. A session that was never used waits only so long, so that none is left behind for ever. */
async function waitForWork(state: SessionState, forFirst: boolean): Promise<boolean> {
  const over = () => state.ending !== undefined || state.continuing;
  if (!forFirst) {
    await condition(() => ((state.queue.length > 0 || isUnused(state)) && !isHeld(state)) || over());
    return true;
  }
  const ready = () => state.messages.size > 0 || over();
  // Of a session that goes on in a new run, `since` is when the first one began.
  const waited = state.run === 1 ? 0 : Date.now() - state.since;
  return condition(ready, Math.max(1, NO_MESSAGE_TIMEOUT_MS - waited), { summary: 'for a first message' });
}

/** Calls `due` after `ms`. @returns what stops the timer. */
function deadline(ms: number, due: () => void, summary: string): () => void {
  const scope = new CancellationScope({ cancellable: true });
  background(scope.run(() => sleep(ms, { summary })).then(due, () => undefined));
  return () => scope.cancel();
}
