/** Names that a schema does not have and that zod would leave out without a word. */
import { isPlainObject } from '../../workflows/contracts/json';

/**
 * However deep: a person, or a model, would take them for done. In JSON Schema such an object is open; one that does take further names says so. What has no one
 * schema (a union) is left to zod.
 * @returns each with its path, quoted.
 */
export function namesLeftOut(given: unknown, schema: unknown, path = ''): readonly string[] {
  if (!isPlainObject(schema)) return [];
  if (Array.isArray(given)) return given.flatMap((item, at) => namesLeftOut(item, schema.items, `${path}[${at}]`));
  const { properties, additionalProperties: further } = schema;
  if (!isPlainObject(given) || !isPlainObject(properties)) return [];
  return Object.entries(given).flatMap(([name, value]) => {
    const here = path === '' ? name : `${path}.${name}`;
    if (Object.hasOwn(properties, name)) return namesLeftOut(value, properties[name], here);
    return further === undefined || further === false ? [quotedName(here)] : [];
  });
}

export function quotedName(name: string): string {
  return JSON.stringify(name.slice(0, 60));
}
