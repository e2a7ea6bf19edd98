/**
 * A strict JSON reader for text that a model wrote. JSON.parse hides what matters here: it rounds big integers, turns 1e400
 * into Infinity, lets the last of two equal keys win and has no bound on depth. This one takes exactly the same texts
 * (RFC 8259) and reports all of that. Objects become Maps, so that no key from outside ever touches a prototype.
 */
import { findLoneSurrogate, MAX_JSON_DEPTH, type Json } from '../../workflows/contracts/json';

/** A number together with its source text. */
export class NumberText {
  constructor(
    readonly source: string,
    readonly value: number,
  ) {}

  /** False where the double is not the number that was written, or may not be: beyond 2^53, not finite, or rounded to 0. */
  get safe(): boolean {
    if (!Number.isFinite(this.value) || Math.abs(this.value) > Number.MAX_SAFE_INTEGER) return false;
    return this.value !== 0 || !/[1-9]/.test(this.source.replace(/[eE].*$/, ''));
  }
}

export type SourceJson = string | boolean | null | NumberText | readonly SourceJson[] | ReadonlyMap<string, SourceJson>;

export type StrictJson =
  | {
      readonly ok: true;
      readonly value: SourceJson;
      /** Paths of keys that occur twice in one object; the last one is in `value`. */
      readonly duplicates: readonly string[];
    }
  /** `syntax`: not JSON. `refused`: JSON, but with something that is not let in. `problem` names the place. */
  | { readonly ok: false; readonly kind: 'syntax' | 'refused'; readonly problem: string };

class Stop extends Error {
  constructor(
    readonly kind: 'syntax' | 'refused',
    message: string,
  ) {
    super(message);
  }
}

const POISON: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** Reads one JSON text. The caller bounds its length first; depth is bounded here. Never throws. */
export function readStrictJson(text: string): StrictJson {
  const reader = new Reader(text);
  try {
    return { ok: true, value: reader.document(), duplicates: reader.duplicates };
  } catch (error) {
    if (error instanceof Stop) return { ok: false, kind: error.kind, problem: error.message };
    throw error;
  }
}

class Reader {
  readonly duplicates: string[] = [];
  private at = 0;

  constructor(private readonly text: string) {}

  document(): SourceJson {
    const value = this.value('', 0);
    this.skipSpace();
    if (this.at < this.text.length) throw this.syntax('nothing more after the JSON value');
    return value;
  }

  private value(path: string, depth: number): SourceJson {
    this.skipSpace();
    const char = this.text[this.at];
    if (char === '{' || char === '[') {
      if (depth >= MAX_JSON_DEPTH) throw new Stop('refused', `nested deeper than ${MAX_JSON_DEPTH} levels`);
      this.at += 1;
      return char === '{' ? this.object(path, depth) : this.array(path, depth);
    }
    if (char === '"') return this.string(path);
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    NUMBER.lastIndex = this.at;
    const source = NUMBER.exec(this.text)?.[0];
    if (source === undefined) throw this.syntax('a JSON value');
    this.at += source.length;
    return new NumberText(source, Number(source));
  }

  private object(path: string, depth: number): SourceJson {
    const members = new Map<string, SourceJson>();
    this.skipSpace();
    if (this.take('}')) return members;
    do {
      this.skipSpace();
      if (this.text[this.at] !== '"') throw this.syntax('a key in double quotes');
      const key = this.string(path);
      const here = path ? `${path}.${key}` : key;
      if (POISON.has(key)) throw new Stop('refused', `${here} is a key that is not allowed`);
      if (members.has(key)) this.duplicates.push(here);
      this.skipSpace();
      if (!this.take(':')) throw this.syntax('":" after a key');
      members.set(key, this.value(here, depth + 1));
      this.skipSpace();
    } while (this.take(','));
    if (!this.take('}')) throw this.syntax('"," or "}"');
    return members;
  }

  private array(path: string, depth: number): SourceJson {
    const entries: SourceJson[] = [];
    this.skipSpace();
    if (this.take(']')) return entries;
    do {
      entries.push(this.value(`${path}[${entries.length}]`, depth + 1));
      this.skipSpace();
    } while (this.take(','));
    if (!this.take(']')) throw this.syntax('"," or "]"');
    return entries;
  }

  private string(path: string): string {
    const start = this.at;
    let end = start + 1;
    while (end < this.text.length && this.text[end] !== '"') end += this.text[end] === '\\' ? 2 : 1;
    this.at = Math.min(end, this.text.length);
    if (this.at === this.text.length) throw this.syntax('a closing quote');
    this.at += 1;
    let value: string;
    try {
      value = JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      this.at = start;
      throw this.syntax('a valid string (control characters and "\\" escaped)');
    }
    if (findLoneSurrogate(value) >= 0) {
      throw new Stop('refused', `${path || 'the text'} holds half of a surrogate pair, which is not text`);
    }
    return value;
  }

  private skipSpace(): void {
    while (this.at < this.text.length && ' \t\n\r'.includes(this.text[this.at] as string)) this.at += 1;
  }

  private take(char: string): boolean {
    if (this.text[this.at] !== char) return false;
    this.at += 1;
    return true;
  }

  private syntax(expected: string): Stop {
    const found =
      this.at >= this.text.length ? 'the text ends' : `found ${JSON.stringify(this.text.slice(this.at, this.at + 12))}`;
    return new Stop('syntax', `not valid JSON at character ${this.at}: expected ${expected}, ${found}`);
  }
}

/**
 * The plain value, as JSON.parse would have made it (with `-0` as 0). Paths of numbers that are not `safe` are pushed to `unsafe`.
 */
export function toPlain(value: SourceJson, unsafe: string[] = [], path = ''): Json {
  if (value instanceof NumberText) {
    if (!value.safe) unsafe.push(path);
    return value.value === 0 ? 0 : value.value;
  }
  if (Array.isArray(value)) return value.map((entry: SourceJson, index) => toPlain(entry, unsafe, `${path}[${index}]`));
  if (value instanceof Map) {
    const members = [...(value as ReadonlyMap<string, SourceJson>)];
    return Object.fromEntries(
      members.map(([key, member]) => [key, toPlain(member, unsafe, path ? `${path}.${key}` : key)]),
    );
  }
  return value as string | boolean | null;
}
