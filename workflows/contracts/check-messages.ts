/**
 * The checks on what comes in, as plain functions: the client runs them before it sends and the session's handlers run the
 * same ones before they touch anything. Each returns the value, or a sentence that says what was wrong and what was expected.
 *
 * The session runs them again when it is replayed. So a check may become looser, but stricter only behind a patch marker: else the
 * replay of a session that took in what is refused now ends differently from its history.
 */
import { findLoneSurrogate, findPoison, isPlainObject, utf8Length } from './json';
import type { InterveneRequest, SendRequest } from './messages';
import { AGENT_NAME_PATTERN, MESSAGE_ID_PATTERN, SEARCH_ATTRIBUTES, SESSION_ID_PATTERN } from './names';
import type { SessionInput } from './session';

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Longest user message, UTF-8 bytes: far below Temporal's 2 MB payload limit, since it is stored about three times. */
export const MAX_MESSAGE_BYTES = 256 * 1024;
/** Highest steps limit a session may ask for. */
export const MAX_STEPS = 1000;

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
  const poison = findPoison(value);
  if (poison) return bad(`send: ${poison}`);
  const extra = Object.keys(value).find((key) => !['messageId', 'text', 'agent'].includes(key));
  if (extra !== undefined)
    return bad(`send does not know the field ${JSON.stringify(extra.slice(0, 60))}; it takes messageId, text, agent`);
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

/** Checks the argument of `intervene` and `intervention`. Unknown fields are refused, as by `send`. */
export function checkInterveneRequest(value: unknown): Checked<InterveneRequest> {
  if (!isPlainObject(value) || '$undecodable' in value) {
    return bad(`intervene expects { actId, act, by?, reason? }, got ${describe(value)}`);
  }
  const poison = findPoison(value);
  if (poison) return bad(`intervene: ${poison}`);
  const extra = Object.keys(value).find((key) => !['actId', 'act', 'by', 'reason'].includes(key));
  if (extra !== undefined)
    return bad(
      `intervene does not know the field ${JSON.stringify(extra.slice(0, 60))}; it takes actId, act, by, reason`,
    );
  const { actId, act } = value;
  if (typeof actId !== 'string' || !MESSAGE_ID_PATTERN.test(actId)) {
    return bad('actId must be 1 to 200 printable ASCII characters without spaces');
  }
  if (act !== 'end') {
    return bad(
      `intervene does not know the act ${typeof act === 'string' ? JSON.stringify(act.slice(0, 60)) : describe(act)}; the acts are: end`,
    );
  }
  const problem = optionalText(value, 'by', 200) ?? optionalText(value, 'reason', 2000);
  if (problem) return bad(problem);
  return {
    ok: true,
    value: {
      actId,
      act,
      ...(value.by === undefined ? {} : { by: value.by as string }),
      ...(value.reason === undefined ? {} : { reason: value.reason as string }),
    },
  };
}

/** Checks the workflow's input. What fails here is the one way a session ends as Failed. */
export function checkSessionInput(value: unknown): Checked<SessionInput> {
  if (!isPlainObject(value) || '$undecodable' in value) {
    return bad(`a session expects { v: 1, agent, … }, got ${describe(value)}`);
  }
  const poison = findPoison(value);
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
  if (value.limits !== undefined) {
    const problem = checkLimits(value.limits);
    if (problem) return bad(problem);
  }
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

function checkLimits(value: unknown): string | null {
  if (!isPlainObject(value)) return `limits must be an object, got ${describe(value)}`;
  const extra = Object.keys(value).find((key) => key !== 'steps');
  if (extra !== undefined) return `limits does not know ${JSON.stringify(extra.slice(0, 60))}; it takes: steps`;
  if (value.steps !== undefined && !isIntegerIn(value.steps, 1, MAX_STEPS)) {
    return `limits.steps must be an integer of 1 to ${MAX_STEPS}`;
  }
  return null;
}

function isIntegerIn(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}
