/** Where two JSON values differ, place by place. Plain. */

export interface Difference {
  /** e.g. `[2].outcome.kind`; empty for the whole value. */
  readonly place: string;
  /** JSON, or `nothing` where one side has no such place. */
  readonly expected: string;
  readonly found: string;
}

/** Longest value shown, characters. */
const MAX_SHOWN = 300;

/** @returns at most `most` differences, in order of their place. */
export function differences(expected: unknown, found: unknown, most = 10): readonly Difference[] {
  const list: Difference[] = [];
  walk('', expected, found, (difference) => {
    if (list.length < most) list.push(difference);
  });
  return list;
}

function walk(place: string, expected: unknown, found: unknown, tell: (difference: Difference) => void): void {
  if (Array.isArray(expected) && Array.isArray(found)) {
    const length = Math.max(expected.length, found.length);
    for (let index = 0; index < length; index += 1) {
      walk(`${place}[${index}]`, expected[index] as unknown, found[index] as unknown, tell);
    }
  } else if (isRecord(expected) && isRecord(found)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
      walk(`${place}${place === '' ? '' : '.'}${key}`, expected[key], found[key], tell);
    }
  } else if (!Object.is(expected, found)) tell({ place, expected: shown(expected), found: shown(found) });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
