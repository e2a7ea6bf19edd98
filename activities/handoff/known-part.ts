/** Of what one agent knows, what another one knows as well: an agent is given no more than it asks for. */
import type { z } from 'zod';
import { isPlainObject, type Json, type JsonObject } from '../../workflows/contracts/json';
import { knownMembers, ownSchemaOf } from './own-part';

/**
 * The members of an own part that an agent's schema has, however deep, in the form in which they are: the state keeps what a schema takes, not what it makes of it.
 * @throws TypeError that names the agent, where its schema has no JSON form.
 */
export function knownPart(agent: { readonly name: string; readonly state: z.ZodObject }, own: JsonObject): JsonObject {
  const part = within(knownMembers(agent, own), ownSchemaOf(agent));
  return isObject(part) ? part : {};
}

/** What has no one schema (a union, a reference) stays as it is. */
function within(value: Json, schema: unknown): Json {
  if (!isPlainObject(schema)) return value;
  if (Array.isArray(value)) return value.map((item: Json) => within(item, schema.items));
  if (!isObject(value)) return value;
  const { properties, additionalProperties: further, anyOf } = schema;
  if (!isPlainObject(properties) && Array.isArray(anyOf)) {
    const objects = anyOf.filter((one) => isPlainObject(one) && one.type === 'object');
    return objects.length === 1 ? within(value, objects[0]) : value;
  }
  const members = Object.entries(value).flatMap(([name, member]): (readonly [string, Json])[] => {
    if (isPlainObject(properties) && Object.hasOwn(properties, name)) return [[name, within(member, properties[name])]];
    const isUnknown = isPlainObject(properties) && (further === undefined || further === false);
    return isUnknown ? [] : [[name, within(member, further)]];
  });
  return Object.fromEntries(members);
}

function isObject(value: Json): value is JsonObject {
  return isPlainObject(value);
}
