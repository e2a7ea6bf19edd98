/**
 * The checks on what comes in, as plain functions: the client runs them before it sends and the session's handlers run the
 * same ones before they touch anything. Each returns the value, or a sentence that says what was wrong and what was expected.
 *
 * The session runs them again when it is replayed. So a check may become looser, but stricter only behind a patch marker: else the
 * replay of a session that took in what is refused now ends differently from its history.
 */
import { continueAfterProblem, extensionProblem, limitsProblem, MAX_TURN_STEPS } from './check-limits';
import { findLoneSurrogate, findPoison, isPlainObject, isPoisonedKey, leastJsonLength, utf8Length } from './json';
import type { InterveneAct, InterveneRequest, ResolveRequest, SendRequest } from './messages';
import type { OnStop } from './model';
import {
  AGENT_NAME_PATTERN,
  CALL_ID_PATTERN,
  MESSAGE_ID_PATTERN,
  SEARCH_ATTRIBUTES,
  SESSION_ID_PATTERN,
} from './names';
import type { SessionInput } from './session';
import type { Resolution } from './tool';

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Longest user message, UTF-8 bytes: far below Temporal's 2 MB payload limit, since it is stored about three times. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** Highest steps limit a session may ask for. */
export const MAX_STEPS = MAX_TURN_STEPS;
/** Longest result a person may give for a call, UTF-8 bytes of its JSON; the tool's own bound may be lower. */
export const MAX_GIVEN_RESULT_BYTES = 256 * 1024;

const bad = (problem: string): { ok: false; problem: string } => ({ ok: false, problem });

/** Words for a value in a refusal, never the value itself where it may be long or secret. */
function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (isPlainObject(value) && '$undecodable' in value) return 'a payload that could not be decoded';
  return typeof value === 'object' ? 'an object' : value === undefined ? 'nothing' : `a ${typeof value}`;
}

function optionalText(holder: Record<string, unknown>, field: string, max: number): string | null {
  const value = holder[field];
  if (value === undefined) return null;
  if (typeof value !== 'string' || value.length === 0 || value.length > max) {
    return `${field} must be a text of 1 to ${max} characters, got ${describe(value)}`;
  }
  if (findLoneSurrogate(value) >= 0) return `${field} holds half of a surrogate pair, which is not text`;
  return null;
}

/** Names go into keys, database columns and search attributes, of which not all take control characters. */
function optionalName(holder: Record<string, unknown>, field: string, max: number): string | null {
  const problem = optionalText(holder, field, max);
  if (problem !== null || holder[field] === undefined) return problem;
  return /\p{Cc}/u.test(holder[field] as string) ? `${field} holds a control character` : null;
}

export function checkSessionId(value: unknown): Checked<string> {
  if (typeof value === 'string' && SESSION_ID_PATTERN.test(value)) return { ok: true, value };
  return bad('the session id must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ -');
}

/** Checks the argument of `send`. Unknown fields are refused, so that a misspelt one is not silently ignored. */
export function checkSendRequest(value: unknown): Checked<SendRequest> {
  if (!isPlainObject(value) || '$undecodable' in value) {
    return bad(`send expects { messageId, text, agent? }, got ${describe(value)}`);
  }
  const unknown = unknownFieldProblem('send', value, ['messageId', 'text', 'agent']);
  if (unknown !== null) return bad(unknown);
  const { messageId, text, agent } = value;
  if (typeof messageId !== 'string' || !MESSAGE_ID_PATTERN.test(messageId)) {
    return bad('messageId must be 1 to 200 printable ASCII characters without spaces');
  }
  if (typeof text !== 'string') return bad(`text must be a string, got ${describe(text)}`);
  if (text.trim().length === 0) return bad('text is empty');
  const bytes = utf8Length(text);
  if (bytes > MAX_MESSAGE_BYTES) return bad(`text is ${bytes} bytes, at most ${MAX_MESSAGE_BYTES} are taken`);
  const lone = findLoneSurrogate(text);
  if (lone >= 0) return bad(`text holds half of a surrogate pair at index ${lone}, which is not text`);
  if (agent !== undefined && (typeof agent !== 'string' || !AGENT_NAME_PATTERN.test(agent))) {
    return bad('agent must be a name of 1 to 64 characters of A-Z a-z 0-9 _ -');
  }
  return { ok: true, value: agent === undefined ? { messageId, text } : { messageId, text, agent } };
}

const ACTS: readonly InterveneAct[] = ['end', 'stop', 'undo', 'extend'];
const RESOLUTIONS: readonly Resolution[] = ['applied', 'absent', 'give_up'];
const ON_STOP: readonly OnStop[] = ['keep', 'compensate'];

