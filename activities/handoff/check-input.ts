/** Reads the inputs of the two checks, which come from history and may be another version's. */
import { z } from 'zod';
import type { ResultCheckInput, StateCheckInput } from '../../workflows/contracts/activities';
import { findPoison, isPlainObject } from '../../workflows/contracts/json';
import { AGENT_NAME_PATTERN, TOOL_NAME_PATTERN } from '../../workflows/contracts/names';
import { badInput } from '../tools/retry-failures';

const text = z.string().min(1).max(1000);
const object = z.custom<object>((value) => isPlainObject(value) && !('$undecodable' in value), 'must be an object');

/** Fields they do not know are left alone: a later version may have written them. */
const StateSchema = z.object({
  agent: z.string().regex(AGENT_NAME_PATTERN),
  sessionId: text,
  own: object,
  patch: object,
  lenient: z.literal(true).optional(),
});

const ResultSchema = z.object({
  agent: z.string().regex(AGENT_NAME_PATTERN),
  delegate: z.string().regex(TOOL_NAME_PATTERN),
  sessionId: text,
  callId: text,
});

/** @throws ApplicationFailure `BadActivityInput`, final. */
export function checkStateInput(value: unknown): asserts value is StateCheckInput {
  check(StateSchema, value, 'state.check', ['own', 'patch']);
}

/** @throws ApplicationFailure `BadActivityInput`, final. */
export function checkResultInput(value: unknown): asserts value is ResultCheckInput {
  check(ResultSchema, value, 'result.check', ['value']);
}

function check(schema: z.ZodType, value: unknown, what: string, content: readonly string[]): void {
  if (!isPlainObject(value) || '$undecodable' in value) throw badInput(`${what} expects one object`);
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue) throw badInput(`${what}: its field ${issue.path.join('.')} cannot be read: ${issue.message}`);
  const missing = content.find((field) => value[field] === undefined);
  if (missing !== undefined) throw badInput(`${what}: its field ${missing} is missing`);
  for (const field of content) {
    const poison = findPoison(value[field], field);
    if (poison !== null) throw badInput(`${what}: ${poison}`);
  }
}
