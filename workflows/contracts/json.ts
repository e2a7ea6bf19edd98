/**
 * JSON as it crosses process boundaries: the type, the canonical text and the checks that every inlet shares.
 * Pure code; runs in the workflow sandbox too, so it imports nothing.
 */

export type JsonPrimitive = string | number | boolean | null;
export type Json = JsonPrimitive | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** True for objects made by `{}` or JSON.parse; false for arrays, null, class instances. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A value that crossed the sandbox's realm has another realm's Object.prototype: its own prototype is null.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Canonical JSON text: object keys sorted by UTF-16 code unit, no white space, `undefined` members dropped, `-0` as `0`
 * (the form of RFC 8785 for the values that JSON.parse can make). Two values with the same text are the same value.
 * @throws RangeError for numbers that JSON cannot hold (NaN, Infinity).
 */
export function canonicalJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new RangeError(`${value} has no JSON form`);
      return JSON.stringify(value);
    case 'object': {
      if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
      const withToJson = value as { toJSON?: () => unknown };
      if (typeof withToJson.toJSON === 'function') return canonicalJson(withToJson.toJSON());
      const record = value as Record<string, unknown>;
      const members = Object.keys(record)
        .filter((key) => record[key] !== undefined)
        .sort()
        .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`);
      return `{${members.join(',')}}`;
    }
    default:
      throw new RangeError(`a ${typeof value} has no JSON form`);
  }
}

const POISONED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
/** Deepest nesting accepted at any inlet; deeper is refused before anything recursive touches it. */
export const MAX_JSON_DEPTH = 64;

/**
 * Deepest nesting of a whole payload. What is taken in at an inlet is handed on in other values, so it is more than there; JSON.stringify and whatever else
 * is recursive overflows the stack some thousands of levels down.
 */
export const MAX_PAYLOAD_DEPTH = 500;
/** Why a deeper one could not be decoded. */
export const TOO_DEEP = `nested deeper than ${MAX_PAYLOAD_DEPTH} levels`;

/** True where a value is nested deeper than `most`. */
export function isDeeper(value: unknown, most: number): boolean {
  const members: readonly unknown[] | undefined = Array.isArray(value)
    ? value
    : isPlainObject(value)
      ? Object.values(value)
      : undefined;
  return members !== undefined && (most <= 0 || members.some((member) => isDeeper(member, most - 1)));
}

/**
 * Looks for what must not come in from outside: keys that pollute prototypes and nesting deeper than `MAX_JSON_DEPTH`.
 * @returns a sentence that names the path, or null where the value is clean.
 */
export function findPoison(value: unknown, path = '', depth = 0): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (depth > MAX_JSON_DEPTH) return `${path || 'the value'} is nested deeper than ${MAX_JSON_DEPTH} levels`;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const found = findPoison(value[index], `${path}[${index}]`, depth + 1);
      if (found) return found;
    }
    return null;
  }
  for (const key of Object.keys(value)) {
    const here = path ? `${path}.${key}` : key;
    if (POISONED_KEYS.has(key)) return `${here} is a key that is not allowed`;
    const found = findPoison((value as Record<string, unknown>)[key], here, depth + 1);
    if (found) return found;
  }
  return null;
}

/** True for the keys that `findPoison` refuses. */
export function isPoisonedKey(key: string): boolean {
  return POISONED_KEYS.has(key);
}

/**
 * How long the JSON of a value is at least, in UTF-16 units. Stops soon after `enough`, so that a value that holds itself, or one part many
 * times over, costs no more than one of that length.
 */
export function leastJsonLength(value: unknown, enough: number, depth = 0): number {
  if (typeof value === 'string') return value.length + 2;
  // Below the depth that `findPoison` refuses nothing is counted: a value that holds itself has no end.
  if (typeof value !== 'object' || value === null || depth > MAX_JSON_DEPTH) return 1;
  let length = 2;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && length <= enough; index += 1) {
      length += 1 + leastJsonLength(value[index], enough - length, depth + 1);
    }
    return length;
  }
  for (const name of Object.keys(value)) {
    if (length > enough) break;
    const part = (value as Readonly<Record<string, unknown>>)[name];
    length += name.length + 1 + leastJsonLength(part, enough - length, depth + 1);
  }
  return length;
}

/** UTF-8 length in bytes, computed without TextEncoder (absent in the workflow sandbox's type library). */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) {
      bytes += 4;
      index += 1;
    } else bytes += 3;
  }
  return bytes;
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

/** Index of the first lone surrogate, or -1: text that holds one has no UTF-8 form and would be changed on its way. */
export function findLoneSurrogate(text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0xd800 || code > 0xdfff) continue;
    if (code < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) index += 1;
    else return index;
  }
  return -1;
}

/**
 * A 106-bit fingerprint of a text (two seeded runs of cyrb53, public domain, by bryc), for telling repeats of a message
 * from changed ones inside the sandbox, where no crypto exists. Never for security.
 */
export function fingerprint(text: string): string {
  return cyrb53(text, 0x9e37) + cyrb53(text, 0x79b9);
}

/** In the workflow's sandbox each look-up of a global is slow, and these are made for every character. */
const { imul } = Math;

function cyrb53(text: string, seed: number): string {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = imul(high ^ code, 2654435761);
    low = imul(low ^ code, 1597334677);
  }
  high = imul(high ^ (high >>> 16), 2246822507) ^ imul(low ^ (low >>> 13), 3266489909);
  low = imul(low ^ (low >>> 16), 2246822507) ^ imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(16).padStart(14, '0');
}
