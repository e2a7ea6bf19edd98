/**
 * The checks on the acts of people, as plain functions: as with messages, the client runs them before it sends and the session before it touches anything,
 * also on replay. They may become looser, but stricter only behind a patch marker.
 */
import type { Decision } from './approval';
import { extensionProblem } from './check-limits';
import { bad, describe, optionalText, shown, unknownFieldProblem, type Checked } from './check-messages';
import { findLoneSurrogate, findPoison, isPlainObject, leastJsonLength, utf8Length } from './json';
import type { DecideRequest, InterveneAct, InterveneRequest, ResolveRequest } from './messages';
import type { OnStop } from './model';
import { draftProblem } from './check-state';
import { CHILD_PATH_PATTERN, FAMILY_CALL_ID_PATTERN, MESSAGE_ID_PATTERN } from './names';
import type { Resolution } from './tool';

/** Longest result or arguments that a person may give for a call, UTF-8 bytes of its JSON; the tool's own bound may be lower. */
export const MAX_GIVEN_RESULT_BYTES = 256 * 1024;
/** Longest text of `note` and `speak`, and result of `replace_outcome`, UTF-8 bytes: it goes to the model, or to a person, as it is. */
export const MAX_SPOKEN_BYTES = 64 * 1024;
/** A compact JWS over a few short claims is far shorter. */
export const MAX_SIGNATURE_CHARS = 8192;

type ActField = 'callId' | 'bound' | 'amount' | 'onStop' | 'text' | 'result' | 'standing' | 'patch' | 'child';

/** What each act takes beside `actId`, `act`, `by` and `reason`, and whether it says who acts. */
const ACTS: Readonly<Record<InterveneAct, { readonly takes: readonly ActField[]; readonly named: boolean }>> = {
  end: { takes: ['onStop'], named: false },
  stop: { takes: ['onStop'], named: false },
  undo: { takes: ['callId'], named: false },
  extend: { takes: ['bound', 'amount', 'child'], named: false },
  pause: { takes: [], named: true },
  resume: { takes: [], named: true },
  note: { takes: ['text'], named: true },
  speak: { takes: ['text'], named: true },
  take_over: { takes: [], named: true },
  hand_back: { takes: [], named: true },
  cancel_call: { takes: ['callId'], named: true },
  replace_outcome: { takes: ['callId', 'result'], named: true },
  revoke: { takes: ['standing'], named: true },
  patch_state: { takes: ['patch'], named: true },
};
const ACT_NAMES = Object.keys(ACTS) as readonly InterveneAct[];
const ACT_FIELDS: readonly ActField[] = [
  'callId',
  'bound',
  'amount',
  'onStop',
  'text',
  'result',
  'standing',
  'patch',
  'child',
];
const RESOLUTIONS: readonly Resolution[] = ['applied', 'absent', 'give_up'];
const DECISIONS: readonly Decision[] = ['approve', 'reject', 'edit'];
const ON_STOP: readonly OnStop[] = ['keep', 'compensate'];

/** Checks the argument of `intervene` and `intervention`. Unknown fields are refused, as by `send`. */
export function checkInterveneRequest(value: unknown): Checked<InterveneRequest> {
  const optional = [...ACT_FIELDS, 'by', 'reason'];
  const fields = ['actId', 'act', ...optional];
  if (!isPlainObject(value) || '$undecodable' in value) {
    return bad(`intervene expects { actId, act, ${optional.join('?, ')}? }, got ${describe(value)}`);
  }
  const problem = actProblem('intervene', value, fields);
  if (problem !== null) return bad(problem);
  const { act } = value;
  if (!isOneOf(ACT_NAMES, act)) {
    return bad(`intervene does not know the act ${shown(act)}; the acts are: ${ACT_NAMES.join(', ')}`);
  }
  const wrong = fieldsProblem(act, value);
  if (wrong !== null) return bad(wrong);
  return { ok: true, value: only<InterveneRequest>(value, fields) };
}

