/** Whether a call needs approval, as its tool's rule says, and on what terms. What cannot be judged is asked. */
import type { ApprovalContext, ToolApproval } from '../../agents/approval';
import type { Tool } from '../../agents/define-tool';
import type { ApprovalTerms } from '../../workflows/contracts/approval';
import { wordsFor } from '../../workflows/contracts/check-limits';
import { inertLine } from '../../workflows/contracts/display';
import { redact } from '../model/redact';
import { toolHashOf } from './tool-hash';

/** How this worker has people asked. */
export interface Asking {
  /** It knows the keys of those who may decide: every decision is signed. */
  readonly signed?: boolean;
  /** It has somebody to notify. */
  readonly notify?: boolean;
}

/** What a rule says of arguments. */
export interface Judged {
  /** Why a person is asked; absent: nobody needs to be. */
  readonly reason?: string;
  /** How much the call is about; absent where the tool does not say, or says nothing that can be compared. */
  readonly amount?: ApprovalTerms['amount'];
}

const MAX_REASON = 500;

/**
 * The terms of a call that needs approval; undefined where it needs none.
 * @param args what the tool's schema made of the arguments.
 */
export function approvalTerms(
  tool: Tool,
  args: unknown,
  context: ApprovalContext,
  { signed = false, notify = false }: Asking = {},
): ApprovalTerms | undefined {
  const { approval } = tool;
  if (approval === undefined) return undefined;
  const { reason, amount } = judge(tool.name, approval, args, context);
  if (reason === undefined) return undefined;
  return {
    reason,
    toolHash: toolHashOf(tool),
    approvals: approval.approvals,
    stages: approval.stages,
    ...(approval.signed || signed ? { signed: true } : {}),
    ...(amount === undefined ? {} : { amount }),
    ...(notify ? { notify: true } : {}),
  };
}

/** Never throws: what the author's functions cannot say, or say wrongly, is a reason to ask. */
export function judge(name: string, approval: ToolApproval, args: unknown, context: ApprovalContext): Judged {
  const amount = amountOf(approval, args);
  const doubt = typeof amount === 'string' ? amount : undefined;
  const asked = askedBecause(name, approval, args, context);
  const reasons = [asked, doubt].filter((one) => one !== undefined);
  return {
    ...(reasons.length > 0 ? { reason: inertLine(reasons.join('; '), MAX_REASON) } : {}),
    ...(typeof amount === 'object' ? { amount } : {}),
  };
}

/** @returns the amount; a text where there should be one and is none; undefined where the tool declares none. */
function amountOf({ amount, unit }: ToolApproval, args: unknown): ApprovalTerms['amount'] | string {
  if (amount === undefined) return undefined;
  let value: unknown;
  try {
    value = amount(args);
  } catch (error) {
    return `its amount could not be found (${wordsOf(error)})`;
  }
  // One below zero would be within any bound that somebody sets.
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) {
    return { value, ...(unit === undefined ? {} : { unit }) };
  }
  return `its amount is ${wordsFor(value)}, which is no finite number from 0`;
}

function askedBecause(
  name: string,
  { when, reason }: ToolApproval,
  args: unknown,
  context: ApprovalContext,
): string | undefined {
  if (when === 'always') return reason ?? `every call of ${name} needs approval`;
  let said: unknown;
  try {
    said = when(args, context);
  } catch (error) {
    return `its rule could not say whether it needs approval (${wordsOf(error)})`;
  }
  if (said === false) return undefined;
  if (typeof said === 'string' && said.trim() !== '') return said;
  if (said === true || typeof said === 'string') return reason ?? `${name} asks for approval of this call`;
  if (said instanceof Promise) {
    // Nobody waits for it, and what it ends with must not end the process.
    said.catch(() => undefined);
    return 'its rule returned a promise, where true, false or a reason was expected';
  }
  return `its rule returned ${wordsFor(said)}, where true, false or a reason was expected`;
}

/** The author's own words, which may quote what the model wrote. */
function wordsOf(error: unknown): string {
  return redact(error instanceof Error ? error.message : wordsFor(error), 200);
}
