/**
 * How a turn ends that may make no further step: the model is asked once more, without tools, where the bounds allow it. Whatever it does with that
 * chance, the user gets words, what was done is not lost, and the answer says that it is partial and why. Plain code.
 */
import type { LimitState } from '../contracts/limits';
import type { SendRequest, SendResult } from '../contracts/messages';
import { askModel, type AskModelDeps, type Asked } from './ask-model';
import { limitWords, mayAnswer } from './limits';
import { appendNote } from './notes';
import type { SessionState } from './session-state';
import { cutShort, isOvertaken } from './stopped-turn';
import { appendOutcomes } from './tool-outcomes';

/** Calls that are named where the words are the engine's. */
const MAX_NAMED_CALLS = 20;

interface Words {
  /** Reason of the notes to the model. */
  readonly reason: string;
  /** To the model, before it is asked. */
  readonly note: string;
  /** To a call that it makes all the same. */
  readonly rejected: string;
  /** To the user, where the model has none; read only then. */
  readonly own: () => string;
  readonly partial: string;
}

const GIVE_WHAT_YOU_HAVE =
  'No tool can be called now. Answer the user with what has been established and done so far, and say plainly what is still open.';

/** By the rules of policies without limits: past the steps the model is always asked once more. */
export function afterStepsLimit(
  state: SessionState,
  request: SendRequest,
  deps: AskModelDeps,
  limit: number,
): Promise<SendResult> {
  return lastAnswer(state, request, deps, true, {
    reason: 'steps_limit',
    note: `You have used the ${limit} steps this turn may take. ${GIVE_WHAT_YOU_HAVE}`,
    rejected: `the ${limit} steps of this turn are used up`,
    own: () =>
      `I could not finish this within ${limit} steps. What was done so far is kept; please tell me how to go on.`,
    partial: `steps_limit: ${limit} steps were used`,
  });
}

/** @param late a person was asked about `limit`, in vain. */
export function afterLimit(
  state: SessionState,
  request: SendRequest,
  deps: AskModelDeps,
  { limit, late }: { readonly limit: LimitState; readonly late: boolean },
): Promise<SendResult> {
  const why = `${limitWords(limit)}${late ? '; nobody extended it in time' : ''}`;
  return lastAnswer(state, request, deps, mayAnswer(state), {
    reason: 'limit',
    note: `This turn can take no further step (${why}). ${GIVE_WHAT_YOU_HAVE}`,
    rejected: `no further step can be taken: ${why}`,
    own: () => `I could not finish this: a limit was met (${why}). ${doneSoFar(state)}`,
    partial: why,
  });
}

async function lastAnswer(
  state: SessionState,
  request: SendRequest,
  deps: AskModelDeps,
  mayAsk: boolean,
  words: Words,
): Promise<SendResult> {
  let text = '';
  if (mayAsk) {
    appendNote(state, 'model', words.reason, words.note, deps.now());
    const asked = await askModel(state, 'final', deps);
    deps.progress();
    if (asked.kind === 'cancelled') return cutShort(state, request, deps.now());
    text = textOf(state, asked, words, deps.now());
  }
  if (isOvertaken(state)) return cutShort(state, request, deps.now());
  if (text.trim() === '') {
    text = words.own();
    // These words are the engine's: the model has to know what the user was told.
    appendNote(state, 'model', words.reason, `There was no answer, so the user was told: ${text}`, deps.now());
  }
  return { kind: 'reply', text, partial: words.partial, turn: state.turn, messageId: request.messageId };
}

function textOf(state: SessionState, asked: Asked, { rejected }: Words, now: number): string {
  if (asked.kind !== 'answered') return '';
  const { decision, item } = asked.turn;
  if (decision.kind === 'answer') return decision.text;
  if (decision.kind !== 'calls') return '';
  appendOutcomes(state, decision.calls, () => ({ kind: 'rejected', reason: 'limit', message: rejected }), now);
  return item?.text ?? '';
}

/** The turn's calls that succeeded, by the lines that people are shown of them. Of a long turn only the last ones are known here. */
function doneSoFar({ recent, turn: running }: SessionState): string {
  const ofTurn = recent.filter(({ turn }) => turn === running);
  const done = ofTurn.filter(({ kind, outcome }) => kind === 'tool' && outcome === 'succeeded');
  const isWhole = ofTurn.some(({ kind, step }) => kind === 'model' && step === 1);
  if (done.length === 0) {
    return isWhole
      ? 'Nothing was done in this turn.'
      : 'Its last steps did nothing. What earlier steps of this turn did is kept: see the transcript.';
  }
  const named = done.slice(-MAX_NAMED_CALLS).map(({ summary }) => `- ${summary}`);
  const more = done.length - named.length;
  const before = !isWhole
    ? ['- (and what earlier steps of this turn did: see the transcript)']
    : more > 0
      ? [`- (${more} earlier calls)`]
      : [];
  return ['What was done is kept:', ...before, ...named].join('\n');
}
