/** What a delegate is to come back with, by its JSON Schema alone: the zod schema is its delegator's, which checks again. */
import { z } from 'zod';
import type { JsonObject } from '../../workflows/contracts/json';

/** A schema that cannot be read here takes anything. */
export function resultCheck(schema: JsonObject): z.ZodType {
  try {
    return z.fromJSONSchema(schema, { defaultTarget: 'draft-7' });
  } catch {
    return z.unknown();
  }
}
