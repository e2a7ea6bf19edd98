/**
 * The acts note and speak: what people say to the model, and to the user as the agent. Plain code.
 *
 * Who wins. While somebody has taken over, `speak` answers whatever of the user has no answer yet: the messages that queue, and the turn that runs, which is
 * ended by it (what is in flight finishes first, and the person's words are given then; a second `speak` before that is added to them). It goes before a stop
 * that was asked for before, and the end of the session gives it all the same. Otherwise it is said at once and answers nothing: the agent goes on.
 */
import type { AssistantItem } from '../contracts/conversation';
import type { InterveneRequest, SendResult } from '../contracts/messages';
import { actor } from './act-words';
import type { Mailbox } from './mailbox';
import { apply, type SessionState } from './session-state';

export interface SpeakingDeps {
  readonly now: () => number;
  readonly mailbox: Pick<Mailbox, 'settle'>;
  /** Breaks the model call off that runs; calls of tools that run finish. */
  readonly breakOff: () => void;
}

/** Tells the model something with its next call; the user does not see it. */
export function addNote(state: SessionState, request: InterveneRequest, now: number): void {
  const by = actor(request);
  const text = `${by}, a person who watches over this conversation, tells you (the user does not see this): ${request.text ?? ''}`;
  apply(state, { kind: 'note_added', reason: 'operator', text, by }, now);
}

/** Says something to the user, as the agent. */
export function speak(state: SessionState, request: InterveneRequest, deps: SpeakingDeps): void {
  const words = { text: request.text ?? '', by: actor(request) };
  const now = deps.now();
  if (!state.person) return say(state, words, now);
  if (state.active) return answerTurn(state, words, deps);
  const ids = state.queue.map(({ messageId }) => messageId);
  apply(state, { kind: 'messages_heard' }, now);
  say(state, words, now);
  for (const messageId of ids) deps.mailbox.settle(messageId, replyOf(state, messageId, words));
}

interface Words {
  readonly text: string;
  readonly by: string;
}

function answerTurn(state: SessionState, words: Words, deps: SpeakingDeps): void {
  const { stop } = state;
  const answer = stop?.answer ? added(stop.answer, words) : words;
  apply(state, { kind: 'steered' }, deps.now());
  const message = stop?.message ?? `${answer.by} answered`;
  apply(state, { kind: 'turn_stopping', stop: { ...stop, message, answer } }, deps.now());
  deps.breakOff();
}

function added(one: Words, other: Words): Words {
  const by = one.by === other.by ? one.by : `${one.by}, ${other.by}`;
  return { text: `${one.text}\n\n${other.text}`, by };
}

/** The answer of a turn that a person answered in its place: those words, whatever became of it otherwise. */
export function answeredByPerson(state: SessionState, reached: SendResult, now: number): SendResult {
  const words = state.stop?.answer;
  if (!words) return reached;
  say(state, words, now);
  return replyOf(state, reached.messageId, words);
}

function say(state: SessionState, { text, by }: Words, now: number): void {
  const { turn, step } = state;
  const item: AssistantItem = { kind: 'assistant', turn, step, agent: state.input.agent, text, by };
  apply(state, { kind: 'items_appended', items: [item] }, now);
}

function replyOf({ turn }: SessionState, messageId: string, { text, by }: Words): SendResult {
  return { kind: 'reply', text, turn, messageId, by };
}