/** Checks the argument of `intervene` and `intervention`. Unknown fields are refused, as by `send`. */
export function checkInterveneRequest(value: unknown): Checked<InterveneRequest> {
  const fields = ['actId', 'act', 'callId', 'bound', 'amount', 'onStop', 'by', 'reason'];
  if (!isPlainObject(value) || '$undecodable' in value) {
    return bad(
      `intervene expects { actId, act, callId?, bound?, amount?, onStop?, by?, reason? }, got ${describe(value)}`,
    );
  }
  const problem = actProblem('intervene', value, fields);
  if (problem !== null) return bad(problem);
  const { act, callId, onStop, bound, amount } = value;
  if (!isOneOf(ACTS, act)) {
    return bad(`intervene does not know the act ${shown(act)}; the acts are: ${ACTS.join(', ')}`);
  }
  if (act === 'undo' ? !isCallId(callId) : callId !== undefined) {
    return bad(act === 'undo' ? `undo expects callId, ${CALL_ID_WORDS}` : `the act ${act} takes no callId`);
  }
  const breaksOff = act === 'end' || act === 'stop';
  if (onStop !== undefined && (!breaksOff || !isOneOf(ON_STOP, onStop))) {
    return bad(breaksOff ? `onStop must be one of: ${ON_STOP.join(', ')}` : `the act ${act} takes no onStop`);
  }
  if (act === 'extend') {
    const wrong = extensionProblem(bound, amount);
    if (wrong !== null) return bad(wrong);
  } else if (bound !== undefined || amount !== undefined) {
    return bad(`the act ${act} takes no ${bound === undefined ? 'amount' : 'bound'}; extend does`);
  }
  return { ok: true, value: only<InterveneRequest>(value, fields) };
}

/** Checks the argument of `resolve`. Unknown fields are refused, as by `send`. */
export function checkResolveRequest(value: unknown): Checked<ResolveRequest> {
  const fields = ['actId', 'callId', 'as', 'result', 'by', 'reason'];
  if (!isPlainObject(value) || '$undecodable' in value) {
    return bad(`resolve expects { actId, callId, as, result?, by?, reason? }, got ${describe(value)}`);
  }
  const problem = actProblem('resolve', value, fields);
  if (problem !== null) return bad(problem);
  const { callId, as } = value;
  if (!isCallId(callId)) return bad(`callId must be ${CALL_ID_WORDS}`);
  if (!isOneOf(RESOLUTIONS, as)) return bad(`as must be one of: ${RESOLUTIONS.join(', ')}, got ${shown(as)}`);
  if (as !== 'applied') {
    if (value.result !== undefined) return bad(`result is taken with as "applied" only, not with "${as}"`);
  } else {
    if (value.result === undefined)
      return bad('as "applied" expects result: what the tool would have returned (null where it returns nothing)');
    // Before it is written out: a value that holds itself many times over has no end of text.
    if (leastJsonLength(value.result, MAX_GIVEN_RESULT_BYTES) > MAX_GIVEN_RESULT_BYTES)
      return bad(`result is more than ${MAX_GIVEN_RESULT_BYTES} bytes of JSON, which is the most that is taken`);
    const poison = findPoison(value.result, 'result');
    if (poison) return bad(`resolve: ${poison}`);
    const text = JSON.stringify(value.result);
    const bytes = utf8Length(text);
    if (bytes > MAX_GIVEN_RESULT_BYTES)
      return bad(`result is ${bytes} bytes of JSON, at most ${MAX_GIVEN_RESULT_BYTES} are taken`);
    // JSON text writes half of a pair as an escape, so it is looked for as such.
    if (/(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(text))
      return bad('result holds half of a surrogate pair, which is not text');
  }
  return { ok: true, value: only<ResolveRequest>(value, fields) };
}

const CALL_ID_WORDS = 'the id of a call: 1 to 200 characters of A-Z a-z 0-9 . _ -';

/** What is wrong with the fields that all acts have in common; null where nothing is. */
function actProblem(name: string, value: Record<string, unknown>, fields: readonly string[]): string | null {
  const unknown = unknownFieldProblem(name, value, fields);
  if (unknown !== null) return unknown;
  if (typeof value.actId !== 'string' || !MESSAGE_ID_PATTERN.test(value.actId)) {
    return 'actId must be 1 to 200 printable ASCII characters without spaces';
  }
  return optionalText(value, 'by', 200) ?? optionalText(value, 'reason', 2000);
}

/** What is wrong with the names of the fields. Their values are not walked: all of them but `result` are plain texts and numbers, or refused. */
function unknownFieldProblem(name: string, value: Record<string, unknown>, fields: readonly string[]): string | null {
  const extra = Object.keys(value).find((key) => !fields.includes(key));
  if (extra === undefined) return null;
  if (isPoisonedKey(extra)) return `${name}: ${extra} is a key that is not allowed`;
  return `${name} does not know the field ${shown(extra)}; it takes ${fields.join(', ')}`;
}

function isCallId(value: unknown): boolean {
  return typeof value === 'string' && CALL_ID_PATTERN.test(value);
}

function isOneOf<T>(names: readonly T[], value: unknown): value is T {
  return (names as readonly unknown[]).includes(value);
}

/** A value of a short field as a refusal may show it. */
function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : describe(value);
}

