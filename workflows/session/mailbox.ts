/**
 * How `send` is taken in and answered: repeats, bounds and who waits. Plain code over the session's state; the promises it hands
 * out are resolved by the turn's end and never by a timer, so they cannot be cancelled away from under a user.
 */
import { FAILURE_TYPES, type FailureType } from '../contracts/failures';
import { utf8Length, type JsonObject } from '../contracts/json';
import type { AnswerResult, SendRequest, SendResult } from '../contracts/messages';
import { MAX_ANSWERED_BYTES, MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES, MAX_WAITING_SENDS } from './activity-options';
import { heldUp, turnPending } from './held-up';
import { apply, contentOf, type SessionState } from './session-state';

export interface Refusal {
  readonly type: FailureType;
  readonly message: string;
  /** The same for machines: first of the failure's details. */
  readonly details?: JsonObject;
}

type Resolve = (answer: SendResult) => void;

export class Mailbox {
  private readonly waiting = new Map<string, Resolve[]>();
  private parked = false;

  constructor(
    private readonly state: SessionState,
    private readonly now: () => number,
    /** Told of each answer as it is recorded. */
    private readonly settled?: (messageId: string, answer: SendResult) => void,
  ) {}

  /** Why `request` cannot be taken; null where it can. Changes nothing, so it can serve as the update's validator. */
  refusal(request: SendRequest): Refusal | null {
    const { state } = this;
    if (request.agent !== undefined && request.agent !== state.input.agent) {
      return {
        type: FAILURE_TYPES.agentMismatch,
        message: `session ${state.sessionId} is with the agent ${state.input.agent}, not ${request.agent}; send without an agent, or start another session`,
      };
    }
    const seen = state.messages.get(request.messageId);
    if (seen) {
      if (seen.content === contentOf(request)) return null;
      return {
        type: FAILURE_TYPES.messageIdReused,
        message: `the message id ${request.messageId} was used for another message in this session; a new message needs a new id`,
      };
    }
    if (state.ending) {
      return {
        type: FAILURE_TYPES.sessionClosing,
        message: `session ${state.sessionId} is closing (${state.ending.reason}) and takes no further message`,
      };
    }
    if (state.input.mode === 'task' && state.messages.size > 0) {
      return {
        type: FAILURE_TYPES.sessionClosing,
        message: `session ${state.sessionId} is a task, which takes one message; start a session in mode "conversation" to go on`,
      };
    }
    if (state.queue.length >= MAX_QUEUED_MESSAGES) {
      return {
        type: FAILURE_TYPES.queueFull,
        message: `session ${state.sessionId} has ${state.queue.length} messages waiting, which is the most it takes; send again later with the same message id`,
      };
    }
    const queued = state.queue.reduce((bytes, { text }) => bytes + utf8Length(text), 0);
    if (queued > 0 && queued + utf8Length(request.text) > MAX_QUEUED_BYTES) {
      return {
        type: FAILURE_TYPES.queueFull,
        message: `session ${state.sessionId} has ${queued} bytes of messages waiting, and with this one there would be more than the ${MAX_QUEUED_BYTES} it takes; send again later with the same message id`,
      };
    }
    return null;
  }

  /** Takes `request` in, or recognises it, and gives its answer when there is one. Call only after `refusal` said null. */
  send(request: SendRequest): SendResult | Promise<SendResult> {
    const { state } = this;
    const { messageId } = request;
    const seen = state.messages.get(messageId);
    if (seen?.answer) return seen.answer;
    if (!seen) apply(state, { kind: 'message_accepted', request }, this.now());
    if (this.parked) return this.continued(messageId);
    if (heldUp(state)) return this.meanwhile(messageId);
    if (this.waitingCount() >= MAX_WAITING_SENDS) return { kind: 'queued', messageId, ahead: this.ahead(messageId) };
    return new Promise<SendResult>((resolve) => {
      const resolvers = this.waiting.get(messageId) ?? [];
      resolvers.push(resolve);
      this.waiting.set(messageId, resolvers);
    });
  }

  /** Records the answer and gives it to everyone who waits for it. */
  settle(messageId: string, answer: SendResult): void {
    apply(this.state, { kind: 'turn_ended', messageId, answer }, this.now());
    this.settled?.(messageId, answer);
    const resolvers = this.waiting.get(messageId) ?? [];
    this.waiting.delete(messageId);
    // One task of the workflow hands all of them out: whoever is left follows by query.
    const most = Math.max(1, Math.floor(MAX_ANSWERED_BYTES / utf8Length(JSON.stringify(answer))));
    resolvers.forEach((resolve, index) => resolve(index < most ? answer : { kind: 'queued', messageId, ahead: 0 }));
  }

  /** The run is about to close, and the session goes on in another: whoever waits, or comes from now on, is to send again. */
  park(): void {
    this.parked = true;
    for (const [messageId, resolvers] of [...this.waiting]) {
      this.waiting.delete(messageId);
      for (const resolve of resolvers) resolve(this.continued(messageId));
    }
  }

  /** It does not close after all. */
  unpark(): void {
    this.parked = false;
  }

  /** A person is needed: nobody waits here for that. Everyone is told, and nothing is recorded as an answer. */
  answerMeanwhile(): void {
    for (const [messageId, resolvers] of [...this.waiting]) {
      this.waiting.delete(messageId);
      for (const resolve of resolvers) resolve(this.meanwhile(messageId));
    }
  }

  /** Answers every message that has no answer yet with `ended`: none is left hanging when the session closes. */
  settleAllAsEnded(): void {
    const { ending } = this.state;
    for (const [messageId, seen] of this.state.messages) {
      if (seen.answer) continue;
      this.settle(messageId, {
        kind: 'ended',
        messageId,
        status: ending?.status ?? 'completed',
        reason: ending?.message ?? ending?.reason ?? 'the session ended',
      });
    }
    this.state.queue.length = 0;
  }

  answer(messageId: string): AnswerResult {
    const seen = this.state.messages.get(messageId);
    if (!seen) return { kind: 'unknown_message', messageId };
    if (seen.answer) return { kind: 'answered', answer: seen.answer };
    if (!heldUp(this.state)) return { kind: 'in_progress', messageId };
    const ahead = this.isOfTurn(messageId) ? {} : { ahead: this.ahead(messageId) };
    return { kind: 'in_progress', messageId, pending: turnPending(this.state), ...ahead };
  }

  private continued(messageId: string): SendResult {
    return { kind: 'continued', messageId, run: this.state.run };
  }

  /** The answer to a message while its turn, or the one before it, waits for a person, or is that person's to answer. */
  private meanwhile(messageId: string): SendResult {
    const { person, turn } = this.state;
    if (person) return { kind: 'with_person', messageId, person: person.by };
    if (!this.isOfTurn(messageId)) return { kind: 'queued', messageId, ahead: this.ahead(messageId) };
    return { kind: 'waiting_for_human', messageId, turn, pending: turnPending(this.state) };
  }

  /** True for the message whose turn runs, and for those that joined it. */
  private isOfTurn(messageId: string): boolean {
    const { active, steered } = this.state;
    return active?.messageId === messageId || (active !== undefined && steered.includes(messageId));
  }

  /** Turns before that of a message that is queued; 0 for one that is not. */
  private ahead(messageId: string): number {
    const { queue, active } = this.state;
    const place = queue.findIndex((queued) => queued.messageId === messageId);
    return Math.max(0, place) + (active && place >= 0 ? 1 : 0);
  }

  private waitingCount(): number {
    let count = 0;
    for (const resolvers of this.waiting.values()) count += resolvers.length;
    return count;
  }
}
