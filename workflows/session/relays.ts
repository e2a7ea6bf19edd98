/** What a child is told by its parent. Plain code: each relay comes to one end, which is reported. */
import { checkDecideRequest, checkInterveneRequest, checkResolveRequest } from '../contracts/check-acts';
import { sliceProblem } from '../contracts/check-contract';
import { checkSendRequest, type Checked } from '../contracts/check-messages';
import { FAILURE_TYPES } from '../contracts/failures';
import type { RelayResult, Slice } from '../contracts/handoff';
import { isPlainObject } from '../contracts/json';
import type { DecideResult, InterveneResult, ResolveResult, SendRequest } from '../contracts/messages';
import type { ActTaker } from './act-taker';
import type { LimitGate } from './limit-gate';
import type { Mailbox, Refusal } from './mailbox';
import type { Reporter } from './reporter';
import { apply, type SessionState } from './session-state';

export interface RelayDeps {
  readonly now: () => number;
  readonly mailbox: Pick<Mailbox, 'refusal' | 'send'>;
  readonly acts: ActTaker;
  readonly limitGate: Pick<LimitGate, 'extended' | 'refuse'>;
  readonly reporter: Pick<Reporter, 'answered'>;
  /** It is to come back, with at most so many bytes; `refuse` is told where it cannot. */
  readonly park: (maxBytes: number, refuse: (message: string) => void) => void;
  readonly background: (work: Promise<unknown>) => void;
}

export class Relays {
  private underway = 0;

  constructor(
    private readonly state: SessionState,
    private readonly deps: RelayDeps,
  ) {}

  /** True where everything that was told has come to its end, but for messages, which have turns. */
  get idle(): boolean {
    return this.underway === 0;
  }

  /** @param raw unchecked. @returns why it is none, in words. */
  take(raw: unknown): string | null {
    if (!isPlainObject(raw) || typeof raw.relayId !== 'string') return 'a relay must be { relayId, act, payload }';
    const { relayId, act, payload } = raw;
    switch (act) {
      case 'send':
        return this.send(relayId, payload);
      case 'decide':
        return this.act(relayId, checkDecideRequest(payload), (request) => this.deps.acts.decide(request));
      case 'resolve':
        return this.act(relayId, checkResolveRequest(payload), (request) => this.deps.acts.resolve(request));
      case 'intervene':
        return this.act(relayId, checkInterveneRequest(payload), (request) => this.deps.acts.intervene(request));
      case 'slice':
        return this.slice(payload);
      case 'park': {
        const maxBytes = isPlainObject(payload) ? payload.maxBytes : undefined;
        if (typeof maxBytes !== 'number' || !(maxBytes > 0)) return 'park expects { maxBytes }';
        const { reporter } = this.deps;
        this.deps.park(maxBytes, (message) =>
          reporter.answered(relayId, { kind: 'refused', type: FAILURE_TYPES.refused, message }),
        );
        return null;
      }
      default:
        return `this version does not know the act ${JSON.stringify(act)?.slice(0, 60)}`;
    }
  }

  private send(relayId: string, payload: unknown): string | null {
    const { state, deps } = this;
    const { request: given, slice } = isPlainObject(payload) ? payload : { request: undefined, slice: undefined };
    const checked: Checked<SendRequest> = checkSendRequest(given);
    if (!checked.ok) return checked.problem;
    const problem = this.give(slice);
    if (problem !== null) return problem;
    const request = checked.value;
    const refusal = deps.mailbox.refusal(request);
    if (refusal) {
      deps.reporter.answered(relayId, { kind: 'refused', ...refusal });
      return null;
    }
    const answer = state.messages.get(request.messageId)?.answer;
    if (answer) deps.reporter.answered(relayId, { kind: 'answered', answer });
    else if (!state.messages.has(request.messageId)) apply(state, { kind: 'message_accepted', request }, deps.now());
    return null;
  }

  private slice(payload: unknown): string | null {
    if (!isPlainObject(payload)) return 'slice expects { slice, granted }';
    if (payload.granted === false) {
      this.deps.limitGate.refuse();
      return null;
    }
    const problem = this.give(payload.slice);
    if (problem === null) this.deps.limitGate.extended();
    return problem;
  }

  private give(slice: unknown): string | null {
    const problem = sliceProblem(slice);
    if (problem === null && slice !== undefined) {
      apply(this.state, { kind: 'slice_given', slice: slice as Slice }, this.deps.now());
    }
    return problem;
  }

  private act<T>(relayId: string, checked: Checked<T>, take: (request: T) => Answer | Promise<Answer>): string | null {
    const { deps } = this;
    if (!checked.ok) {
      deps.reporter.answered(relayId, { kind: 'refused', type: FAILURE_TYPES.refused, message: checked.problem });
      return null;
    }
    const answer = take(checked.value);
    if (!(answer instanceof Promise)) {
      deps.reporter.answered(relayId, resultOf(answer));
      return null;
    }
    this.underway += 1;
    deps.background(
      answer.then((done) => {
        deps.reporter.answered(relayId, resultOf(done));
        this.underway -= 1;
      }),
    );
    return null;
  }
}

type Answer = DecideResult | ResolveResult | InterveneResult | Refusal;

function resultOf(answer: Answer): RelayResult {
  return 'type' in answer ? { ...answer, kind: 'refused' } : { kind: 'done', answer };
}
