/** Messages of protobuf of which one field is set, such as a job of an activation, a command, or an event. */

/** True where that one is among `fields`. */
export function isOneOf(message: object, fields: readonly string[]): boolean {
  const values = message as Readonly<Record<string, unknown>>;
  return fields.some((field) => values[field] !== undefined && values[field] !== null);
}
