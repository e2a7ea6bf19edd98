/** Whether a tool call's arguments may run: read, coerced where nothing is lost, then passed by the tool's own zod schema. */
import type { Tool } from '../../agents/define-tool';
import {
  canonicalJson,
  findPoison,
  isPlainObject,
  utf8Length,
  type Json,
  type JsonObject,
} from '../../workflows/contracts/json';
import type { Coercion } from '../../workflows/contracts/tool';
import { coerceArguments } from './coerce-arguments';
import { describeIssues } from './describe-issues';
import { namesLeftOut, quotedName } from './names-left-out';
import { MAX_ARGUMENTS_BYTES, readArguments } from './read-arguments';
import { readStrictJson, toPlain } from './strict-json';

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

/** What takes arguments: a tool, or what another agent is told or asked. */
export type Taking = Pick<Tool, 'input' | 'effect'>;

/**
 * @param schema the JSON Schema made of `tool.input`, which guides coercion; `tool.input` decides.
 * @returns the arguments, or what was wrong in words a model can act on. Never throws.
 */
export async function acceptArguments(tool: Taking, schema: JsonObject, text: string): Promise<Acceptance> {
  const read = readArguments(text, tool.effect);
  if (!read.ok) return { ok: false, problem: read.problem, coercions: [] };

  const misnamed = tool.effect === 'read' ? null : misnamedProblem(unknownNames(read.value.keys(), schema), schema);
  if (misnamed !== null) return { ok: false, problem: misnamed, coercions: read.coercions };
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
 * Arguments that a person gives in place of the model's: as they are, or not at all. A person can be told what is wrong, and what is signed or approved
 * must be what runs.
 * @param schema as with `acceptArguments`.
 */
export async function acceptGiven(tool: Taking, schema: JsonObject, given: unknown): Promise<Acceptance> {
  const bad = (problem: string): Acceptance => ({ ok: false, problem, coercions: [] });
  if (!isPlainObject(given)) return bad('expected one JSON object');
  const poison = findPoison(given);
  if (poison !== null) return bad(poison);
  const text = canonicalJson(given);
  const bytes = utf8Length(text);
  if (bytes > MAX_ARGUMENTS_BYTES) return bad(`they are ${bytes} bytes long, at most ${MAX_ARGUMENTS_BYTES} are taken`);
  const read = readStrictJson(text);
  if (!read.ok) return bad(read.problem);
  const misnamed = tool.effect === 'read' ? null : misnamedProblem(namesLeftOut(given, schema), schema);
  if (misnamed !== null) return bad(misnamed);
  const unsafe: string[] = [];
  const plain = toPlain(read.value, unsafe);
  if (unsafe.length > 0) return bad(`${unsafe[0]}: the number cannot be held exactly; give one between -2^53 and 2^53`);
  return { ...(await check(tool, plain)), coercions: [] };
}

function misnamedProblem(unknown: readonly string[], schema: JsonObject): string | null {
  if (unknown.length === 0) return null;
  const known = Object.keys(schema.properties ?? {}).join(', ') || 'none';
  return `${unknown.slice(0, 10).join(', ')} ${unknown.length === 1 ? 'is' : 'are'} not known here; the arguments are: ${known}`;
}

/**
 * Names that a closed schema does not have. zod leaves them out without a word, and a misspelt name would run as the default of the right
 * one; where something is to be done that must not be.
 */
function unknownNames(names: Iterable<string>, schema: JsonObject): readonly string[] {
  if (schema.additionalProperties !== false) return [];
  const known = new Set(Object.keys(schema.properties ?? {}));
  return [...names].filter((name) => !known.has(name)).map(quotedName);
}

type Checked = { ok: true; args: JsonObject; output: unknown } | { ok: false; problem: string };

async function check(tool: Taking, value: Json): Promise<Checked> {
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