function fieldsProblem(act: InterveneAct, value: Record<string, unknown>): string | null {
  const { takes, named } = ACTS[act];
  const takenBy = (field: ActField) => ACT_NAMES.filter((name) => ACTS[name].takes.includes(field)).join(', ');
  for (const field of ACT_FIELDS) {
    if (value[field] !== undefined && !takes.includes(field))
      return `the act ${act} takes no ${field}; only ${takenBy(field)} does`;
  }
  const { callId, bound, amount, onStop, text, result, standing, patch, child } = value;
  if (takes.includes('callId') && !isCallId(callId)) return `${act} expects callId, ${CALL_ID_WORDS}`;
  if (takes.includes('bound')) {
    const problem = extensionProblem(bound, amount);
    if (problem !== null) return problem;
  }
  if (onStop !== undefined && !isOneOf(ON_STOP, onStop)) return `onStop must be one of: ${ON_STOP.join(', ')}`;
  if (takes.includes('text')) {
    const problem = spokenProblem(act, text);
    if (problem !== null) return problem;
  }
  if (takes.includes('result')) {
    if (result === undefined)
      return `${act} expects result: what the tool would have returned (null where it returns nothing)`;
    const problem = givenJsonProblem(act, 'result', result, MAX_SPOKEN_BYTES);
    if (problem !== null) return problem;
  }
  if (takes.includes('standing') && (typeof standing !== 'string' || !MESSAGE_ID_PATTERN.test(standing))) {
    return `${act} expects standing: the actId of the decision that is to hold no longer`;
  }
  if (takes.includes('patch')) {
    const problem = draftProblem(patch, 'patch');
    if (problem !== null) return problem;
  }
  if (child !== undefined && (typeof child !== 'string' || !CHILD_PATH_PATTERN.test(child))) {
    return `child must be the path of a child, such as h1 or h1/h2, got ${shown(child)}`;
  }
  return named ? nameProblem(act, value.by) : null;
}

function spokenProblem(act: string, text: unknown): string | null {
  if (typeof text !== 'string') return `${act} expects text, got ${describe(text)}`;
  if (text.trim() === '') return `${act}: text is empty`;
  const bytes = utf8Length(text);
  if (bytes > MAX_SPOKEN_BYTES) return `text is ${bytes} bytes, at most ${MAX_SPOKEN_BYTES} are taken`;
  return findLoneSurrogate(text) >= 0 ? 'text holds half of a surrogate pair, which is not text' : null;
}

/** Of acts that came with approvals; the older ones are taken without a name. */
function nameProblem(act: string, by: unknown): string | null {
  if (by === undefined) return `${act} expects by: who does it`;
  if (typeof by === 'string' && by.trim() === '') return 'by is empty';
  return typeof by === 'string' && /\p{Cc}/u.test(by) ? 'by holds a control character' : null;
}

