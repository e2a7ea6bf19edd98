/** Reads the inputs of the tool activities, which come from history and may be another version's. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson, findLoneSurrogate, findPoison, isPlainObject } from '../../workflows/contracts/json';
import { AGENT_NAME_PATTERN, TOOL_NAME_PATTERN } from '../../workflows/contracts/names';
import type { ResolveInput, ToolCallInput, UndoInput } from '../../workflows/contracts/tool';

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

const LedgerSchema = z.object({ name: z.string().min(1), id: z.string().min(1) });
const callId = plainText
  .min(1)
  .max(200)
  .refine((text) => !text.includes('/'), 'holds a slash');

/** Fields it does not know are left alone: a later version may have written them. */
const CommonSchema = z.object({
  agent: z.string().regex(AGENT_NAME_PATTERN),
  tool: z.string().regex(TOOL_NAME_PATTERN),
  callId,
  sessionId: plainText.min(1).max(1000),
  keyNamespace: plainText.min(1).max(1000),
  root: plainText.min(1).max(1000).optional(),
  tenant: plainText.optional(),
  user: plainText.optional(),
});

const InputSchema = CommonSchema.extend({
  turn: z.number().int().min(0),
  step: z.number().int().min(0),
  argsHash: z.string().regex(/^[0-9a-f]{64}$/),
  policy: PolicySchema,
  ledger: LedgerSchema.optional(),
  asksPerson: z.boolean().optional(),
  approved: z
    .object({ toolHash: z.string().regex(/^[0-9a-f]{64}$/), by: z.array(z.string()), at: z.number() })
    .optional(),
  settleOnly: z.boolean().optional(),
});

const UndoSchema = CommonSchema.extend({
  undoId: callId,
  policy: PolicySchema,
  ledger: LedgerSchema,
  settleOnly: z.boolean().optional(),
});

const ResolveSchema = CommonSchema.extend({
  ledger: LedgerSchema,
  maxResultBytes: z.number().int().min(1),
  actId: plainText.min(1).max(1000),
  as: z.enum(['applied', 'absent', 'give_up']),
  by: plainText.optional(),
  reason: plainText.optional(),
});

export type Checked<T> = { readonly ok: true; readonly input: T } | { readonly ok: false; readonly problem: string };

const bad = (problem: string) => ({ ok: false, problem }) as const;

/** @returns the input, or a sentence that says which field is wrong. */
export function checkToolCallInput(value: unknown): Checked<ToolCallInput> {
  const read = readBy(InputSchema, value, 'the tool call');
  if (!read.ok) return read;
  const input = value as ToolCallInput;
  if (!isPlainObject(input.args)) return bad("the tool call's args must be an object");
  const poison = findPoison(input.args);
  if (poison) return bad(`the tool call's args: ${poison}`);
  const poisoned = input.own === undefined ? null : isPlainObject(input.own) ? findPoison(input.own) : 'no object';
  if (poisoned !== null) return bad(`the tool call's own part of the state: ${poisoned}`);
  if (input.policy.effect !== 'read' && input.ledger === undefined) {
    return bad(`the tool call's effect is ${input.policy.effect}, which needs a ledger, and it names none`);
  }
  if (hashOfArguments(input.args) !== input.argsHash) {
    return bad("the tool call's args are not those that were decided: their hash differs from argsHash");
  }
  return { ok: true, input };
}

/** @returns the input, or a sentence that says which field is wrong. */
export function checkUndoInput(value: unknown): Checked<UndoInput> {
  const read = readBy(UndoSchema, value, 'the undoing');
  return read.ok ? { ok: true, input: value as UndoInput } : read;
}

/** @returns the input, or a sentence that says which field is wrong. `result` is left to whoever knows the tool. */
export function checkResolveInput(value: unknown): Checked<ResolveInput> {
  const read = readBy(ResolveSchema, value, 'the resolution');
  return read.ok ? { ok: true, input: value as ResolveInput } : read;
}

function readBy(schema: z.ZodType, value: unknown, what: string): { readonly ok: true } | ReturnType<typeof bad> {
  if (!isPlainObject(value) || '$undecodable' in value) return bad(`${what} expects one object, got something else`);
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true };
  const issue = parsed.error.issues[0];
  return bad(`${what}'s field ${issue?.path.join('.') ?? ''} cannot be read: ${issue?.message ?? 'unknown'}`);
}

/** sha256 of the canonical JSON, hex. */
export function hashOfArguments(args: unknown): string {
  return createHash('sha256').update(canonicalJson(args)).digest('hex');
}
