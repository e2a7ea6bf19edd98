/** Reads the input of a tool activity, which comes from history and may be another version's. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, findLoneSurrogate, findPoison, isPlainObject } from '../../workflows/contracts/json';
import { AGENT_NAME_PATTERN, TOOL_NAME_PATTERN } from '../../workflows/contracts/names';
import type { ToolCallInput } from '../../workflows/contracts/tool';

const ms = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/** Part of a key or a column of the ledger: not every database stores NUL, and half a surrogate pair is no text. */
const plainText = z
  .string()
  .refine((text) => !text.includes('\0') && findLoneSurrogate(text) < 0, 'holds a character that is no text');

const PolicySchema = z.object({
  effect: z.enum(['read', 'idempotent', 'transactional', 'reconcilable', 'at-most-once']),
  startToCloseMs: ms,
  heartbeatMs: ms,
  attempts: z.number().int().min(1),
  initialIntervalMs: ms,
  backoff: z.number().min(1),
  maxIntervalMs: ms,
  rolloutWindowMs: ms,
  maxResultBytes: z.number().int().min(1),
});

/** Fields it does not know are left alone: a later version may have written them. */
const InputSchema = z.object({
  agent: z.string().regex(AGENT_NAME_PATTERN),
  tool: z.string().regex(TOOL_NAME_PATTERN),
  callId: plainText
    .min(1)
    .max(200)
    .refine((text) => !text.includes('/'), 'holds a slash'),
  turn: z.number().int().min(0),
  step: z.number().int().min(0),
  sessionId: plainText.min(1).max(1000),
  keyNamespace: plainText.min(1).max(1000),
  tenant: plainText.optional(),
  user: plainText.optional(),
  argsHash: z.string().regex(/^[0-9a-f]{64}$/),
  policy: PolicySchema,
  ledger: z.object({ name: z.string().min(1), id: z.string().min(1) }).optional(),
  settleOnly: z.boolean().optional(),
});

export type CheckedInput =
  { readonly ok: true; readonly input: ToolCallInput } | { readonly ok: false; readonly problem: string };

const bad = (problem: string): CheckedInput => ({ ok: false, problem });

/** @returns the input, or a sentence that says which field is wrong. */
export function checkToolCallInput(value: unknown): CheckedInput {
  if (!isPlainObject(value) || '$undecodable' in value)
    return bad('a tool call expects one object, got something else');
  const parsed = InputSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return bad(`the tool call's field ${issue?.path.join('.') ?? ''} cannot be read: ${issue?.message ?? 'unknown'}`);
  }
  if (!isPlainObject(value.args)) return bad("the tool call's args must be an object");
  const poison = findPoison(value.args);
  if (poison) return bad(`the tool call's args: ${poison}`);
  if (parsed.data.policy.effect !== 'read' && parsed.data.ledger === undefined) {
    return bad(`the tool call's effect is ${parsed.data.policy.effect}, which needs a ledger, and it names none`);
  }
  const input = value as unknown as ToolCallInput;
  if (hashOfArguments(input.args) !== input.argsHash) {
    return bad("the tool call's args are not those that were decided: their hash differs from argsHash");
  }
  return { ok: true, input };
}

/** sha256 of the canonical JSON, hex. */
export function hashOfArguments(args: unknown): string {
  return createHash('sha256').update(canonicalJson(args)).digest('hex');
}
