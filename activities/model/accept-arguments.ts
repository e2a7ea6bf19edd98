/** Whether a tool call's arguments may run: read, coerced where nothing is lost, then passed by the tool's own zod schema. */
import type { Tool } from '../../agents/define-tool';
import { canonicalJson, isPlainObject, type Json, type JsonObject } from '../../workflows/contracts/json';
import type { Coercion } from '../../workflows/contracts/tool';
import { coerceArguments } from './coerce-arguments';
import { describeIssues } from './describe-issues';
import { readArguments } from './read-arguments';
import { toPlain } from './strict-json';

export type Acceptance =
  | {
      readonly ok: true;
      /** The input form, keys sorted: what is recorded, hashed and given to the tool activity. */
      readonly args: JsonObject;
      /** What the schema made of it; for the summary only, it may hold Dates and the like. */
      readonly output: unknown;
      readonly coercions: readonly Coercion[];
    }
  | { readonly ok: false; readonly problem: string; readonly coercions: readonly Coercion[] };

/**
 * @param schema the JSON Schema made of `tool.input`, which guides coercion; `tool.input` decides.
 * @returns the arguments, or what was wrong in words a model can act on. Never throws.
 */
export async function acceptArguments(tool: Tool, schema: JsonObject, text: string): Promise<Acceptance> {
  const read = readArguments(text, tool.effect);
  if (!read.ok) return { ok: false, problem: read.problem, coercions: [] };

  const unknown = tool.effect === 'read' ? [] : unknownNames(read.value.keys(), schema);
  if (unknown.length > 0) {
    const known = Object.keys(schema.properties ?? {}).join(', ') || 'none';
    const problem = `${unknown.slice(0, 10).join(', ')} ${unknown.length === 1 ? 'is' : 'are'} not known here; the arguments are: ${known}`;
    return { ok: false, problem, coercions: read.coercions };
  }
  const unsafe: string[] = [];
  const plain = toPlain(read.value, unsafe);
  if (unsafe.length === 0) {
    const checked = await check(tool, plain);
    if (checked.ok) return { ...checked, coercions: read.coercions };
  }
  const coerced = coerceArguments(read.value, schema);
  const coercions = [...read.coercions, ...coerced.coercions];
  if (coerced.problems.length > 0) return { ok: false, problem: coerced.problems.slice(0, 10).join('; '), coercions };
  return { ...(await check(tool, coerced.value)), coercions };
}

/**
 * Names that a closed schema does not have. zod leaves them out without a word, and a misspelt name would run as the default of the right
 * one; where something is to be done that must not be.
 */
function unknownNames(names: Iterable<string>, schema: JsonObject): readonly string[] {
  if (schema.additionalProperties !== false) return [];
  const known = new Set(Object.keys(schema.properties ?? {}));
  return [...names].filter((name) => !known.has(name)).map((name) => JSON.stringify(name.slice(0, 60)));
}

type Checked = { ok: true; args: JsonObject; output: unknown } | { ok: false; problem: string };

async function check(tool: Tool, value: Json): Promise<Checked> {
  if (!isPlainObject(value)) return { ok: false, problem: 'expected one JSON object' };
  try {
    // A copy is checked: a schema's own code must not change what is recorded.
    const result = await tool.input.safeParseAsync(structuredClone(value));
    if (!result.success) return { ok: false, problem: describeIssues(result.error.issues, value) };
    return { ok: true, args: JSON.parse(canonicalJson(value)) as JsonObject, output: result.data };
  } catch (error) {
    // A transform or refinement of the author's threw: not checked means not run.
    return {
      ok: false,
      problem: `its schema could not check them: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown error'}`,
    };
  }
}
