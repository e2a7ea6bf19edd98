/**
 * The Workflow Definition: wiring only. It connects the plain session to Temporal's updates, signals, queries, activities and
 * cancellation, and decides nothing.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { checkSessionInput } from '../contracts/check-messages';
import { FAILURE_TYPES } from '../contracts/failures';
import { BY_USER } from '../contracts/same-person';
import type { SessionInput, SessionResult } from '../contracts/session';
import { checkApproval, notifyPerson, resolveCall, undoCall } from './act-activities';
import { MODEL_HEARTBEAT_MS, NO_MESSAGE_TIMEOUT_MS } from './activity-options';
import { Approvals } from './approvals';
import { background } from './background';
import { BargeIn } from './barge-in';
import { CallScopes } from './call-scopes';
import { decodeCarry, restoreSession } from './carry';
import { conversationLedger } from './continuation';
import { closeConversation } from './conversation-activities';
import { HoldGate, isHeld } from './hold-gate';
import { Interventions } from './interventions';
import { LimitGate } from './limit-gate';
import { Mailbox } from './mailbox';
import { refuseAll, setMessageHandlers } from './message-handlers';
import { callModel } from './model-activities';
import { NextRun } from './next-run';
import { createPublisher } from './publish';
import { setQueryHandlers } from './query-handlers';
import { runEnd } from './run-end';
import { RunningCalls } from './running-calls';
import { isUnused, runSession, sessionResult, type SessionDeps } from './session-loop';
import { apply, newSession, type Ending, type SessionState } from './session-state';
import { Undoing } from './undo';
import { Unresolved } from './unresolved';

/**
 * A durable agent session, or its next run.
 * @throws ApplicationFailure `BadSessionInput` for input that no version can read; Error, which fails the workflow task alone, for what a later one can; CancelledFailure when cancelled.
 */
export async function agentSession(rawInput: SessionInput): Promise<SessionResult> {
  const now = () => Date.now();
  const state = readInput(rawInput, now());
  const { input } = state;
  const mailbox = new Mailbox(state, now);
  let turnScope = new CancellationScope({ cancellable: true });
  const shown = createPublisher(state);
  // Both are called where something happened that is in history.
  const publish = () => {
    nextRun.look();
    shown.publish();
  };
  const showProgress = () => {
    nextRun.look();
    shown.showProgress();
  };
  const unresolved = new Unresolved(state, mailbox, { now, publish, resolveCall });
  const approvals = new Approvals(state, mailbox, { now, publish, deadline, checkApproval, notifyPerson, background });
  const undoing = new Undoing(state, unresolved, { now, undoCall, progress: showProgress, background });
  const limitGate = new LimitGate(state, mailbox, {
    now,
    publish,
    deadline: (ms, due) => deadline(ms, due, 'for a person to extend a bound'),
  });
  const holdGate = new HoldGate(state);
  const running = new RunningCalls();
  const callScopes = new CallScopes(running);
  // Nobody is asked, or waited for, any more in the turn that is being stopped.
  const stand = () => {
    unresolved.stand(state.ending ? 'all' : 'turn');
    approvals.stand();
    limitGate.stand();
    holdGate.look();
  };
  const breakOff = () => {
    stand();
    // A turn has either a model call or calls of tools under way, and those finish.
    if (!state.runningStep) turnScope.cancel();
  };
  const interventions = new Interventions(state, {
    now,
    publish,
    progress: showProgress,
    mailbox,
    holdGate,
    running,
    undoing,
    deadline,
    breakOff,
    stopTurn: () => {
      stand();
      turnScope.cancel();
    },
    extended: () => limitGate.extended(),
  });
  const bargeIn = new BargeIn(state, { now, mailbox, breakOff, withdraw: () => approvals.withdraw(BY_USER) });
  const nextRun = new NextRun(state, { mailbox, unresolved, approvals, undoing, limitGate, holdGate }, runEnd(state));

  // Nobody waits for its answer here, so it takes no place of those who may.
  if (input.message) apply(state, { kind: 'message_accepted', request: input.message }, now());
  undoing.resume();
  if (input.carry) showProgress();
  setQueryHandlers(state, mailbox);
  setMessageHandlers({
    mailbox,
    bargeIn,
    unresolved,
    approvals,
    interventions,
    showProgress,
    refusedSignal: (act) => apply(state, { kind: 'refused', act: { at: now(), ...act } }, now()),
    signalled: () => nextRun.look(),
    tookIn: () => nextRun.tookIn(),
  });
  const cancelled = CancellationScope.current().cancelRequested.catch(() => {
    apply(
      state,
      { kind: 'ending', ending: { status: 'cancelled', reason: 'cancelled', message: 'the session was cancelled' } },
      now(),
    );
    stand();
  });
  background(cancelled);

  const deps: SessionDeps = {
    now,
    publish,
    progress: showProgress,
    stopping: () => state.ending !== undefined || state.stop !== undefined,
    continuing: () => state.continuing,
    waitForWork: (forFirst) => CancellationScope.nonCancellable(() => waitForWork(state, forFirst)),
    callModel: (modelInput, summary, options) =>
      callModel(modelInput, summary, input.heartbeatMs ?? MODEL_HEARTBEAT_MS, options),
    callTool: (call, toolInput, activityId) => callScopes.call(call, toolInput, activityId),
    hold: holdGate,
    holdBack: (held) => unresolved.hold(held),
    askPeople: (calls) => approvals.ask(calls),
    askForMore: (asking) => limitGate.ask(asking),
    undoTurn: (turn) => undoing.undoTurn(turn),
  };
  nextRun.watch();
  // One scope for all turns until one is stopped: every promise made here costs the SDK a stack trace, and a scope makes several.
  let ending: Ending | undefined;
  for (;;) {
    ending = await turnScope.run(() => runSession(state, mailbox, deps));
    if (ending) break;
    turnScope = new CancellationScope({ cancellable: true });
    callScopes.renew();
    if (state.continuing) await nextRun.leave();
  }
  // Where a session ends by itself, a compensation may still be waiting for somebody, also for the run that was to come next.
  undoing.resume();
  unresolved.stand('all');
  await CancellationScope.nonCancellable(async () => {
    const ledger = nextRun.hasStored ? conversationLedger(state) : undefined;
    if (ledger) await closeConversation(state, ledger);
    // A close in the workflow task that took the act or the cancel in would be refused by the server when any other event comes in
    // meanwhile, and with it the updates that this task accepted. A timer lets that task be committed first.
    if (ending.reason === 'ended' || ending.status === 'cancelled') {
      await sleep(1, { summary: 'what ended the session is recorded' });
    }
    await condition(() => allHandlersFinished() && undoing.idle && approvals.quiet);
  });
  if (ending.status === 'cancelled') throw new CancelledFailure(ending.message ?? 'the session was cancelled');
  return sessionResult(state, { ...ending, status: ending.status });
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
