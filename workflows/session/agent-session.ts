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
  defineQuery,
  defineSignal,
  defineUpdate,
  setDefaultSignalHandler,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  checkInterveneRequest,
  checkResolveRequest,
  checkSendRequest,
  checkSessionInput,
  type Checked,
} from '../contracts/check-messages';
import { FAILURE_TYPES } from '../contracts/failures';
import { isPlainObject } from '../contracts/json';
import type { AnswerResult, InterveneResult, PendingItem, ResolveResult, SendResult } from '../contracts/messages';
import {
  ANSWER_QUERY,
  INTERVENE_UPDATE,
  INTERVENTION_SIGNAL,
  PENDING_QUERY,
  RESOLVE_UPDATE,
  SEND_UPDATE,
  STATUS_QUERY,
  TRANSCRIPT_QUERY,
  USAGE_QUERY,
} from '../contracts/names';
import type { SessionInput, SessionResult, SessionStatus, TranscriptPage, UsageTotals } from '../contracts/session';
import { resolveCall, undoCall } from './act-activities';
import { MODEL_HEARTBEAT_MS, NO_MESSAGE_TIMEOUT_MS } from './activity-options';
import { callModel, callTool } from './call-activities';
import { Interventions } from './interventions';
import { Mailbox, type Refusal } from './mailbox';
import { createPublisher } from './publish';
import { runSession, sessionResult, type SessionDeps } from './session-loop';
import { apply, newSession, type Ending, type SessionState } from './session-state';
import { Undoing } from './undo';
import { Unresolved } from './unresolved';
import { statusView, transcriptView } from './views';
import { pendingItems } from './waiting-call';

const send = defineUpdate<SendResult, [unknown]>(SEND_UPDATE);
const resolve = defineUpdate<ResolveResult, [unknown]>(RESOLVE_UPDATE);
const interveneUpdate = defineUpdate<InterveneResult, [unknown]>(INTERVENE_UPDATE);
const intervention = defineSignal<[unknown]>(INTERVENTION_SIGNAL);
const status = defineQuery<SessionStatus>(STATUS_QUERY);
const transcript = defineQuery<TranscriptPage, [unknown]>(TRANSCRIPT_QUERY);
const pending = defineQuery<readonly PendingItem[]>(PENDING_QUERY);
const usage = defineQuery<UsageTotals>(USAGE_QUERY);
const answer = defineQuery<AnswerResult, [unknown]>(ANSWER_QUERY);

/**
 * A durable agent session.
 * @throws ApplicationFailure `BadSessionInput` for input that no version can read; CancelledFailure when cancelled.
 */
export async function agentSession(rawInput: SessionInput): Promise<SessionResult> {
  const input = readInput(rawInput);
  const info = workflowInfo();
  const now = () => Date.now();
  const state = newSession(info.workflowId, input, input.keyNamespace ?? info.firstExecutionRunId, now());
  const mailbox = new Mailbox(state, now);
  let turnScope = new CancellationScope({ cancellable: true });
  const { publish, showProgress } = createPublisher(state);
  const unresolved = new Unresolved(state, mailbox, { now, publish, resolveCall });
  const undoing = new Undoing(state, unresolved, { now, undoCall, progress: showProgress });
  const interventions = new Interventions(state, {
    now,
    undoing,
    stopTurn: () => {
      unresolved.stand(state.ending ? 'all' : 'turn');
      turnScope.cancel();
    },
  });

  // Nobody waits for its answer here, so it takes no place of those who may.
  if (input.message) apply(state, { kind: 'message_accepted', request: input.message }, now());
  setQueryHandlers(state, mailbox);
  const takeIn = (raw: unknown) => {
    const answer = mailbox.send(must(checkSendRequest(raw)));
    // Displays show how many are queued.
    showProgress();
    return answer;
  };
  setHandler(send, takeIn, {
    validator: (raw) => {
      const checked = checkSendRequest(raw);
      throwRefusal(checked.ok ? mailbox.refusal(checked.value) : refused(checked.problem));
    },
    description: 'A user message: {"messageId": "new-id", "text": "…"}. Answers when the turn is done.',
  });
  setHandler(resolve, (raw) => answered(unresolved.resolve(must(checkResolveRequest(raw)))), {
    validator: (raw) => {
      const checked = checkResolveRequest(raw);
      throwRefusal(checked.ok ? unresolved.refusal(checked.value) : refused(checked.problem));
    },
    description:
      'What became of a call in `pending`: {"actId": "new-id", "callId": "…", "as": "absent", "by": "who", "reason": "why"}; or "as": "applied" with "result", or "give_up".',
  });
  setHandler(interveneUpdate, (raw) => answered(interventions.intervene(must(checkInterveneRequest(raw)))), {
    validator: (raw) => {
      const checked = checkInterveneRequest(raw);
      throwRefusal(checked.ok ? interventions.refusal(checked.value) : refused(checked.problem));
    },
    description:
      'An act of a person: {"actId": "new-id", "act": "end", "by": "who", "reason": "why"}; "stop" stops the running turn, "undo" with "callId" undoes a call.',
  });
  setHandler(
    intervention,
    (raw) => {
      const checked = checkInterveneRequest(raw);
      if (!checked.ok || interventions.refusal(checked.value) !== null) return apply(state, { kind: 'refused' }, now());
      const done = interventions.intervene(checked.value);
      return done instanceof Promise ? done.then(() => undefined) : undefined;
    },
    {
      description:
        'An act of a person, fire and forget: {"actId": "new-id", "act": "end", "by": "who", "reason": "why"}. Refused ones are counted in `status`.',
    },
  );
  // Signals nobody knows would otherwise be kept for a handler that never comes.
  setDefaultSignalHandler(() => apply(state, { kind: 'refused' }, now()));
  void CancellationScope.current().cancelRequested.catch(() => {
    apply(
      state,
      { kind: 'ending', ending: { status: 'cancelled', reason: 'cancelled', message: 'the session was cancelled' } },
      now(),
    );
    unresolved.stand('all');
  });

  const deps: SessionDeps = {
    now,
    publish,
    progress: showProgress,
    stopping: () => state.ending !== undefined || state.stop !== undefined,
    waitForWork: (neverUsed) => CancellationScope.nonCancellable(() => waitForWork(state, neverUsed)),
    callModel: (modelInput, summary) => callModel(modelInput, summary, input.heartbeatMs ?? MODEL_HEARTBEAT_MS),
    callTool,
    holdBack: (call, attempt) => unresolved.hold(call, attempt),
    undoTurn: (turn) => undoing.undoTurn(turn),
  };
  // One scope for all turns until one is stopped: every promise made here costs the SDK a stack trace, and a scope makes several.
  let ending: Ending | undefined;
  for (;;) {
    ending = await turnScope.run(() => runSession(state, mailbox, deps));
    if (ending) break;
    turnScope = new CancellationScope({ cancellable: true });
  }
  // Where a session ends by itself, a compensation may still be waiting for somebody.
  unresolved.stand('all');
  await CancellationScope.nonCancellable(async () => {
    // A close in the workflow task that took the act or the cancel in would be refused by the server when any other event comes in
    // meanwhile, and with it the updates that this task accepted. A timer lets that task be committed first.
    if (ending.reason === 'ended' || ending.status === 'cancelled') {
      await sleep(1, { summary: 'what ended the session is recorded' });
    }
    await condition(() => allHandlersFinished() && undoing.idle);
  });
  if (ending.status === 'cancelled') throw new CancelledFailure(ending.message ?? 'the session was cancelled');
  return sessionResult(state, { ...ending, status: ending.status });
}

