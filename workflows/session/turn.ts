/**
 * One turn: from a user's message to a stable answer. Plain code with injected dependencies; its tests need no server.
 *
 * State machine: bounds and detectors → ask the model → answer: done · calls: run them, ask again · repair: note to the model, ask again ·
 * failure: stopped. Before each of these it waits while a person holds the session. Past a bound a person is asked, or the model is asked once more, without tools, and its answer is partial.
 */
import type { LimitState } from '../contracts/limits';
import type { SendRequest, SendResult } from '../contracts/messages';
import { askModel, type AskModelDeps } from './ask-model';
import type { ForwardEnd } from './forwarding';
import { steer } from './barge-in';
import { beforeStep, type BeforeStepDeps } from './before-step';
import { isHeld, type HoldGate } from './hold-gate';
import { afterLimit, afterStepsLimit } from './last-answer';
import { hasLimits, POLICY_BEFORE_FIRST_CALL } from './limits';
import { appendNote } from './notes';
import { apply, type SessionState } from './session-state';
import { refusedHandoff } from './child-end';
import { cutShort, isOvertaken } from './stopped-turn';
import { runCalls, type ToolCallDeps } from './tool-calls';

/** The run is to continue as new: the turn goes on in the next run, where `runTurn` is called again with the same request. */
export const CONTINUES = 'continues';
export type TurnEnd = SendResult | typeof CONTINUES;

export type TurnDeps = ToolCallDeps &
  AskModelDeps &
  BeforeStepDeps & {
    readonly hold: Pick<HoldGate, 'wait'>;
    /** Hands the message on to the agent that has the user, where that is not the session's own. */
    readonly forward: (request: SendRequest) => Promise<ForwardEnd>;
  };

/** Runs the turn of `request` to its end and returns the answer to the user. The caller records it. A turn that a former run began is gone on with. */
export async function runTurn(state: SessionState, request: SendRequest, deps: TurnDeps): Promise<TurnEnd> {
  if (state.active?.messageId !== request.messageId) apply(state, { kind: 'turn_started', request }, deps.now());
  if (state.runningStep && (await finishStep(state, deps)) === 'parked') return CONTINUES;
  const gave = resultReply(state, request);
  if (gave) return gave;
  let met: LimitState | undefined;
  let repairs = 0;
  for (;;) {
    if (deps.stopping()) return cutShort(state, request, deps.now());
    const held = deps.hold.wait();
    if (held) {
      await held;
      continue;
    }
    // What the last call met would be forgotten: asking a person about it is what the next run goes on with.
    if (deps.continuing() && (!met || isHeld(state))) return CONTINUES;
    if (state.family.active !== undefined) {
      const end = await deps.forward(request);
      deps.progress();
      if (end.kind === 'parked') return CONTINUES;
      if (end.kind === 'stopped') return cutShort(state, request, deps.now());
      if (end.kind === 'answered') return forwarded(state, request, end.answer, deps);
      continue;
    }
    if (hasLimits(state) || met) {
      const looked = beforeStep(state, deps, met);
      const next = looked instanceof Promise ? await looked : looked;
      met = undefined;
      if (next.kind === 'parked') return CONTINUES;
      if (next.kind === 'again') continue;
      if (next.kind === 'last') {
        // A person may have been waited for, and the session be held since.
        if (isHeld(state)) {
          await deps.hold.wait();
          if (deps.stopping()) return cutShort(state, request, deps.now());
          if (isHeld(state)) return CONTINUES;
        }
        return afterLimit(state, request, deps, next);
      }
    } else {
      const limit = state.input.limits?.steps ?? (state.policy ?? POLICY_BEFORE_FIRST_CALL).steps;
      if (state.step >= limit) return afterStepsLimit(state, request, deps, limit);
    }
    steer(state, deps.now());
    const result = await askModel(state, 'step', deps);
    deps.progress();
    switch (result.kind) {
      case 'cancelled':
        return cutShort(state, request, deps.now());
      case 'failed':
        return stopped(state, request, deps, result);
      case 'limit':
        met = result.limit;
        continue;
      case 'answered':
    }
    const { decision } = result.turn;
    switch (decision.kind) {
      case 'answer':
        if (isOvertaken(state)) return cutShort(state, request, deps.now());
        // The text comes first: it is what a person sees of the update in the Web UI.
        return { kind: 'reply', text: decision.text, turn: state.turn, messageId: request.messageId };
      case 'repair':
        repairs += 1;
        if (!hasLimits(state) && repairs > (state.policy ?? POLICY_BEFORE_FIRST_CALL).repairs) {
          const message = `the model's answers could not be used ${repairs} times in this turn; the last time: ${decision.problem}`;
          return stopped(state, request, deps, { type: 'repairs_exhausted', message });
        }
        appendNote(state, 'model', 'repair', decision.note, deps.now());
        break;
      case 'calls':
        apply(state, { kind: 'calls_planned', calls: decision.calls }, deps.now());
        if ((await finishStep(state, deps)) === 'parked') return CONTINUES;
        break;
      case 'refuse':
        apply(state, { kind: 'ending', ending: refusedHandoff(decision.problem) }, deps.now());
        return cutShort(state, request, deps.now());
      case 'limit':
        break;
    }
    const given = resultReply(state, request);
    if (given) return given;
    deps.progress();
  }
}

function finishStep(state: SessionState, deps: TurnDeps): Promise<'done' | 'parked'> {
  return runCalls(state, (state.policy ?? POLICY_BEFORE_FIRST_CALL).parallelCalls, deps);
}

function stopped(
  state: SessionState,
  request: SendRequest,
  deps: TurnDeps,
  failure: { readonly type: string; readonly message: string; readonly names?: readonly string[] },
): SendResult {
  const text = `This turn was stopped: ${failure.message}`;
  appendNote(state, 'record', 'turn_stopped', text, deps.now());
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

/** A delegate has what it was asked for: the turn is over. */
function resultReply({ result, turn }: SessionState, { messageId }: SendRequest): SendResult | undefined {
  return result ? { kind: 'reply', text: JSON.stringify(result.value), turn, messageId } : undefined;
}

/** What another agent answered; where the turn is being stopped, that it was. */
function forwarded(state: SessionState, request: SendRequest, answer: SendResult, deps: TurnDeps): SendResult {
  if (!isOvertaken(state) && !(deps.stopping() && answer.kind === 'stopped')) return answer;
  const cut = cutShort(state, request, deps.now());
  // What the child says of it has also what was undone.
  return cut.kind === 'stopped' && answer.kind === 'stopped' ? { ...cut, message: answer.message } : cut;
}
