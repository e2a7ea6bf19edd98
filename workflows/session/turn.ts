/**
 * One turn: from a user's message to a stable answer. Plain code with injected dependencies; its tests need no server.
 *
 * State machine: ask the model → answer: done · calls: run them, ask again · repair: note to the model, ask again (bounded) ·
 * failure: stopped. Past the steps limit the model is asked once more, without tools, and its answer is partial.
 */
import type { ConversationItem } from '../contracts/conversation';
import { utf8Length } from '../contracts/json';
import type { SendRequest, SendResult } from '../contracts/messages';
import type { CutOffRequest, ModelCallInput, ModelCallPurpose, ModelTurn, SessionPolicy } from '../contracts/model';
import { MAX_DELTA_BYTES } from './activity-options';
import { apply, type SessionState } from './session-state';
import { cutShort, isOvertaken } from './stopped-turn';
import { modelSummary } from './summaries';
import { appendOutcomes, runCalls, type ToolCallDeps } from './tool-calls';

/** How a model call came back. */
export type ModelResult =
  | { readonly kind: 'answered'; readonly turn: ModelTurn }
  | {
      readonly kind: 'failed';
      readonly type: string;
      readonly message: string;
      readonly names?: readonly string[];
      /** Requests that may have been billed without an answer. */
      readonly cutOff?: readonly CutOffRequest[];
    }
  | { readonly kind: 'cancelled' };

export interface TurnDeps extends ToolCallDeps {
  /** Never throws but for bugs. */
  readonly callModel: (input: ModelCallInput, summary: string) => Promise<ModelResult>;
  /** Called between steps, for displays. */
  readonly progress: () => void;
}

/** Used until the first model call brings the agent's own. */
export const POLICY_BEFORE_FIRST_CALL: SessionPolicy = { steps: 10, repairs: 3, parallelCalls: 8 };

/** Runs the turn of `request` to its end and returns the answer to the user. The caller records it. */
export async function runTurn(state: SessionState, request: SendRequest, deps: TurnDeps): Promise<SendResult> {
  apply(state, { kind: 'turn_started', request }, deps.now());
  let repairs = 0;
  for (;;) {
    if (deps.stopping()) return cutShort(state, request, deps.now());
    const policy = state.policy ?? POLICY_BEFORE_FIRST_CALL;
    const limit = state.input.limits?.steps ?? policy.steps;
    const purpose: ModelCallPurpose = state.step >= limit ? 'final' : 'step';
    if (purpose === 'final') appendNote(state, deps, 'steps_limit', stepsLimitNote(limit));
    const result = await askModel(state, purpose, deps);
    deps.progress();
    if (result.kind === 'cancelled') return cutShort(state, request, deps.now());
    if (purpose === 'final') return partialReply(state, request, deps, limit, result);
    if (result.kind === 'failed') return stopped(state, request, deps, result);
    const { decision } = result.turn;
    switch (decision.kind) {
      case 'answer':
        if (isOvertaken(state)) return cutShort(state, request, deps.now());
        // The text comes first: it is what a person sees of the update in the Web UI.
        return { kind: 'reply', text: decision.text, turn: state.turn, messageId: request.messageId };
      case 'repair':
        repairs += 1;
        if (repairs > (state.policy ?? policy).repairs) {
          const message = `the model's answers could not be used ${repairs} times in this turn; the last time: ${decision.problem}`;
          return stopped(state, request, deps, { type: 'repairs_exhausted', message });
        }
        appendNote(state, deps, 'repair', decision.note);
        break;
      case 'calls':
        await runCalls(state, decision.calls, (state.policy ?? policy).parallelCalls, deps);
        break;
    }
    deps.progress();
  }
}

