/** Whether an object schema can be that of a session's state, which changes by merge patches and is checked at once. */
import type { z } from 'zod';
import { wordsFor } from '../workflows/contracts/check-limits';

/** @returns what is wrong with a declared state, in words; null where nothing can be seen to be. */
export function stateProblem(state: unknown): string | null {
  if (state === undefined) return null;
  // Of an object schema the members are known: what another agent hands back is held against them.
  if (!isObjectSchema(state)) return `state must be an object schema (z.object({ … })), got ${wordsFor(state)}`;
  try {
    state.safeParse({});
  } catch (error) {
    return `state could not check an own part that is empty, as it is in the beginning (${error instanceof Error ? error.message : 'unknown error'}): it is checked at once, so its refinements and transforms must not be async, and must not throw`;
  }
  for (const [path, schema] of membersOf(state)) {
    const at = ['state', ...path].join('.');
    if (isAsync(schema)) return `${at} has an async refinement or transform, and a state is checked at once`;
    if (path.length > 0 && saysNull(schema) && schema._zod.optin === undefined)
      return `${at} may be null and must be there, which cannot be kept: a state changes by merge patches (RFC 7396), in which null takes a member out. Make it optional (.optional()), and leave it out instead`;
  }
  return null;
}

/** @returns the members that an empty own part misses, in words; none where it is all that the schema needs. */
export function missingAtFirst(state: z.ZodObject | undefined): readonly string[] {
  const issues = state?.safeParse({}).error?.issues ?? [];
  return [...new Set(issues.map(({ path, message }) => path.map(String).join('.') || message))];
}

function isObjectSchema(state: unknown): state is z.ZodObject {
  const { safeParse, def } = (state ?? {}) as { safeParse?: unknown; def?: { type?: unknown } };
  return typeof safeParse === 'function' && def?.type === 'object';
}

type Schema = z.core.$ZodType;
type Member = readonly [path: readonly string[], schema: Schema];

/** A schema and those of its members, however deep. What a list holds is replaced as a whole, so null is kept there. */
function membersOf(schema: Schema, path: readonly string[] = [], seen = new Set<Schema>()): readonly Member[] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const below =
    def.type === 'object'
      ? Object.entries(def.shape).flatMap(([name, member]) => membersOf(member, [...path, name], seen))
      : alternatives(schema).flatMap((one) => membersOf(one, path, seen).filter(([at]) => at.length > path.length));
  return [[path, schema], ...below];
}

/** The schemas of which one decides what a schema takes. */
function alternatives(schema: Schema): readonly Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'catch':
    case 'readonly':
      return [def.innerType];
    case 'pipe':
      return [def.in, def.out];
    case 'union':
      return def.options;
    default:
      return [];
  }
}

/** True where null is named among what is taken, as it is not by `z.unknown()`. */
function saysNull(schema: Schema): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'nullable' || def.type === 'null') return true;
  if (def.type === 'literal') return def.values.includes(null);
  return (def.type === 'pipe' ? [def.in] : alternatives(schema)).some(saysNull);
}

/** A function that returns a promise without being declared `async` is noticed where a value is checked. */
function isAsync(schema: Schema): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  const functions = (def.checks ?? []).map(({ _zod }) => (_zod.def as { readonly fn?: unknown }).fn);
  if (def.type === 'transform') functions.push(def.transform);
  return (
    functions.some((fn) => Object.prototype.toString.call(fn) === '[object AsyncFunction]') ||
    alternatives(schema).some(isAsync)
  );
}
