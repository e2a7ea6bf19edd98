/**
 * Changes of arguments that lose nothing, guided by the tool's JSON Schema: "5" to 5 where a number is wanted, a JSON text to
 * the array it holds, a number to its own source text where a string is wanted. Only what does not fit is touched, each
 * change is recorded, and the zod schema has the last word afterwards.
 */
import { isPlainObject, type Json, type JsonObject } from '../../workflows/contracts/json';
import type { Coercion } from '../../workflows/contracts/tool';
import { cutText } from './read-arguments';
import { NumberText, readStrictJson, toPlain, type SourceJson } from './strict-json';

export interface Coerced {
  readonly value: Json;
  readonly coercions: readonly Coercion[];
  /** Numbers that no double holds and that no string was wanted for: `path: problem`. */
  readonly problems: readonly string[];
}

/** @param schema JSON Schema of the arguments (draft 7); `$ref` is followed within it only. */
export function coerceArguments(source: SourceJson, schema: JsonObject): Coerced {
  const walk = new Walk(schema);
  const value = walk.coerce(source, schema, '');
  return { value, coercions: walk.coercions, problems: walk.problems };
}

/** Most changes made, and recorded, in one call's arguments: all of them are in the history. */
const MAX_COERCIONS = 1_000;

type TypeName = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'array' | 'object';

function typeOf(value: SourceJson): TypeName {
  if (value === null) return 'null';
  if (value instanceof NumberText) return Number.isInteger(value.value) ? 'integer' : 'number';
  if (value instanceof Map) return 'object';
  return Array.isArray(value) ? 'array' : (typeof value as 'string' | 'boolean');
}

const join = (path: string, key: string) => (path ? `${path}.${key}` : key);

class Walk {
  readonly coercions: Coercion[] = [];
  readonly problems: string[] = [];

  constructor(private readonly root: JsonObject) {}

  coerce(value: SourceJson, schema: JsonObject, path: string): Json {
    const variants = this.variants(schema);
    const fitting = variants.filter((variant) => accepts(variant, value));
    if (fitting.length > 0) return this.descend(value, this.choose(fitting, value), path);
    const changes = variants.flatMap((variant) => {
      const changed = convert(value, variant);
      return changed === undefined ? [] : [{ changed, variant }];
    });
    const [change] = changes;
    // Two ways to read it are a guess, and a guess is not lossless.
    if (!change || changes.length > 1) return this.descend(value, {}, path);
    this.record(path, value, change.changed);
    return this.descend(change.changed, change.variant, path);
  }

  private record(path: string, before: SourceJson, after: SourceJson | undefined): void {
    if (this.coercions.length >= MAX_COERCIONS) {
      this.problems[0] = `more than ${MAX_COERCIONS} values are of another type than the schema's; send them in its types`;
      return;
    }
    const text = (value: SourceJson) => (value instanceof NumberText ? value.source : JSON.stringify(toPlain(value)));
    this.coercions.push({
      path: cutText(path),
      before: cutText(text(before)),
      after: after === undefined ? '(absent)' : cutText(text(after)),
    });
  }

  private descend(value: SourceJson, schema: JsonObject, path: string): Json {
    if (Array.isArray(value)) {
      const items = isPlainObject(schema.items) ? schema.items : {};
      return value.map((entry: SourceJson, index) => this.coerce(entry, items, `${path}[${index}]`));
    }
    if (value instanceof Map) return this.members(value as ReadonlyMap<string, SourceJson>, schema, path);
    if (value instanceof NumberText && !value.safe) {
      this.problems.push(
        `${path || 'the value'}: the number ${cutText(value.source)} cannot be held exactly; send a number between -2^53 and 2^53, or a string where one is accepted`,
      );
    }
    return toPlain(value);
  }

  private members(value: ReadonlyMap<string, SourceJson>, schema: JsonObject, path: string): Json {
    const properties = new Map(Object.entries((schema.properties ?? {}) as JsonObject));
    const required = Array.isArray(schema.required) ? (schema.required as readonly Json[]) : [];
    const entries: [string, Json][] = [];
    for (const [key, member] of value) {
      const own = properties.get(key) ?? schema.additionalProperties;
      const memberSchema = isPlainObject(own) ? own : {};
      if (
        member === null &&
        properties.has(key) &&
        !required.includes(key) &&
        !('default' in memberSchema) &&
        !this.variants(memberSchema).some((one) => accepts(one, null))
      ) {
        // null for a field that may be left out, which many models send for "none". With a default, it would mean something.
        this.record(join(path, key), null, undefined);
        continue;
      }
      entries.push([key, this.coerce(member, memberSchema, join(path, key))]);
    }
    return Object.fromEntries(entries);
  }

