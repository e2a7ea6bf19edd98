/**
 * What one run of a session hands to the next: made from the state, read back by a decoder of its version, and a state again. A decoder, once
 * released, stays for ever. Plain code.
 */
import type { CarriedMessage, Carry, SegmentRef } from '../contracts/continuation';
import { isPlainObject, utf8Length, type Json } from '../contracts/json';
import type { SendResult } from '../contracts/messages';
import type { SessionInput } from '../contracts/session';
import { carriedBounding, restoredBounding, type Bounding } from './bounding';
import { carryProblem } from './carry-check';
import { carriedFamily, restoredFamily } from './carried-family';
import { carriedCall, carriedPeople, restoredCall, restoredPeople } from './carried-people';
import type { Held } from './running-step';
import { newSession, type DoneAct, type SessionState } from './session-state';
import type { UndoableCall } from './undoable-call';

/** A payload may have 2 MB, and the rest of the input is small. */
export const MAX_CARRY_BYTES = 1_600_000;
/** Answers that repeats of old messages are given, bytes in all. */
const MAX_ANSWER_BYTES = 300_000;
/** What is left of a text that was cut, in UTF-16 units. */
const CUT_CHARS = 2_000;
/** The same of each answer where there is no room for that: 200 of them may be there, and a character may take six bytes. */
const LEAST_CHARS = 200;
const REMEMBERED_ACTS = 200;
const LEAST_ACTS = 50;
const REMEMBERED_UNDOABLE = 200;
const CARRIED_RECORDS = 20;

/**
 * @param stored parts of this run's conversation that were stored; what is behind them goes along as it is.
 * @param most bytes of JSON, where there is room for fewer than a payload may have.
 * @returns undefined where it is too large, however much of it is cut.
 */
export function encodeCarry(
  state: SessionState,
  stored: readonly SegmentRef[] = [],
  most = MAX_CARRY_BYTES,
): Carry | undefined {
  const whole = wholeCarry(state, stored);
  for (const shorten of [asItIs, withoutOld, withCutAnswer, withLeast]) {
    const carry = shorten(whole);
    if (utf8Length(JSON.stringify(carry)) <= Math.min(most, MAX_CARRY_BYTES)) return carry;
  }
  return undefined;
}

const asItIs = (carry: Carry): Carry => ({ ...carry, messages: withCutAnswers(carry.messages, MAX_ANSWER_BYTES) });

/** Without what only repeats and displays need. */
const withoutOld = (carry: Carry): Carry => ({
  ...carry,
  messages: withCutAnswers(carry.messages, 0),
  acts: carry.acts.map(({ actId, done }) => ({ actId, done: withoutOutcome(done) })),
  recent: [],
  ...(carry.refusals ? { refusals: [] } : {}),
});

const withCutAnswer = (carry: Carry): Carry => {
  const { lastAnswer } = carry;
  const shorter = withoutOld(carry);
  return lastAnswer === undefined || lastAnswer.length <= CUT_CHARS
    ? shorter
    : { ...shorter, lastAnswer: cut(lastAnswer, CUT_CHARS), lastPartial: WAS_CUT };
};

/** Also without calls of a very long turn that its stop might undo: the server ends a session that never goes on in another run. */
const withLeast = (carry: Carry): Carry => ({
  ...withCutAnswer(carry),
  messages: withCutAnswers(carry.messages, 0, LEAST_CHARS),
  // Names may be long, and ten of them may have approved a call.
  acts: withoutOld(carry).acts.slice(-LEAST_ACTS),
  ...(carry.decided ? { decided: carry.decided.slice(-LEAST_ACTS) } : {}),
  undoable: carry.undoable.filter((_, index) => isRecent(carry.undoable as unknown as readonly UndoableCall[], index)),
});

function wholeCarry(state: SessionState, stored: readonly SegmentRef[]): Carry {
  const segments = [...state.segments, ...stored];
  const last = segments.at(-1);
  const tailFrom = last === undefined ? 0 : last.from + last.length;
  const { active, reason, restReason, runningStep, definitionHash, policy, lastAnswer, lastPartial } = state;
  return {
    v: 1,
    run: state.run + 1,
    keyNamespace: state.keyNamespace,
    turn: state.turn,
    step: state.step,
    status: state.status,
    since: state.since,
    ...(reason === undefined ? {} : { reason }),
    segments,
    tail: state.items.slice(tailFrom - state.itemsFrom),
    base: state.base,
    queue: state.queue,
    ...(active === undefined ? {} : { active }),
    ...(runningStep === undefined ? {} : { runningStep: { calls: runningStep.calls.map(carriedCall) } }),
    messages: [...state.messages].map(([messageId, { content, answer }]) => ({
      messageId,
      content,
      ...(answer === undefined ? {} : { answer }),
    })),
    usage: state.usage,
    ...(definitionHash === undefined ? {} : { definitionHash }),
    ...(policy === undefined ? {} : { policy }),
    ledgers: state.ledgers,
    acts: [...state.acts].slice(-REMEMBERED_ACTS).map(([actId, done]) => ({ actId, done: json(done) })),
    undoable: rememberedUndoable(state).map(json),
    waitingUndos: [...state.heldUndos.values()].map(json),
    notes: state.notes,
    bounding: json(carriedBounding(state.bounding)),
    ...(restReason === undefined ? {} : { restReason }),
    ...(lastAnswer === undefined ? {} : { lastAnswer }),
    ...(lastPartial === undefined ? {} : { lastPartial }),
    refused: state.refused,
    recent: state.recent.slice(-CARRIED_RECORDS),
    ...carriedPeople(state),
    ...carriedFamily(state),
  };
}

