/** The acts of people on a session. Plain code: when an act is refused, that it is done once, and who does it. */
import { FAILURE_TYPES } from '../contracts/failures';
import type { InterveneRequest, InterveneResult } from '../contracts/messages';
import { inWords, recordAct, refused } from './act-words';
import { actRefusal, contentOfAct } from './acts';
import { withMore } from './bounding';
import { cancelRefusal, cancelWords, replaceOutcome, replaceRefusal } from './calls-of-people';
import { extensionRefusal } from './extending';
import type { HoldGate } from './hold-gate';
import { doHolding, holdingRefusal, type HoldingAct } from './holding';
import { limitState } from './limits';
import { patchRefusal, patchState, type PatchingDeps } from './patching';
import type { Mailbox, Refusal } from './mailbox';
import type { RunningCalls } from './running-calls';
import { apply, type SessionState } from './session-state';
import { addNote, speak } from './speaking';
import type { Undoing } from './undo';
import { standing } from './waiting-call';

/** Whoever cancels a call waits so long for its outcome, ms; then it is told later, in the conversation and to a repeat of the act. */
export const CANCEL_ANSWER_MS = 10_000;

export interface InterventionDeps extends PatchingDeps {
  /** Cancels what the running turn waits for; effects in flight finish and are recorded. */
  readonly stopTurn: () => void;
  /** Breaks the model call off that runs, and what waits for people; calls of tools that run finish. */
  readonly breakOff: () => void;
  readonly undoing: Pick<Undoing, 'problem' | 'undo'>;
  /** A bound was extended: what waits for that goes on where it is enough. */
  readonly extended: () => void;
  readonly mailbox: Pick<Mailbox, 'answerMeanwhile' | 'settle'>;
  readonly holdGate: Pick<HoldGate, 'look'>;
  readonly running: RunningCalls;
  /**
   * An act on the session as a whole was done: children that have a part in it are told.
   * @param heard what the user had written, where the act answered it in place of the agent.
   */
  readonly acted: (request: InterveneRequest, heard: readonly string[]) => void;
  /** Publishes the status. */
  readonly publish: () => void;
  /** Shows what changed besides. */
  readonly progress: () => void;
  /** Calls `due` after `ms`. @returns what stops that timer. */
  readonly deadline: (ms: number, due: () => void, summary: string) => () => void;
}

interface Underway {
  readonly callId: string;
  readonly answer: Promise<InterveneResult>;
}

export class Interventions {
  /** Compensations that are under way, by the ids of the acts. */
  private readonly underway = new Map<string, Underway>();

  constructor(
    private readonly state: SessionState,
    private readonly deps: InterventionDeps,
  ) {}

  /** Why an act cannot be done; null where it can, or was done before under the same id. Changes nothing. */
  refusal(request: InterveneRequest): Refusal | null {
    const { state } = this;
    const { actId, act, callId } = request;
    if (state.acts.has(actId)) return actRefusal(state, actId, { act, callId, content: contentOfAct(request) });
    const busy = this.underway.get(actId);
    if (busy) {
      if (act === 'undo' && busy.callId === callId) return null;
      return refused(
        `the act id ${actId} is being used for another act (undo ${busy.callId}); a new act needs a new id`,
      );
    }
    if (state.ending) {
      return {
        type: FAILURE_TYPES.sessionClosing,
        message: `session ${state.sessionId} is closing already (${state.ending.reason})`,
      };
    }
    const problem = this.problem(request);
    return problem === null ? null : refused(problem);
  }

  private problem(request: InterveneRequest): string | null {
    const { state } = this;
    const { act, callId = '' } = request;
    switch (act) {
      case 'end':
      case 'note':
      case 'speak':
        return null;
      case 'stop':
        if (state.stop && state.stop.kind !== 'interrupted') return `the turn ${state.turn} is being stopped already`;
        return state.active ? null : 'no turn is running, so there is nothing to stop';
      case 'extend':
        return extensionRefusal(state, request);
      case 'undo':
        return this.deps.undoing.problem(callId);
      case 'pause':
      case 'resume':
      case 'take_over':
      case 'hand_back':
        return holdingRefusal(state, act);
      case 'cancel_call':
        return cancelRefusal(state, this.deps.running, callId);
      case 'replace_outcome':
        return replaceRefusal(state, callId);
      case 'revoke':
        return revokeRefusal(state, request);
      case 'patch_state':
        return patchRefusal(state);
      default:
        return notKnown(act);
    }
  }

