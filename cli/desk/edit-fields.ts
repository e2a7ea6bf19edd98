/** A call's arguments as fields of a form, one for each, and what was typed as arguments again. */
import { inertJson, isPlainObject, type Json, type JsonObject } from '../../workflows/contracts';
import { safeText } from '../terminal-text';

/** `json`: whatever has no simpler field, and text in which something would not be seen. */
export type FieldKind = 'text' | 'number' | 'truth' | 'json';

export interface EditField {
  /** Of the argument. */
  readonly key: string;
  readonly kind: FieldKind;
  readonly text: string;
}

/** What comes before an argument's name in that of its field. */
const PREFIX = 'arg';
const KINDS: readonly FieldKind[] = ['text', 'number', 'truth', 'json'];
const PLAIN_KEY = /^[A-Za-z0-9_$@.-]{1,100}$/;
const MAX_FIELDS = 40;
const MAX_FIELD_CHARS = 20_000;

/** @returns undefined where a form would be of no use: too many, too long or oddly named arguments. They are edited as JSON then. */
export function editFields(args: JsonObject): readonly EditField[] | undefined {
  const fields = Object.entries(args).map(([key, value]) => ({ key, ...fieldOf(value) }));
  const fit = fields.every(({ key, text }) => PLAIN_KEY.test(key) && text.length <= MAX_FIELD_CHARS);
  return fit && fields.length > 0 && fields.length <= MAX_FIELDS ? fields : undefined;
}

export function fieldName({ kind, key }: Pick<EditField, 'kind' | 'key'>): string {
  return `${PREFIX}.${kind}.${key}`;
}

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** The arguments that a form's fields say. @param form all of it; other fields are passed over. */
export function readFields(form: URLSearchParams): Read<JsonObject> {
  const entries: [string, Json][] = [];
  for (const [name, text] of form) {
    const [, kindText = '', key = ''] = /^arg\.([a-z]+)\.(.+)$/s.exec(name) ?? [];
    const kind = KINDS.find((each) => each === kindText);
    if (!kind) continue;
    const read = readField(kind, key, text);
    if (!read.ok) return read;
    entries.push([key, read.value]);
  }
  return { ok: true, value: Object.fromEntries(entries) };
}

/** @param what in words, for the sentence that says what is wrong. */
export function readJson(text: string, what: string): Read<Json> {
  let lost: string | undefined;
  // The third argument is newer than its types: the number as it was written.
  const exact = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    if (typeof value !== 'number') return value;
    const source = context?.source ?? String(value);
    if (!Number.isFinite(value) || (/^-?\d+$/.test(source) && !Number.isSafeInteger(value))) lost ??= source;
    return value;
  };
  let value: Json;
  try {
    value = JSON.parse(text, exact) as Json;
  } catch {
    return bad(`${what} must be JSON, e.g. {"id": 7}; a text needs its quotes: "done"`);
  }
  return lost === undefined ? { ok: true, value } : bad(`${what}: the number ${lost} cannot be kept exactly`);
}

/** @returns all arguments from one JSON text. */
export function readArguments(text: string): Read<JsonObject> {
  const read = readJson(text, 'The arguments');
  if (!read.ok) return read;
  return isPlainObject(read.value)
    ? { ok: true, value: read.value }
    : bad('The arguments must be a JSON object: {"name": value, …}');
}

function fieldOf(value: Json): Pick<EditField, 'kind' | 'text'> {
  switch (typeof value) {
    case 'string':
      // What would be shown as an escape would be sent as one, too.
      return safeText(value) === value ? { kind: 'text', text: value } : { kind: 'json', text: inertJson(value, 2) };
    case 'number':
      return { kind: 'number', text: String(value) };
    case 'boolean':
      return { kind: 'truth', text: String(value) };
    default:
      return { kind: 'json', text: inertJson(value, 2) };
  }
}

function readField(kind: FieldKind, key: string, text: string): Read<Json> {
  switch (kind) {
    case 'text':
      // Browsers send every line break as two characters.
      return { ok: true, value: text.replace(/\r\n/g, '\n') };
    case 'number': {
      const read = readJson(text.trim(), key);
      return read.ok && typeof read.value === 'number'
        ? read
        : bad(`${key} must be a number such as 12.5, not “${text.slice(0, 40)}”`);
    }
    case 'truth':
      return text === 'true' || text === 'false' ? { ok: true, value: text === 'true' } : bad(`${key}: true or false`);
    case 'json':
      return readJson(text, key);
  }
}

function bad(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}