/** The last of them, those whose compensation is under way or in doubt, and all of the running turn: its stop may undo them. */
function rememberedUndoable({ undoable, active, turn }: SessionState): readonly UndoableCall[] {
  return undoable.filter((call, index) => isRecent(undoable, index) || (active !== undefined && call.turn === turn));
}

function isRecent(calls: readonly UndoableCall[], index: number): boolean {
  return index >= calls.length - REMEMBERED_UNDOABLE || calls[index]?.undo === 'underway';
}

const WAS_CUT = 'cut: the whole answer is in the transcript';

/** Cuts the oldest answers to `chars` until all have at most `max` bytes. */
function withCutAnswers(
  messages: readonly CarriedMessage[],
  max: number,
  chars = CUT_CHARS,
): readonly CarriedMessage[] {
  let left = max;
  const kept = messages.map((message) => message);
  for (let index = kept.length - 1; index >= 0; index -= 1) {
    const message = kept[index] as CarriedMessage;
    if (message.answer === undefined) continue;
    left -= utf8Length(JSON.stringify(message.answer));
    if (left < 0) kept[index] = { ...message, answer: cutAnswer(message.answer, chars) };
  }
  return kept;
}

function cutAnswer(answer: SendResult, chars: number): SendResult {
  if (answer.kind !== 'reply' || answer.text.length <= chars) return answer;
  return { ...answer, text: cut(answer.text, chars), partial: WAS_CUT };
}

function cut(text: string, chars: number): string {
  return text.slice(0, chars).replace(/\p{Surrogate}$/u, '');
}

function withoutOutcome(done: Json): Json {
  if (!isPlainObject(done)) return done;
  const { outcome: _outcome, ...rest } = done as Readonly<Record<string, Json>>;
  return rest;
}

/** Values of the session's own types, of which all are JSON. */
function json(value: object): Json {
  return value as unknown as Json;
}

/** What cannot be read. `newer`: a worker of a later version can. */
export interface UnreadableCarry {
  readonly problem: string;
  readonly newer: boolean;
}

/** @returns the carry, or what is wrong with it, in words. */
export function decodeCarry(value: unknown): { readonly carry: Carry } | UnreadableCarry {
  if (!isPlainObject(value)) return { problem: 'carry must be what an earlier run handed on', newer: false };
  switch (value.v) {
    case 1: {
      const problem = carryProblem(value);
      return problem === null ? { carry: value as unknown as Carry } : { problem, newer: false };
    }
    default:
      return {
        problem: `carry: this version reads version 1 of what an earlier run handed on, and this is version ${JSON.stringify(value.v) ?? 'none'}; has a newer worker run this session?`,
        newer: typeof value.v === 'number' && value.v > 1,
      };
  }
}

/** The state that a new run begins with. @param now ms since the epoch, workflow time. */
export function restoreSession(sessionId: string, input: SessionInput, carry: Carry, now: number): SessionState {
  const last = carry.segments.at(-1);
  const runningStep = carry.runningStep ? { calls: carry.runningStep.calls.map(restoredCall) } : undefined;
  const undos = carry.waitingUndos as unknown as readonly Held[];
  const waiting = [...(runningStep?.calls ?? []).flatMap((call) => call.waiting ?? []), ...undos]
    .filter(({ said }) => said === undefined)
    .map(({ call }) => call)
    .sort((one, other) => one.since - other.since);
  return {
    ...newSession(sessionId, input, carry.keyNamespace, now),
    run: carry.run,
    status: carry.status,
    since: carry.since,
    reason: carry.reason,
    turn: carry.turn,
    step: carry.step,
    segments: [...carry.segments],
    items: [...carry.tail],
    itemsFrom: last === undefined ? 0 : last.from + last.length,
    base: carry.base,
    queue: [...carry.queue],
    active: carry.active,
    messages: new Map(carry.messages.map(({ messageId, content, answer }) => [messageId, { content, answer }])),
    acts: new Map(carry.acts.map(({ actId, done }) => [actId, done as unknown as DoneAct])),
    unresolved: new Map(waiting.map((call) => [call.callId, call])),
    heldUndos: new Map(undos.map((held) => [held.call.callId, held])),
    undoable: [...(carry.undoable as unknown as readonly UndoableCall[])],
    runningStep,
    bounding: restoredBounding(carry.bounding as unknown as Bounding),
    restReason: carry.restReason,
    notes: [...carry.notes],
    usage: carry.usage,
    recent: [...carry.recent],
    definitionHash: carry.definitionHash,
    policy: carry.policy,
    ledgers: carry.ledgers,
    refused: carry.refused,
    lastAnswer: carry.lastAnswer,
    lastPartial: carry.lastPartial,
    ...restoredPeople(carry),
    ...restoredFamily(carry, input),
  };
}
