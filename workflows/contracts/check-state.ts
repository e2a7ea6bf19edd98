/** The check on a change of a session's state that is asked for, whoever asks: the model, a tool, a person. Plain; the agent's own schema is not known here. */
import { wordsFor, unknownField } from './check-limits';
import { findLoneSurrogate, findPoison, isPlainObject, leastJsonLength, utf8Length } from './json';
import { isEmptyState, MAX_STATE_BYTES, MAX_STATE_TEXT, type StateDoc, type StateDraft } from './state';

const FIELDS: readonly (keyof StateDraft)[] = ['own', 'wanted', 'established', 'refuted', 'opened', 'met'];
/** Entries of one change. */
const MAX_ENTRIES = 50;

/** @returns what is wrong with a draft, in words with the place; null where nothing is. */
export function draftProblem(value: unknown, place: string): string | null {
  if (!isPlainObject(value) || '$undecodable' in value) {
    return `${place} must be { ${FIELDS.join('?, ')}? }, got ${wordsFor(value)}`;
  }
  const unknown = unknownField(value, place, FIELDS);
  if (unknown !== null) return unknown;
  if (Object.values(value).every((field) => field === undefined)) return `${place} changes nothing`;
  const { own, wanted, established, refuted, opened, met } = value;
  return (
    ownProblem(own, `${place}.own`) ??
    (wanted === undefined ? null : textProblem(wanted, `${place}.wanted`)) ??
    listProblem(established, `${place}.established`, factProblem) ??
    listProblem(refuted, `${place}.refuted`, textProblem) ??
    listProblem(opened, `${place}.opened`, textProblem) ??
    listProblem(met, `${place}.met`, textProblem)
  );
}

/** @returns which ids a draft names that the state does not have, in words; null where it has them all. */
export function unknownIdProblem(
  { established, owed }: StateDoc,
  { refuted = [], met = [] }: StateDraft,
): string | null {
  const fact = refuted.find((id) => !established.some((known) => known.id === id));
  if (fact !== undefined) return `no fact ${shown(fact)} is established${listed(established)}`;
  const obligation = met.find((id) => !owed.some((known) => known.id === id));
  return obligation === undefined ? null : `no obligation ${shown(obligation)} is open${listed(owed)}`;
}

/** @param before the state that it is made of: what makes one that is too large no larger is let through, since else it could never be made smaller. @returns that a state would be too large, in words; null where it is not. */
export function stateSizeProblem(doc: StateDoc, before: StateDoc): string | null {
  if (isEmptyState(doc)) return null;
  const bytes = utf8Length(JSON.stringify(doc));
  return bytes <= MAX_STATE_BYTES || bytes <= utf8Length(JSON.stringify(before))
    ? null
    : `the session's state would be ${bytes} bytes of JSON, and at most ${MAX_STATE_BYTES} are kept: shorten it, or take out what no longer matters`;
}

function ownProblem(own: unknown, place: string): string | null {
  if (own === undefined) return null;
  if (!isPlainObject(own)) return `${place} must be an object, got ${wordsFor(own)}`;
  if (leastJsonLength(own, MAX_STATE_BYTES) > MAX_STATE_BYTES)
    return `${place} is more than ${MAX_STATE_BYTES} bytes of JSON`;
  const poison = findPoison(own, place);
  if (poison !== null) return poison;
  return /(?<!\\)(?:\\\\)*\\ud[89a-f]/i.test(JSON.stringify(own))
    ? `${place} holds half of a surrogate pair, which is not text`
    : null;
}

function listProblem(
  list: unknown,
  place: string,
  problemOf: (entry: unknown, place: string) => string | null,
): string | null {
  if (list === undefined) return null;
  if (!Array.isArray(list) || list.length > MAX_ENTRIES) {
    return `${place} must be a list of at most ${MAX_ENTRIES}, got ${wordsFor(list)}`;
  }
  for (const [index, entry] of (list as readonly unknown[]).entries()) {
    const problem = problemOf(entry, `${place}[${index}]`);
    if (problem !== null) return problem;
  }
  return null;
}

function factProblem(entry: unknown, place: string): string | null {
  if (!isPlainObject(entry)) return `${place} must be { text, source? }, got ${wordsFor(entry)}`;
  const { text, source } = entry;
  return (
    unknownField(entry, place, ['text', 'source']) ??
    textProblem(text, `${place}.text`) ??
    (source === undefined ? null : textProblem(source, `${place}.source`))
  );
}

function textProblem(value: unknown, place: string): string | null {
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_STATE_TEXT) {
    return `${place} must be a text of 1 to ${MAX_STATE_TEXT} characters, got ${typeof value === 'string' ? `${value.length}` : wordsFor(value)}`;
  }
  return findLoneSurrogate(value) >= 0 ? `${place} holds half of a surrogate pair, which is not text` : null;
}

function listed(entries: readonly { readonly id: string }[]): string {
  return entries.length === 0
    ? ''
    : `; those that are: ${entries
        .slice(-30)
        .map(({ id }) => id)
        .join(', ')}`;
}

const shown = (id: string): string => JSON.stringify(id.slice(0, 60));