  /** The alternatives a schema offers, references followed; one where there is no choice. */
  private variants(schema: JsonObject, depth = 0): readonly JsonObject[] {
    if (depth > 8) return [{}];
    if (typeof schema.$ref === 'string') return this.variants(this.follow(schema.$ref), depth + 1);
    const choices = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(choices)) {
      return (choices as readonly Json[]).flatMap((choice) =>
        this.variants(isPlainObject(choice) ? choice : {}, depth + 1),
      );
    }
    if (Array.isArray(schema.allOf)) {
      const parts = (schema.allOf as readonly Json[]).flatMap((part) =>
        this.variants(isPlainObject(part) ? part : {}, depth + 1),
      );
      const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {})) as JsonObject;
      const required = parts.flatMap((part) =>
        Array.isArray(part.required) ? (part.required as readonly Json[]) : [],
      );
      return [{ ...schema, ...parts[0], properties, required }];
    }
    return [schema];
  }

  private follow(reference: string): JsonObject {
    if (reference === '#') return this.root;
    let found: unknown = this.root;
    if (!reference.startsWith('#/')) return {};
    for (const part of reference.slice(2).split('/')) {
      const key = part.replace(/~1/g, '/').replace(/~0/g, '~');
      if (!isPlainObject(found) || !Object.hasOwn(found, key)) return {};
      found = found[key];
    }
    return isPlainObject(found) ? (found as JsonObject) : {};
  }

  /** The one variant that fits; among objects the one whose constants (a discriminator) match; nothing is coerced inside where it is not clear. */
  private choose(fitting: readonly JsonObject[], value: SourceJson): JsonObject {
    if (fitting.length === 1) return fitting[0] as JsonObject;
    if (!(value instanceof Map)) return {};
    const matching = fitting.filter((variant) =>
      Object.entries((variant.properties ?? {}) as JsonObject).some(
        ([key, member]) => isPlainObject(member) && 'const' in member && member.const === value.get(key),
      ),
    );
    return matching.length === 1 ? (matching[0] as JsonObject) : {};
  }
}

function wanted(schema: JsonObject): readonly Json[] {
  if (schema.type === undefined) return [];
  return Array.isArray(schema.type) ? (schema.type as readonly Json[]) : [schema.type];
}

/** By type alone, apart from text in a date format that has to look like one. */
function accepts(schema: JsonObject, value: SourceJson): boolean {
  const types = wanted(schema);
  if (types.length === 0) return true;
  const type = typeOf(value);
  if (value instanceof NumberText && !value.safe && types.includes('string')) return false;
  if (typeof value === 'string' && types.includes('string')) return isoDate(value, schema) === undefined;
  return types.includes(type) || (type === 'integer' && types.includes('number'));
}

/** The value in the wanted type where that loses nothing; undefined where it cannot be had. */
function convert(value: SourceJson, schema: JsonObject): SourceJson | undefined {
  const types = wanted(schema);
  if (value instanceof NumberText) return types.includes('string') ? value.source : undefined;
  if (typeof value !== 'string') return undefined;
  if (types.includes('string')) return isoDate(value, schema);
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  if ((types.includes('number') || types.includes('integer')) && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(value)) {
    const number = new NumberText(value, Number(value));
    return number.safe && (types.includes('number') || Number.isInteger(number.value)) ? number : undefined;
  }
  if (types.includes('array') || types.includes('object')) {
    const read = readStrictJson(value);
    if (read.ok && read.duplicates.length === 0 && types.includes(typeOf(read.value))) return read.value;
  }
  return undefined;
}

/** A date or time in ISO form that is the same instant as what was written; undefined where it is in that form already or is none. */
function isoDate(text: string, schema: JsonObject): string | undefined {
  if (schema.format === 'date') return /^(\d{4}-\d\d-\d\d)[Tt ]00:00(?::00(?:\.0+)?)?[Zz]?$/.exec(text)?.[1];
  if (schema.format !== 'date-time') return undefined;
  const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  if (!match) return undefined;
  const [, date, minutes, seconds = ':00', zone = ''] = match;
  const iso = `${date}T${minutes}${seconds}${zone.toUpperCase()}`;
  return iso === text ? undefined : iso;
}
