/**
 * The checks on what comes in, as plain functions: the client runs them before it sends and the session's handlers run the
 * same ones before they touch anything. Each returns the value, or a sentence that says what was wrong and what was expected.
 *
 * The session runs them again when it is replayed. So a check may become looser, but stricter only behind a patch marker: else the
 * replay of a session that took in what is refused now ends differently from its history.
 */
import { continueAfterProblem, limitsProblem, MAX_TURN_STEPS } from './check-limits';
import { findLoneSurrogate, findPoison, isPlainObject, isPoisonedKey, TOO_DEEP, utf8Length } from './json';
import type { SendRequest } from './messages';
import type { MessagePolicy } from './model';
import { AGENT_NAME_PATTERN, MESSAGE_ID_PATTERN, SEARCH_ATTRIBUTES, SESSION_ID_PATTERN } from './names';
import { contractProblem } from './check-contract';
import type { SessionInput } from './session';

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Longest user message, UTF-8 bytes: far below Temporal's 2 MB payload limit, since it is stored about three times. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** Longest key namespace of a first session, and what the paths of its children may add to that (`CHILD_PATH_PATTERN`), UTF-16 units. */
const MAX_NAMESPACE = 300;
const MAX_CHILD_PATH = 80;
/** Highest steps limit a session may ask for. */
export const MAX_STEPS = MAX_TURN_STEPS;

export const bad = (problem: string): { ok: false; problem: string } => ({ ok: false, problem });

/** Words for a value in a refusal, never the value itself where it may be long or secret. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (isPlainObject(value) && '$undecodable' in value) {
    const { reason } = isPlainObject(value.$undecodable) ? value.$undecodable : {};
    // Other reasons may quote the payload.
    return `a payload that could not be decoded${reason === TOO_DEEP ? ` (${TOO_DEEP})` : ''}`;
  }
  return typeof value === 'object' ? 'an object' : value === undefined ? 'nothing' : `a ${typeof value}`;
}

export function optionalText(holder: Record<string, unknown>, field: string, max: number): string | null {
  const value = holder[field];
  if (value === undefined) return null;
  if (typeof value !== 'string' || value.length === 0 || value.length > max) {
    return `${field} must be a text of 1 to ${max} characters, got ${describe(value)}`;
  }
  if (findLoneSurrogate(value) >= 0) return `${field} holds half of a surrogate pair, which is not text`;
  return null;
}

/** A value of a short field as a refusal may show it. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : describe(value);
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

/** What is wrong with the names of the fields. Their values are not walked: all of them but `result` are plain texts and numbers, or refused. */
export function unknownFieldProblem(
  name: string,
  value: Record<string, unknown>,
  fields: readonly string[],
): string | null {
  const extra = Object.keys(value).find((key) => !fields.includes(key));
  if (extra === undefined) return null;
  if (isPoisonedKey(extra)) return `${name}: ${extra} is a key that is not allowed`;
  return `${name} does not know the field ${shown(extra)}; it takes ${fields.join(', ')}`;
}

/** A child's is its first session's with its path: any that a first session may have leaves room for its children. */
function namespaceLength({ child }: Readonly<Record<string, unknown>>): number {
  return child === undefined ? MAX_NAMESPACE : MAX_NAMESPACE + MAX_CHILD_PATH;
}

/** What may become of a message that comes while a turn runs. */
export const MESSAGE_POLICIES: readonly MessagePolicy[] = ['queue', 'steer', 'interrupt'];

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
  'messages',
  'searchAttributes',
  'child',
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
    optionalName(value, 'tenant', 200) ??
    optionalName(value, 'user', 200) ??
    optionalName(value, 'keyNamespace', namespaceLength(value));
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
    (value.carry === undefined ? null : carryProblem(value.carry)) ??
    (value.child === undefined ? null : contractProblem(value.child));
  if (problem !== null) return bad(problem);
  const { heartbeatMs, searchAttributes, messages } = value;
  if (messages !== undefined && !(MESSAGE_POLICIES as readonly unknown[]).includes(messages)) {
    return bad(`messages must be one of: ${MESSAGE_POLICIES.join(', ')}, got ${shown(messages)}`);
  }
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