/** The fields that are there, and no others. */
function only<T>(value: Record<string, unknown>, fields: readonly string[]): T {
  return Object.fromEntries(fields.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]]))) as T;
}

/** Fields of the input that are checked whole, down to their last value. */
const CHECKED_INPUT: ReadonlySet<string> = new Set([
  'v',
  'agent',
  'mode',
  'tenant',
  'user',
  'keyNamespace',
  'message',
  'limits',
  'continueAfter',
  'carry',
  'heartbeatMs',
  'searchAttributes',
]);

/** Checks the workflow's input. What fails here is the one way a session ends as Failed. */
export function checkSessionInput(value: unknown): Checked<SessionInput> {
  if (!isPlainObject(value) || '$undecodable' in value) {
    return bad(`a session expects { v: 1, agent, … }, got ${describe(value)}`);
  }
  // Fields of later versions are let through, so they are looked into; those of this one are checked whole below.
  const later = Object.entries(value).filter(([key]) => !CHECKED_INPUT.has(key));
  const poison = findPoison(Object.fromEntries(later));
  if (poison) return bad(`session input: ${poison}`);
  if (value.v !== 1) return bad(`session input v must be 1, got ${JSON.stringify(value.v) ?? 'nothing'}`);
  if (typeof value.agent !== 'string' || !AGENT_NAME_PATTERN.test(value.agent)) {
    return bad('agent must be a name of 1 to 64 characters of A-Z a-z 0-9 _ -');
  }
  if (value.mode !== undefined && value.mode !== 'conversation' && value.mode !== 'task') {
    return bad('mode must be "conversation" or "task"');
  }
  const text =
    optionalName(value, 'tenant', 200) ?? optionalName(value, 'user', 200) ?? optionalName(value, 'keyNamespace', 300);
  if (text) return bad(text);
  if (value.message !== undefined) {
    const message = checkSendRequest(value.message);
    if (!message.ok) return bad(`message: ${message.problem}`);
    if (message.value.agent !== undefined && message.value.agent !== value.agent) {
      return bad(`message: it is for the agent ${message.value.agent}, and the session is with ${value.agent}`);
    }
  }
  const problem =
    (value.limits === undefined ? null : limitsProblem(value.limits, 'limits')) ??
    (value.continueAfter === undefined ? null : continueAfterProblem(value.continueAfter, 'continueAfter')) ??
    (value.carry === undefined ? null : carryProblem(value.carry));
  if (problem !== null) return bad(problem);
  const { heartbeatMs, searchAttributes } = value;
  if (heartbeatMs !== undefined && !isIntegerIn(heartbeatMs, 1000, 600_000)) {
    return bad('heartbeatMs must be an integer of 1,000 to 600,000');
  }
  if (
    searchAttributes !== undefined &&
    !(
      Array.isArray(searchAttributes) &&
      searchAttributes.every((name) => typeof name === 'string' && Object.hasOwn(SEARCH_ATTRIBUTES, name))
    )
  ) {
    return bad(`searchAttributes must be a list out of: ${Object.keys(SEARCH_ATTRIBUTES).join(', ')}`);
  }
  return { ok: true, value: value as unknown as SessionInput };
}

/**
 * What one run hands to the next is read by a decoder of its version (`session/carry.ts`); here only what all versions have. It holds what models and
 * tools said, which may be nested as deep as anything that was taken in, so it is not walked.
 */
function carryProblem(value: unknown): string | null {
  if (isPlainObject(value) && !('$undecodable' in value) && isIntegerIn(value.v, 1, 1_000)) return null;
  return isPlainObject(value) && !('$undecodable' in value)
    ? `carry must say its version in v, got ${shown(value.v)}`
    : `carry must be what an earlier run handed on, got ${describe(value)}`;
}

function isIntegerIn(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}
