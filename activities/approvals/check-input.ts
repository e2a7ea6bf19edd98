/** Reads the inputs of the activities of approvals, which come from history and may be another version's. */
import { z } from 'zod';
import type { ApprovalCheckInput, NotifyInput } from '../../workflows/contracts/approval';
import { isPlainObject } from '../../workflows/contracts/json';
import { AGENT_NAME_PATTERN, TOOL_NAME_PATTERN } from '../../workflows/contracts/names';

const ms = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const text = z.string().min(1).max(1000);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

const StageSchema = z.object({
  roles: z.array(z.string()).min(1).optional(),
  deadlineMs: ms.optional(),
  atDeadline: z.enum(['reject', 'approve', 'escalate']).optional(),
});

const TermsSchema = z.object({
  reason: z.string(),
  toolHash: hash,
  approvals: z.number().int().min(1),
  stages: z.array(StageSchema).min(1),
  signed: z.literal(true).optional(),
  amount: z.object({ value: z.number(), unit: z.string().optional() }).optional(),
});

/** Fields it does not know are left alone: a later version may have written them. */
const CheckSchema = z.object({
  agent: z.string().regex(AGENT_NAME_PATTERN),
  tool: z.string().regex(TOOL_NAME_PATTERN),
  callId: text,
  turn: ms,
  step: ms,
  sessionId: text,
  keyNamespace: text,
  root: text.optional(),
  tenant: z.string().optional(),
  user: z.string().optional(),
  actId: text,
  decision: z.enum(['approve', 'reject', 'edit']),
  argsHash: hash,
  standing: z.object({ upTo: z.number().optional() }).optional(),
  by: text,
  reason: z.string().optional(),
  signature: z.string().optional(),
  terms: TermsSchema,
  stage: z.number().int().min(0),
  since: ms,
});

const NotifySchema = z.object({
  agent: z.string().regex(AGENT_NAME_PATTERN),
  sessionId: text,
  kind: z.enum(['asked', 'reminder', 'escalated']),
  item: z.looseObject({ kind: z.string(), id: z.string() }),
});

export type Checked<T> = { readonly ok: true; readonly input: T } | { readonly ok: false; readonly problem: string };

/** @returns the input, or a sentence that says which field is wrong. */
export function checkApprovalInput(value: unknown): Checked<ApprovalCheckInput> {
  const problem = problemBy(CheckSchema, value, 'approval.check');
  if (problem !== null) return { ok: false, problem };
  const input = value as ApprovalCheckInput;
  if (input.terms.stages[input.stage] === undefined) {
    return { ok: false, problem: `approval.check: its terms have no stage ${input.stage}` };
  }
  if ((input.decision === 'edit') !== isPlainObject(input.args)) {
    return { ok: false, problem: 'approval.check: args belong to the decision "edit", and only to it' };
  }
  return { ok: true, input };
}

/** @returns the input, or a sentence that says which field is wrong. */
export function checkNotifyInput(value: unknown): Checked<NotifyInput> {
  const problem = problemBy(NotifySchema, value, 'person.notify');
  return problem === null ? { ok: true, input: value as NotifyInput } : { ok: false, problem };
}

function problemBy(schema: z.ZodType, value: unknown, what: string): string | null {
  if (!isPlainObject(value) || '$undecodable' in value) return `${what} expects one object, got something else`;
  const parsed = schema.safeParse(value);
  if (parsed.success) return null;
  const issue = parsed.error.issues[0];
  return `${what}: its field ${issue?.path.join('.') ?? ''} cannot be read: ${issue?.message ?? 'unknown'}`;
}
