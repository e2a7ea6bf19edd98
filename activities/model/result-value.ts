/** What a delegate is to come back with, by its JSON Schema alone: the zod schema is its delegator's, which checks again and has the last word. */
import { z } from 'zod';
import { isPlainObject, type Json, type JsonObject } from '../../workflows/contracts/json';

/** A schema that cannot be read here takes anything. */
export function resultCheck(schema: JsonObject): z.ZodType {
  try {
    return z.fromJSONSchema(withoutTextForms(schema), { defaultTarget: 'draft-7' });
  } catch {
    return z.unknown();
  }
}

/** Keywords whose members are schemas, by names that somebody chose. */
const NAMED = ['properties', '$defs', 'definitions', 'dependentSchemas'];
/** Keywords that hold a schema, or a list of them. What is under `not` and `if` stays: of those a looser one makes a stricter whole. */
const HELD = [
  'items',
  'prefixItems',
  'additionalItems',
  'additionalProperties',
  'unevaluatedItems',
  'unevaluatedProperties',
  'propertyNames',
  'contains',
  'anyOf',
  'allOf',
  'oneOf',
  'then',
  'else',
];
const FURTHER = ['patternProperties', 'additionalProperties', 'unevaluatedProperties'];

/**
 * A regular expression loses its flags on its way into JSON Schema, so `pattern` may refuse what the schema takes; and a date that is coerced says `date-time`, though it
 * takes more than that.
 */
function withoutTextForms(schema: JsonObject): JsonObject {
  // Names that match a pattern are no further ones, so without the pattern none are.
  const dropped = ['pattern', 'format', ...('patternProperties' in schema ? FURTHER : [])];
  const loose = Object.entries(schema).flatMap(([keyword, value]): (readonly [string, Json])[] => {
    if (dropped.includes(keyword)) return [];
    if (HELD.includes(keyword)) return [[keyword, Array.isArray(value) ? value.map(loosened) : loosened(value)]];
    return [[keyword, NAMED.includes(keyword) && isObject(value) ? eachLoosened(value) : value]];
  });
  // Choices that only a pattern told apart may both fit now.
  const { oneOf, ...others } = Object.fromEntries(loose);
  return oneOf === undefined || others.anyOf !== undefined ? others : { ...others, anyOf: oneOf };
}

function loosened(value: Json): Json {
  return isObject(value) ? withoutTextForms(value) : value;
}

function eachLoosened(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, loosened(schema)]));
}

function isObject(value: Json): value is JsonObject {
  return isPlainObject(value);
}