function readInput(raw: unknown): SessionInput {
  const checked = checkSessionInput(raw);
  const problem = checked.ok
    ? checked.value.carry === undefined
      ? null
      : 'this version cannot continue another run: carry must be absent'
    : checked.problem;
  if (problem !== null) {
    // A message that came with the start is told why, and not that there is nobody to take it.
    const refuse: (raw: unknown) => SendResult = () => must({ ok: false, problem });
    setHandler(send, refuse, { validator: refuse });
    throw ApplicationFailure.nonRetryable(problem, FAILURE_TYPES.badSessionInput);
  }
  return must(checked);
}

function setQueryHandlers(state: SessionState, mailbox: Mailbox): void {
  setHandler(status, () => statusView(state), { description: 'Where the session stands.' });
  setHandler(transcript, (request) => transcriptView(state, request), {
    description: 'A page of the conversation: {"from": 0, "limit": 100}.',
  });
  setHandler(pending, () => pendingItems(state.unresolved.values()), { description: 'What waits for a person.' });
  setHandler(usage, () => state.usage, { description: 'Tokens and cost so far, in micro-dollars.' });
  setHandler(
    answer,
    (request) => {
      if (!isPlainObject(request) || typeof request.messageId !== 'string')
        throw new TypeError('answer expects { messageId }');
      return mailbox.answer(request.messageId);
    },
    { description: 'The recorded answer to a message: {"messageId": "…"}.' },
  );
}

/** Waits for a message or the end. A session that was never used waits only so long, so that none is left behind for ever. */
async function waitForWork(state: SessionState, neverUsed: boolean): Promise<boolean> {
  const ready = () => state.queue.length > 0 || state.ending !== undefined;
  if (!neverUsed) {
    await condition(ready);
    return true;
  }
  return condition(ready, NO_MESSAGE_TIMEOUT_MS, { summary: 'for a first message' });
}

function must<T>(checked: Checked<T>): T {
  if (!checked.ok) throw ApplicationFailure.nonRetryable(checked.problem, FAILURE_TYPES.refused);
  return checked.value;
}

/** What an act answers; throws where it was refused on the way. */
function answered<T extends object>(result: T | Refusal | Promise<T | Refusal>): T | Promise<T> {
  return result instanceof Promise ? result.then(notRefused) : notRefused(result);
}

function notRefused<T extends object>(answer: T | Refusal): T {
  if ('type' in answer) throw ApplicationFailure.nonRetryable(answer.message, answer.type);
  return answer;
}

function refused(message: string): Refusal {
  return { type: FAILURE_TYPES.refused, message };
}

function throwRefusal(refusal: Refusal | null): void {
  if (refusal) throw ApplicationFailure.nonRetryable(refusal.message, refusal.type);
}