/** Checks the argument of `decide`. Unknown fields are refused, as by `send`. */
export function checkDecideRequest(value: unknown): Checked<DecideRequest> {
  const fields = ['actId', 'callId', 'decision', 'argsHash', 'args', 'standing', 'by', 'reason', 'signature'];
  if (!isPlainObject(value) || '$undecodable' in value) {
    return bad(
      `decide expects { actId, callId, decision, argsHash, args?, standing?, by, reason?, signature? }, got ${describe(value)}`,
    );
  }
  const problem = actProblem('decide', value, fields) ?? nameProblem('decide', value.by);
  if (problem !== null) return bad(problem);
  const { callId, decision, argsHash, args, standing, signature } = value;
  if (!isCallId(callId)) return bad(`callId must be ${CALL_ID_WORDS}`);
  if (!isOneOf(DECISIONS, decision)) {
    return bad(`decision must be one of: ${DECISIONS.join(', ')}, got ${shown(decision)}`);
  }
  if (typeof argsHash !== 'string' || !/^[0-9a-f]{64}$/.test(argsHash)) {
    return bad(
      'argsHash must be the hash of the arguments that were seen, as `pending` shows it: 64 hexadecimal digits',
    );
  }
  if (decision === 'edit') {
    if (!isPlainObject(args)) return bad(`edit expects args, the arguments to run with, got ${describe(args)}`);
    const wrong = givenJsonProblem('decide', 'args', args);
    if (wrong !== null) return bad(wrong);
  } else if (args !== undefined) {
    return bad(`args are taken with the decision "edit" only, not with "${decision}"`);
  }
  if (standing !== undefined) {
    const wrong = standingProblem(decision, standing);
    if (wrong !== null) return bad(wrong);
  }
  if (signature !== undefined && (typeof signature !== 'string' || signature.length > MAX_SIGNATURE_CHARS)) {
    return bad(`signature must be a compact JWS of at most ${MAX_SIGNATURE_CHARS} characters`);
  }
  return { ok: true, value: only<DecideRequest>(value, fields) };
}

function standingProblem(decision: Decision, standing: unknown): string | null {
  if (decision === 'reject') return 'standing is taken with the decisions "approve" and "edit" only';
  if (!isPlainObject(standing)) return `standing must be {} or { upTo: an amount }, got ${describe(standing)}`;
  const unknown = unknownFieldProblem('standing', standing, ['upTo']);
  if (unknown !== null) return unknown;
  const { upTo } = standing;
  const isAmount = upTo === undefined || (typeof upTo === 'number' && Number.isFinite(upTo) && upTo >= 0);
  return isAmount ? null : 'standing.upTo must be a number from 0';
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
    const wrong = givenJsonProblem('resolve', 'result', value.result);
    if (wrong !== null) return bad(wrong);
  }
  return { ok: true, value: only<ResolveRequest>(value, fields) };
}

/** What is wrong with a value that a person gives in place of a tool's or the model's. */
function givenJsonProblem(
  name: string,
  field: string,
  value: unknown,
  max: number = MAX_GIVEN_RESULT_BYTES,
): string | null {
  // Before it is written out: a value that holds itself many times over has no end of text.
  if (leastJsonLength(value, max) > max)
    return `${field} is more than ${max} bytes of JSON, which is the most that is taken`;
  const poison = findPoison(value, field);
  if (poison) return `${name}: ${poison}`;
  const text = JSON.stringify(value);
  const bytes = utf8Length(text);
  if (bytes > max) return `${field} is ${bytes} bytes of JSON, at most ${max} are taken`;
  // JSON text writes half of a pair as an escape, so it is looked for as such.
  return /(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(text)
    ? `${field} holds half of a surrogate pair, which is not text`
    : null;
}

const CALL_ID_WORDS =
  'the id of a call: 1 to 200 characters of A-Z a-z 0-9 . _ -, of a child with its path before it (h1:…)';

/** What is wrong with the fields that all acts have in common; null where nothing is. */
function actProblem(name: string, value: Record<string, unknown>, fields: readonly string[]): string | null {
  const unknown = unknownFieldProblem(name, value, fields);
  if (unknown !== null) return unknown;
  if (typeof value.actId !== 'string' || !MESSAGE_ID_PATTERN.test(value.actId)) {
    return 'actId must be 1 to 200 printable ASCII characters without spaces';
  }
  return optionalText(value, 'by', 200) ?? optionalText(value, 'reason', 2000);
}

function isCallId(value: unknown): boolean {
  return typeof value === 'string' && FAMILY_CALL_ID_PATTERN.test(value);
}

function isOneOf<T>(names: readonly T[], value: unknown): value is T {
  return (names as readonly unknown[]).includes(value);
}

/** The fields that are there, and no others. */
function only<T>(value: Record<string, unknown>, fields: readonly string[]): T {
  return Object.fromEntries(fields.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]]))) as T;
}
