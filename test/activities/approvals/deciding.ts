/** What the tests of decisions share: an agent whose payments need approval, people with keys, and one attempt of the check. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { createApprovalCheckActivity, type ApprovalCheckParts } from '../../../activities/approvals/check-activity';
import type { ApproverKey, ApproverKeys } from '../../../activities/approvals/approver-keys';
import { approvalTerms } from '../../../activities/approvals/approval-terms';
import { sha256OfJson } from '../../../activities/approvals/tool-hash';
import { createRegistry, defineAgent, defineTool, type ApprovalOption, type Tool } from '../../../agents';
import { signerFromJwk } from '../../../client';
import type { ApprovalCheckInput, ApprovalCheckReport, ApprovalTerms } from '../../../workflows/contracts/approval';
import type { ClaimedDecision } from '../../../workflows/contracts/decision-claims';
import { quiet } from '../model/model-fixture';

/** When the decisions of the tests are checked. */
export const NOW = Date.parse('2026-01-05T09:00:00Z');

export interface Payment {
  readonly to: string;
  readonly cents: number;
  readonly note?: string;
}

export function payTool(approval: ApprovalOption<Payment> = 'always', over: Partial<Tool> = {}): Tool {
  const tool = defineTool({
    name: 'pay',
    description: 'Pays.',
    effect: 'at-most-once',
    input: z.object({ to: z.string().trim(), cents: z.number().int().min(1).max(1e9), note: z.string().optional() }),
    approval,
    run: () => null,
  });
  return { ...tool, ...over };
}

/** Somebody with a pair of keys; the private one as a JWK. */
export interface Person {
  readonly name: string;
  readonly entry: ApproverKey;
  readonly privateKey: KeyObject;
}

export function person(name: string, roles: readonly string[] = [], alg: ApproverKey['alg'] = 'EdDSA'): Person {
  const { publicKey, privateKey } =
    alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { name, entry: { name, roles, alg, key: publicKey }, privateKey };
}

export function keysOf(...people: readonly Person[]): ApproverKeys {
  return new Map(people.map(({ name, entry }) => [name, entry]));
}

export const PAYMENT: Payment = { to: 'Bob', cents: 5000 };

export function termsOf(tool: Tool, signed = false): ApprovalTerms {
  const context = { session: { id: 's-1', agent: 'clerk' }, turn: 3, step: 2, now: new Date(NOW) };
  const terms = approvalTerms(tool, PAYMENT, context, { signed });
  if (terms === undefined) throw new Error('the tool asks nobody');
  return terms;
}

/** A decision on the payment, as the session gives it to the check. */
export function inputOf(tool: Tool, over: Partial<ApprovalCheckInput> = {}): ApprovalCheckInput {
  return {
    agent: 'clerk',
    tool: 'pay',
    callId: 't3.s2.c1-0123abcd',
    turn: 3,
    step: 2,
    sessionId: 's-1',
    keyNamespace: 'run-1',
    user: 'ann',
    actId: 'act-1',
    decision: 'approve',
    argsHash: sha256OfJson(PAYMENT),
    by: 'mia',
    terms: over.terms ?? termsOf(tool),
    stage: 0,
    since: NOW - 120_000,
    ...over,
  };
}

/** What an honest client signs for a decision. */
export function claimsOf(input: ApprovalCheckInput): ClaimedDecision {
  return {
    session: input.sessionId,
    key: input.keyNamespace,
    call: input.callId,
    tool: input.terms.toolHash,
    argsHash: input.argsHash,
    decision: input.decision,
    edited: input.args === undefined ? undefined : sha256OfJson(input.args),
    standing: input.standing,
    reason: input.reason,
    by: input.by,
    act: input.actId,
  };
}

/** The input as theirs, with the signature that an honest client makes. */
export async function signedBy(
  { name, privateKey }: Person,
  input: ApprovalCheckInput,
  at = NOW,
): Promise<ApprovalCheckInput> {
  const sign = signerFromJwk(privateKey.export({ format: 'jwk' }), name, { now: () => at });
  const own = { ...input, by: name };
  return { ...own, signature: await sign(claimsOf(own)) };
}

interface Thrown {
  readonly kind: 'thrown';
  readonly thrown: string;
  readonly message: string;
  readonly final: boolean;
}

/** One attempt; a failure that it throws, by its type. */
export async function check(
  tools: readonly Tool[],
  input: unknown,
  parts: Partial<ApprovalCheckParts> & { readonly attempt?: number } = {},
): Promise<ApprovalCheckReport | Thrown> {
  const { attempt = 1, ...rest } = parts;
  const registry = createRegistry([defineAgent({ name: 'clerk', instructions: 'x', model: 'm', tools })]);
  const activity = createApprovalCheckActivity({ registry, now: () => NOW, ...rest });
  const environment = new MockActivityEnvironment({ attempt, scheduledTimestampMs: NOW }, { logger: quiet });
  try {
    return await environment.run(activity, input as ApprovalCheckInput);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return { kind: 'thrown', thrown: String(error.type), message: error.message, final: error.nonRetryable === true };
  }
}
