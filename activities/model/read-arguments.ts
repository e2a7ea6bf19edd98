/**
 * From the text a model sent as a call's arguments to one JSON object. What loses nothing is decoded for every tool
 * (arguments encoded twice, a byte order mark, none at all); noise around the JSON and sloppy syntax are mended for `read`
 * tools only. Output that was cut is never completed: jsonrepair would turn `{"amount": 100` into a valid, wrong value.
 */
import { jsonrepair } from 'jsonrepair';
import { utf8Length } from '../../workflows/contracts/json';
import type { Coercion, EffectClass } from '../../workflows/contracts/tool';
import { readStrictJson, type SourceJson, type StrictJson } from './strict-json';

/** Longest arguments text looked at, UTF-8 bytes; checked before anything parses it. */
export const MAX_ARGUMENTS_BYTES = 256 * 1024;
/** Longest text whose syntax is mended, characters: jsonrepair's time grows with the square of it (10 s for 250,000). */
const MAX_MENDED = 16 * 1024;
/** Models that encode their arguments again do so once or twice; more is not a slip. */
const MAX_ENCODINGS = 3;

export type ArgumentsRead =
  | { readonly ok: true; readonly value: ReadonlyMap<string, SourceJson>; readonly coercions: readonly Coercion[] }
  | { readonly ok: false; readonly problem: string };

const bad = (problem: string): ArgumentsRead => ({ ok: false, problem });

/** Text for the record of a coercion, cut at 200 characters. */
export function cutText(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199).replace(/\p{Surrogate}$/u, '')}…`;
}

/**
 * @param effect of the tool: anything but `read` gets no repair of syntax, and no duplicate keys.
 * @returns the object, or a sentence on what was wrong that a model can act on. Never throws.
 */
export function readArguments(text: string, effect: EffectClass): ArgumentsRead {
  // The count of characters first: it costs nothing, and bytes are never fewer.
  const bytes = text.length > MAX_ARGUMENTS_BYTES ? text.length : utf8Length(text);
  if (bytes > MAX_ARGUMENTS_BYTES) {
    return bad(`they are at least ${bytes} bytes long, at most ${MAX_ARGUMENTS_BYTES} are taken`);
  }
  const coercions: Coercion[] = [];
  const changed = (before: string, after: string) =>
    coercions.push({ path: '', before: cutText(before), after: cutText(after) });

  let current = text.trim().replace(/^\ufeff/, '');
  if (current === '' || current === 'null') {
    changed(text === '' ? '""' : text, '{}');
    return { ok: true, value: new Map(), coercions };
  }
  let read = readStrictJson(current);
  if (!read.ok && read.kind === 'syntax' && effect === 'read') {
    const mended = mendSyntax(current);
    if (mended !== null) {
      changed(current, mended);
      current = mended;
      read = readStrictJson(mended);
    }
  }
  for (let times = 1; times < MAX_ENCODINGS && read.ok && typeof read.value === 'string'; times += 1) {
    const inner = readStrictJson(read.value);
    if (!inner.ok && inner.kind === 'syntax') break;
    changed(current, read.value);
    current = read.value;
    read = inner;
  }
  if (!read.ok) return bad(read.problem);
  if (!(read.value instanceof Map)) return bad(`expected one JSON object, received ${kindOf(read)}`);
  if (read.duplicates.length > 0) {
    if (effect !== 'read')
      return bad(`the key ${JSON.stringify(cutText(read.duplicates[0] as string))} is there twice`);
    for (const path of read.duplicates.slice(0, 20))
      coercions.push({ path: cutText(path), before: '(twice)', after: '(the last one)' });
  }
  return { ok: true, value: read.value as ReadonlyMap<string, SourceJson>, coercions };
}

function kindOf(read: Extract<StrictJson, { ok: true }>): string {
  if (Array.isArray(read.value)) return 'an array';
  if (read.value === null) return 'null';
  return typeof read.value === 'object' ? 'a number' : `a ${typeof read.value}`;
}

/** The whole object within a fence or prose, its syntax repaired; null where there is none or where it may have been cut. */
function mendSyntax(text: string): string | null {
  if (text.length > MAX_MENDED) return null;
  const whole = wholeObject(text);
  if (whole === null) return null;
  if (readStrictJson(whole).ok) return whole;
  try {
    const repaired = jsonrepair(whole);
    return readStrictJson(repaired).ok ? repaired : null;
  } catch {
    return null;
  }
}

/** From the first `{` to the `}` that closes it; null where it does not close, or where another object follows. */
function wholeObject(text: string): string | null {
  const start = text.indexOf('{');
  if (start < 0) return null;
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') {
      depth -= 1;
      if (depth === 0) return text.includes('{', at) ? null : text.slice(start, at + 1);
    }
  }
  return null;
}
