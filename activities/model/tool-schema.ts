/** The JSON Schema of a tool's arguments as a provider is sent it: strict where the strict rules can hold it, plain elsewhere. */
import { zodFunction } from 'openai/helpers/zod';
import { z } from 'zod';
import type { Tool } from '../../agents/define-tool';
import { isPlainObject, type Json, type JsonObject } from '../../workflows/contracts/json';

export interface ToolSchema {
  readonly parameters: JsonObject;
  /** True: the provider holds the model to the schema (structured outputs). */
  readonly strict: boolean;
}

/** What has a schema: a tool, or what another agent is told or asked. */
type Named = Pick<Tool, 'name' | 'input'>;

/**
 * @throws TypeError that names the tool, where its schema has no JSON form or is not an object's.
 */
export function toolSchema(tool: Named): ToolSchema {
  const strict = strictSchema(tool);
  return strict ? { parameters: strict, strict: true } : { parameters: openSchema(tool), strict: false };
}

/**
 * The schema as JSON Schema says it, without the strict rules.
 * @throws TypeError as `toolSchema`.
 */
export function openSchema(tool: Named): JsonObject {
  let schema: JsonObject;
  try {
    schema = clean(
      z.toJSONSchema(tool.input, { io: 'input', target: 'draft-7', unrepresentable: 'any', override: coercedDate }),
    );
  } catch (error) {
    throw new TypeError(
      `tool ${JSON.stringify(tool.name)}: its input has no JSON Schema (${error instanceof Error ? error.message : 'unknown error'})`,
    );
  }
  if (schema.type === 'object') return schema;
  const choices = schema.anyOf ?? schema.oneOf;
  if (
    schema.type === undefined &&
    Array.isArray(choices) &&
    choices.every((one) => isPlainObject(one) && one.type === 'object')
  ) {
    // A choice between objects; providers demand the type at the root too.
    return { type: 'object', ...schema };
  }
  throw new TypeError(
    `tool ${JSON.stringify(tool.name)}: its input must be an object schema (z.object), since arguments have names`,
  );
}

/** The strict form, or null: `zodFunction` throws where the rules of structured outputs cannot hold the schema. */
function strictSchema(tool: Named): JsonObject | null {
  try {
    const parameters = zodFunction({ name: tool.name, parameters: tool.input }).function.parameters;
    return parameters ? clean(parameters) : null;
  } catch {
    return null;
  }
}

/** Plain JSON, without the marker of the JSON Schema draft, which providers do not read. */
function clean(schema: unknown): JsonObject {
  const { $schema: _draft, ...rest } = JSON.parse(JSON.stringify(schema)) as Record<string, Json>;
  return rest;
}

/** `z.coerce.date()` takes text; a plain `z.date()` takes nothing that JSON can hold, so such a tool could never be called. */
function coercedDate(context: { zodSchema: z.core.$ZodTypes; jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { def } = context.zodSchema._zod;
  if (def.type === 'bigint' || def.type === 'symbol' || def.type === 'map' || def.type === 'set') {
    if (!('coerce' in def && def.coerce === true)) throw new TypeError(`a ${def.type} has no JSON form`);
  }
  if (def.type !== 'date') return;
  if (!('coerce' in def && def.coerce === true))
    throw new TypeError('JSON has no dates: use z.iso.date(), z.iso.datetime() or z.coerce.date()');
  context.jsonSchema.type = 'string';
  context.jsonSchema.format = 'date-time';
}
