/** Messages of protobuf of which one field is set, such as a job of an activation, or a command. */

/** True where this field is the one. */
export function isSet(message: object, field: string): boolean {
  const value: unknown = (message as Readonly<Record<string, unknown>>)[field];
  return value !== undefined && value !== null;
}
