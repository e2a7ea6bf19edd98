/**
 * What a tool returned, as JSON for the model: checked, and cut where it is longer than the tool's limit. Long values are gone
 * through in slices, so that neither memory nor the event loop pays for a tool that returned too much.
 */
import { setImmediate as nextTick } from 'node:timers/promises';
import { findLoneSurrogate, isPlainObject, MAX_JSON_DEPTH, type Json } from '../../workflows/contracts/json';

export type JsonResult =
  | { readonly kind: 'json'; readonly result: Json; readonly cutFromBytes?: number }
  /** Not JSON: where and why. */
  | { readonly kind: 'not_json'; readonly problem: string };

/** Characters gone through at a time. */
const SLICE = 64 * 1024;
/** Bytes gone through before the event loop gets its turn. */
const TURN_BYTES = 1024 * 1024;
/** Counting stops here: a value may hold itself many times over. `cutFromBytes` is then the least it can be. */
const MAX_COUNTED_BYTES = 256 * 1024 * 1024;
/** The same for values that are many and short, once the result is too long anyway. */
const MAX_COUNTED_VALUES = 200_000;
/** What going through one value counts towards a turn, bytes. */
const VALUE_TURN_BYTES = 16;
const POISONED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

class NotJson extends Error {}

/**
 * @param maxBytes most UTF-8 bytes of the result's JSON.
 * @returns the value as plain JSON; or, where it is too long, the beginning of its text and its full length in bytes.
 */
export async function toJsonResult(value: unknown, maxBytes: number): Promise<JsonResult> {
  const writer = new BoundedWriter(maxBytes);
  try {
    // A string is cut as it is, not as the JSON text of a string.
    if (typeof value === 'string') return await textResult(writer, value, maxBytes);
    await writer.write(value === undefined ? null : value);
  } catch (error) {
    if (error instanceof NotJson) return { kind: 'not_json', problem: error.message };
    return {
      kind: 'not_json',
      problem: `result could not be read: ${String((error as { message?: unknown } | null)?.message ?? error)}`,
    };
  }
  if (writer.bytes <= maxBytes) return { kind: 'json', result: JSON.parse(writer.kept) as Json };
  return { kind: 'json', result: cutText(writer.kept, maxBytes), cutFromBytes: writer.bytes };
}

async function textResult(writer: BoundedWriter, text: string, maxBytes: number): Promise<JsonResult> {
  await writer.write(text);
  if (writer.bytes <= maxBytes) return { kind: 'json', result: text };
  return { kind: 'json', result: cutText(text.slice(0, maxBytes), maxBytes), cutFromBytes: writer.bytes };
}

/** The longest beginning of `text` whose JSON takes at most `maxBytes` bytes, never ending in half a character. */
export function cutText(text: string, maxBytes: number): string {
  let bytes = 2;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > maxBytes) break;
    end += character.length;
  }
  const cut = text.slice(0, end);
  const lone = findLoneSurrogate(cut);
  return lone < 0 ? cut : cut.slice(0, lone);
}

/** The event loop's turn is due. A walk that may be long yields this, so that no promise is made for each value it passes. */
type Turns = Generator<void, void, void>;

/** Writes JSON text, keeps its beginning and counts the rest. */
class BoundedWriter {
  bytes = 0;
  kept = '';
  #sinceTurn = 0;
  #values = 0;
  readonly #open = new Set<object>();

  constructor(private readonly maxBytes: number) {}

  /** Writes a whole value; lets others have the event loop now and then. */
  async write(value: unknown): Promise<void> {
    for (const _turn of this.#value(value, 'result', 0)) await nextTick();
  }

  *#value(value: unknown, path: string, depth: number): Turns {
    if (this.#isCountedEnough()) return;
    this.#values += 1;
    this.#sinceTurn += VALUE_TURN_BYTES;
    if (this.#isTurnDue()) yield;
    if (value === null || typeof value === 'boolean') return this.#write(String(value));
    if (typeof value === 'string') return yield* this.#string(value, path);
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new NotJson(`${path} is ${value}, which JSON cannot hold`);
      return this.#write(JSON.stringify(value));
    }
    if (typeof value !== 'object') throw new NotJson(`${path} is a ${typeof value}, which JSON cannot hold`);
    if (depth > MAX_JSON_DEPTH) throw new NotJson(`${path} is nested deeper than ${MAX_JSON_DEPTH} levels`);
    if (this.#open.has(value)) throw new NotJson(`${path} holds itself`);
    this.#open.add(value);
    if (Array.isArray(value)) yield* this.#array(value, path, depth);
    else yield* this.#object(value, path, depth);
    this.#open.delete(value);
  }

  *#array(values: readonly unknown[], path: string, depth: number): Turns {
    this.#write('[');
    for (let index = 0; index < values.length && !this.#isCountedEnough(); index += 1) {
      if (index > 0) this.#write(',');
      yield* this.#value(values[index], `${path}[${index}]`, depth + 1);
    }
    this.#write(']');
  }

  *#object(value: object, path: string, depth: number): Turns {
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function' && !Buffer.isBuffer(value)) {
      return yield* this.#value((toJSON as () => unknown).call(value), path, depth + 1);
    }
    if (!isPlainObject(value) && !isRecordLike(value)) {
      throw new NotJson(
        `${path} is a ${value.constructor?.name || 'special object'}, which has no JSON form; return plain values`,
      );
    }
    this.#write('{');
    let first = true;
    for (const key of Object.keys(value)) {
      const member = (value as Record<string, unknown>)[key];
      if (member === undefined) continue;
      if (POISONED.has(key)) throw new NotJson(`${path}.${key} is a key that is not allowed`);
      if (!first) this.#write(',');
      first = false;
      yield* this.#string(key, `a key of ${path}`);
      this.#write(':');
      yield* this.#value(member, `${path}.${key}`, depth + 1);
    }
    this.#write('}');
  }

  *#string(text: string, path: string): Turns {
    if (text.length <= SLICE) return this.#write(JSON.stringify(wellFormed(text, path)));
    this.#write('"');
    for (let from = 0; from < text.length && !this.#isCountedEnough();) {
      let to = Math.min(text.length, from + SLICE);
      if (to < text.length && /[\ud800-\udbff]/.test(text.charAt(to - 1))) to -= 1;
      this.#write(JSON.stringify(wellFormed(text.slice(from, to), path)).slice(1, -1));
      from = to;
      if (this.#isTurnDue()) yield;
    }
    this.#write('"');
  }

  #isCountedEnough(): boolean {
    if (this.bytes > MAX_COUNTED_BYTES) return true;
    return this.bytes > this.maxBytes && this.#values > MAX_COUNTED_VALUES;
  }

  #isTurnDue(): boolean {
    if (this.#sinceTurn <= TURN_BYTES) return false;
    this.#sinceTurn = 0;
    return true;
  }

  #write(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.bytes <= this.maxBytes) this.kept += text;
    this.bytes += bytes;
    this.#sinceTurn += bytes;
  }
}

function wellFormed(text: string, path: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new NotJson(`${path} holds half of a surrogate pair, which is not text`);
  return text;
}

/** Instances of a tool's own classes are read like records; built-in ones that would lose what they hold are not. */
function isRecordLike(value: object): boolean {
  return Object.prototype.toString.call(value) === '[object Object]' && !ArrayBuffer.isView(value);
}
