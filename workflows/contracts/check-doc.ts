/** The checks on a session's state, and on changes of it, that another session gives: what is folded and shown has to be what it says it is. Plain. */
import { wordsFor } from './check-limits';
import { isPlainObject } from './json';

/** Members of an entry, by the type that each has. */
type Shape = Readonly<Record<string, 'string' | 'number' | 'string?'>>;

const FACT: Shape = { id: 'string', text: 'string', since: 'number', source: 'string?' };
const DEED: Shape = { callId: 'string', agent: 'string', tool: 'string', text: 'string', at: 'number' };
const OBLIGATION: Shape = { id: 'string', text: 'string', by: 'string', since: 'number' };

/** @returns what is wrong with a whole state, in words with the place; null where nothing is. */
export function docProblem(doc: unknown, place: string): string | null {
  if (!isPlainObject(doc) || !isPlainObject(doc.own))
    return `${place} must be a state with an own part, got ${wordsFor(doc)}`;
  const missing = ['established', 'done', 'owed'].find((field) => !Array.isArray(doc[field]));
  return missing === undefined ? entriesProblem(doc, place) : `${place}.${missing} must be a list`;
}

/** @returns what is wrong with a change, in words with the place; null where nothing is. Members that are not known are passed over: a later version may have more. */
export function changeProblem(change: unknown, place: string): string | null {
  if (!isPlainObject(change)) return `${place} must be a change of the state, got ${wordsFor(change)}`;
  const { own, refuted = [], met = [] } = change;
  if (own !== undefined && !isPlainObject(own)) return `${place}.own must be an object, got ${wordsFor(own)}`;
  if (!areTexts(refuted)) return `${place}.refuted must be a list of ids`;
  return areTexts(met) ? entriesProblem(change, place) : `${place}.met must be a list of ids`;
}

function entriesProblem(from: Record<string, unknown>, place: string): string | null {
  const { wanted, established, done, owed } = from;
  if (wanted !== undefined && typeof wanted !== 'string')
    return `${place}.wanted must be a text, got ${wordsFor(wanted)}`;
  return (
    listProblem(established, FACT, `${place}.established`) ??
    listProblem(done, DEED, `${place}.done`) ??
    listProblem(owed, OBLIGATION, `${place}.owed`)
  );
}

function listProblem(list: unknown, shape: Shape, place: string): string | null {
  if (list === undefined) return null;
  if (!Array.isArray(list)) return `${place} must be a list, got ${wordsFor(list)}`;
  const wrong = (list as readonly unknown[]).findIndex((entry) => !hasShape(entry, shape));
  return wrong < 0
    ? null
    : `${place}[${wrong}] must be { ${Object.entries(shape)
        .map(([name, type]) => (type === 'string?' ? `${name}?` : name))
        .join(', ')} }`;
}

/** @returns whether it is an object that has these members, each of its type; numbers are finite. */
export function hasShape(value: unknown, shape: Shape): value is Record<string, unknown> {
  if (!isPlainObject(value)) return false;
  return Object.entries(shape).every(([name, type]) => {
    const member = value[name];
    if (type === 'string?') return member === undefined || typeof member === 'string';
    return type === 'number' ? Number.isFinite(member) : typeof member === type;
  });
}

function areTexts(list: unknown): boolean {
  return Array.isArray(list) && list.every((each) => typeof each === 'string');
}