async function askModel(state: SessionState, purpose: ModelCallPurpose, deps: TurnDeps): Promise<ModelResult> {
  apply(state, { kind: 'step_started' }, deps.now());
  const summary = modelSummary(state);
  const input = modelInput(state, purpose);
  const { turn, step } = state;
  const record = {
    turn,
    step,
    kind: 'model',
    id: input.callId,
    name: state.input.agent,
    summary,
    startedAt: deps.now(),
  } as const;
  apply(state, { kind: 'call_started', record }, deps.now());
  deps.progress();
  const result = await deps.callModel(input, summary);
  if (result.kind === 'answered') {
    apply(state, { kind: 'model_answered', id: input.callId, turn: result.turn }, deps.now());
  } else {
    const { type, message, cutOff } =
      result.kind === 'failed' ? result : { type: 'cancelled', message: 'the turn was stopped', cutOff: undefined };
    apply(state, { kind: 'model_failed', id: input.callId, type, message, cutOff }, deps.now());
  }
  return result;
}

function modelInput(state: SessionState, purpose: ModelCallPurpose): ModelCallInput {
  const { agent, tenant, user } = state.input;
  const fresh = state.items.slice(state.base.length);
  const tooLarge = fresh.reduce((bytes, item) => bytes + utf8Length(JSON.stringify(item)), 0) > MAX_DELTA_BYTES;
  return {
    agent,
    sessionId: state.sessionId,
    keyNamespace: state.keyNamespace,
    ...(tenant === undefined ? {} : { tenant }),
    ...(user === undefined ? {} : { user }),
    turn: state.turn,
    step: state.step,
    callId: `t${state.turn}.s${state.step}.m`,
    purpose,
    base: state.base,
    items: tooLarge ? [] : fresh,
    ...(tooLarge ? { readBackTo: state.items.length } : {}),
    ...(state.definitionHash === undefined ? {} : { definitionHash: state.definitionHash }),
    ...(Object.keys(state.ledgers).length === 0 ? {} : { ledgers: state.ledgers }),
  };
}

function stepsLimitNote(limit: number): string {
  return (
    `You have used the ${limit} steps this turn may take. No tool can be called now. Answer the user with what has been ` +
    'established and done so far, and say plainly what is still open.'
  );
}

/** The last answer, without tools. Whatever the model did with that chance, the user gets words and is told that they are partial. */
function partialReply(
  state: SessionState,
  request: SendRequest,
  deps: TurnDeps,
  limit: number,
  result: Exclude<ModelResult, { kind: 'cancelled' }>,
): SendResult {
  let text = '';
  if (result.kind === 'answered') {
    const { decision, item } = result.turn;
    if (decision.kind === 'answer') text = decision.text;
    else if (decision.kind === 'calls') {
      text = item?.text ?? '';
      const message = `the ${limit} steps of this turn are used up`;
      appendOutcomes(state, decision.calls, () => ({ kind: 'rejected', reason: 'limit', message }), deps.now());
    }
  }
  if (isOvertaken(state)) return cutShort(state, request, deps.now());
  if (text.trim() === '') {
    text = `I could not finish this within ${limit} steps. What was done so far is kept; please tell me how to go on.`;
    // These words are the engine's: the model has to know what the user was told.
    appendNote(state, deps, 'steps_limit', `There was no answer, so the user was told: ${text}`);
  }
  return {
    kind: 'reply',
    text,
    partial: `steps_limit: ${limit} steps were used`,
    turn: state.turn,
    messageId: request.messageId,
  };
}

function stopped(
  state: SessionState,
  request: SendRequest,
  deps: TurnDeps,
  failure: { readonly type: string; readonly message: string; readonly names?: readonly string[] },
): SendResult {
  const text = `This turn was stopped: ${failure.message}`;
  apply(state, { kind: 'items_appended', items: [noteItem(state, 'record', 'turn_stopped', text)] }, deps.now());
  return {
    kind: 'stopped',
    messageId: request.messageId,
    turn: state.turn,
    reason: failure.type,
    message: failure.message,
    ...(failure.names ? { names: failure.names } : {}),
    session: 'open',
  };
}

function appendNote(state: SessionState, deps: TurnDeps, reason: string, text: string): void {
  apply(state, { kind: 'items_appended', items: [noteItem(state, 'model', reason, text)] }, deps.now());
}

function noteItem(state: SessionState, audience: 'model' | 'record', reason: string, text: string): ConversationItem {
  return { kind: 'note', turn: state.turn, step: state.step, audience, reason, text };
}
