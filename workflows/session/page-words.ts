/** Words and values as they stand on the page of current details. Plain code. */
import { inertJson, inertLine, inertMarkdown } from '../contracts/display';
import type { Json } from '../contracts/json';
import { CHILD_PATH_PATTERN, FAMILY_CALL_ID_PATTERN, SESSION_ID_PATTERN } from '../contracts/names';

/** Of what a Date can be. */
const LAST_DATE_MS = 8.64e15;

/** `2026-11-21 12:28:21 UTC`. @param ms since the epoch; what is no date, as others may say, is shown as such. */
export function utc(ms: number): string {
  if (!(Math.abs(ms) <= LAST_DATE_MS)) return 'a time that is none';
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}

const NAMES = [SESSION_ID_PATTERN, FAMILY_CALL_ID_PATTERN, CHILD_PATH_PATTERN];

/** Text to be copied as it stands; with a name in it that no session and no call can have, no more than its words. */
export function literal(text: string, ...names: readonly string[]): string {
  return names.every((name) => NAMES.some((pattern) => pattern.test(name)))
    ? `\`${inertLine(text, 600)}\``
    : inertMarkdown(text, 600);
}

/** JSON to be copied as it stands: of several blanks in a row, a page that is rendered has only one. */
export function pasted(value: Json): string {
  return `\`${inertJson(value).replace(/ (?= )/g, '\\u0020')}\``;
}