  /** Does an act, or says what was done under its id. Call only after `refusal` said null. @returns a refusal where another act came in between. */
  intervene(request: InterveneRequest): InterveneResult | Refusal | Promise<InterveneResult | Refusal> {
    const { state } = this;
    const { actId, act, onStop, callId = '' } = request;
    const before = state.acts.get(actId);
    if (before) {
      const { outcome } = before;
      const found = { kind: 'already_done', actId, status: state.status, ...(outcome ? { outcome } : {}) } as const;
      return { ...found, ...this.limitAfter(request) };
    }
    // Two acts `end` at once do no harm, and were answered like this always.
    const refusal = act === 'end' ? null : this.refusal(request);
    if (refusal) return refusal;
    switch (act) {
      case 'end': {
        this.done(request);
        const message = inWords('the session was ended', request);
        this.apply({
          kind: 'ending',
          ending: { status: 'completed', reason: 'ended', message, ...withOnStop(onStop) },
        });
        this.deps.stopTurn();
        return { kind: 'done', actId, status: 'completed' };
      }
      case 'stop': {
        this.done(request);
        const message = inWords('the turn was stopped', request);
        this.apply({ kind: 'turn_stopping', stop: { message, ...withOnStop(onStop) } });
        this.deps.stopTurn();
        return { kind: 'done', actId, status: state.status };
      }
      case 'extend':
        return this.extend(request);
      case 'undo':
        return this.undo(request, callId);
      case 'pause':
      case 'resume':
      case 'take_over':
      case 'hand_back':
        return this.hold(request, act);
      case 'note':
        this.done(request);
        addNote(state, request, this.deps.now());
        this.deps.acted(request, []);
        // Shown with the model's next call: many may come in at once.
        return { kind: 'done', actId, status: state.status };
      case 'speak': {
        this.done(request);
        const heard = state.person ? [state.active, ...state.queue].flatMap((message) => message?.text ?? []) : [];
        speak(state, request, this.deps);
        this.deps.acted(request, heard);
        this.deps.publish();
        return this.answer(actId);
      }
      case 'cancel_call':
        return this.cancelCall(request, callId);
      case 'replace_outcome':
        this.done(request);
        replaceOutcome(state, request, callId, this.deps.now());
        return this.answer(actId);
      case 'revoke':
        this.done(request);
        this.apply({ kind: 'standing_revoked', actId: request.standing ?? '' });
        recordAct(
          state,
          request,
          { reason: 'revoked', what: `the standing decision ${request.standing ?? ''} was taken back` },
          this.deps.now(),
        );
        return this.answer(actId);
      case 'patch_state':
        return patchState(state, request, this.deps, () => {
          this.done(request);
          return this.answer(actId);
        });
      default:
        return refused(notKnown(act));
    }
  }

  private answer(actId: string): InterveneResult {
    this.deps.progress();
    return { kind: 'done', actId, status: this.state.status };
  }

  private hold(request: InterveneRequest, act: HoldingAct): InterveneResult {
    const { state, deps } = this;
    this.done(request);
    doHolding(state, act, request, deps.now());
    // Who waits is told for whom; and nobody waits where the session goes on.
    if (act === 'pause' || act === 'take_over') deps.mailbox.answerMeanwhile();
    this.apply({ kind: 'status_changed', ...standing(state) });
    deps.publish();
    deps.holdGate.look();
    deps.acted(request, []);
    return { kind: 'done', actId: request.actId, status: state.status };
  }

  private cancelCall(request: InterveneRequest, callId: string): Promise<InterveneResult> {
    const { state, deps } = this;
    const { actId } = request;
    this.done(request);
    recordAct(
      state,
      request,
      { reason: 'call_cancelled', what: `a person asked to cancel the call ${callId}` },
      deps.now(),
    );
    return new Promise((resolve) => {
      const answer = () => resolve({ kind: 'done', actId, status: state.status });
      const stopTimer = deps.deadline(CANCEL_ANSWER_MS, answer, `for the outcome of ${callId}`);
      deps.running.cancel(callId, cancelWords(request), ({ outcome }) => {
        stopTimer();
        const done = { act: 'cancel_call', callId, content: contentOfAct(request), outcome } as const;
        this.apply({ kind: 'act_done', actId, done });
        resolve({ kind: 'done', actId, status: state.status, outcome });
      });
    });
  }

  private extend(request: InterveneRequest): InterveneResult {
    const { state } = this;
    const { actId, bound, amount } = request;
    // The refusal has seen both by now.
    if (bound === undefined || amount === undefined) throw new Error('extend without bound and amount');
    this.done(request);
    this.apply({ kind: 'bounding_changed', bounding: withMore(state.bounding, bound, amount) });
    this.apply({
      kind: 'note_added',
      reason: 'extended',
      text: inWords(`${bound} was extended by ${amount}`, request),
    });
    const limit = this.limitAfter(request);
    this.deps.extended();
    return { kind: 'done', actId, status: state.status, ...limit };
  }

  /** With `extend`: where the bound stands. What is asked says also what the next call needs, so this is read before the turn goes on. */
  private limitAfter({ bound }: InterveneRequest): Pick<InterveneResult, 'limit'> {
    const limit = bound === undefined ? undefined : limitState(this.state, bound);
    return limit ? { limit } : {};
  }

  private undo(request: InterveneRequest, callId: string): Promise<InterveneResult> {
    const { actId } = request;
    const busy = this.underway.get(actId);
    if (busy) return busy.answer.then((answer) => ({ ...answer, kind: 'already_done' }));
    const answer = this.deps.undoing.undo(callId).then((outcome): InterveneResult => {
      this.underway.delete(actId);
      this.apply({ kind: 'act_done', actId, done: { act: 'undo', callId, content: contentOfAct(request), outcome } });
      return { kind: 'done', actId, status: this.state.status, outcome };
    });
    this.underway.set(actId, { callId, answer });
    return answer;
  }

  private done(request: InterveneRequest): void {
    const { actId, act, callId } = request;
    const done = { act, ...(callId === undefined ? {} : { callId }), content: contentOfAct(request) };
    this.apply({ kind: 'act_done', actId, done });
  }

  private apply(event: Parameters<typeof apply>[1]): void {
    apply(this.state, event, this.deps.now());
  }
}

function revokeRefusal({ standing }: SessionState, { standing: actId = '' }: InterveneRequest): string | null {
  if (standing.some((decision) => decision.actId === actId)) return null;
  const names = standing.map((decision) => decision.actId);
  const some = names.length === 0 ? 'none is given' : `those that are: ${names.slice(-20).join(', ')}`;
  return `no standing decision ${actId} is given in this session; ${some}`;
}

/** Acts of a later version. */
function notKnown(act: never): string {
  return `the act ${String(act)} is not there yet`;
}

function withOnStop(onStop: InterveneRequest['onStop']): Pick<InterveneRequest, 'onStop'> {
  return onStop === undefined ? {} : { onStop };
}
