/** The acts of people on a session. Plain code: what an act does to the state, and when it is refused. */
import { FAILURE_TYPES } from '../contracts/failures';
import type { InterveneRequest, InterveneResult } from '../contracts/messages';
import { actRefusal, contentOfAct } from './acts';
import type { Refusal } from './mailbox';
import { withMore } from './bounding';
import { extensionRefusal } from './extending';
import { limitState } from './limits';
import { apply, type SessionState } from './session-state';
import type { Undoing } from './undo';

export interface InterventionDeps {
  readonly now: () => number;
  /** Cancels what the running turn waits for; effects in flight finish and are recorded. */
  readonly stopTurn: () => void;
  readonly undoing: Pick<Undoing, 'problem' | 'undo'>;
  /** A bound was extended: what waits for that goes on where it is enough. */
  readonly extended: () => void;
}

interface Underway {
  readonly callId: string;
  readonly answer: Promise<InterveneResult>;
}

export class Interventions {
  /** Acts that take their time, by their ids. */
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
    switch (act) {
      case 'end':
        return null;
      case 'stop':
        if (state.stop) return refused(`the turn ${state.turn} is being stopped already`);
        return state.active ? null : refused('no turn is running, so there is nothing to stop');
      case 'extend': {
        const problem = extensionRefusal(state, request);
        return problem === null ? null : refused(problem);
      }
      case 'undo': {
        const problem = this.deps.undoing.problem(callId ?? '');
        return problem === null ? null : refused(problem);
      }
      default:
        return refused(`the act ${act} is not there yet`);
    }
  }

  /** Does an act, or says what was done under its id. Call only after `refusal` said null. @returns a refusal where another act came in between. */
  intervene(request: InterveneRequest): InterveneResult | Refusal | Promise<InterveneResult> {
    const { state } = this;
    const { actId, act, onStop } = request;
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
        return this.undo(request, request.callId ?? '');
      default:
        return refused(`the act ${act} is not there yet`);
    }
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
    const { actId, act } = request;
    this.apply({ kind: 'act_done', actId, done: { act, content: contentOfAct(request) } });
  }

  private apply(event: Parameters<typeof apply>[1]): void {
    apply(this.state, event, this.deps.now());
  }
}

function inWords(what: string, { by, reason }: InterveneRequest): string {
  return `${what}${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`;
}

function withOnStop(onStop: InterveneRequest['onStop']): Pick<InterveneRequest, 'onStop'> {
  return onStop === undefined ? {} : { onStop };
}

function refused(message: string): Refusal {
  return { type: FAILURE_TYPES.refused, message };
}
