/**
 * Whether a signature is that of somebody known, over this very decision, made after the call was put to people. The token says nothing that is not compared:
 * what it holds beyond that is refused, since whoever signed it may have meant it as a condition.
 */
import type { ApprovalCheckInput } from '../../workflows/contracts/approval';
import { MAX_SIGNATURE_CHARS } from '../../workflows/contracts/check-acts';
import { DECISION_ALGORITHMS, DECISION_TOKEN_TYPE, decisionClaims } from '../../workflows/contracts/decision-claims';
import { inertLine } from '../../workflows/contracts/display';
import { canonicalJson, type Json, type JsonObject } from '../../workflows/contracts/json';
import { readStrictJson, toPlain } from '../model/strict-json';
import type { ApproverKey, ApproverKeys } from './approver-keys';
import { sha256OfJson } from './tool-hash';

export type Signed =
  { readonly ok: true; readonly approver: ApproverKey } | { readonly ok: false; readonly problem: string };

/** How far clocks may differ, s. */
const CLOCK_SKEW_S = 60;
const HEADER_FIELDS: readonly string[] = ['alg', 'kid', 'typ'];

const bad = (problem: string) => ({ ok: false, problem }) as const;

/** @param now ms since the epoch. */
export async function verifyDecision(
  token: string,
  input: ApprovalCheckInput,
  keys: ApproverKeys,
  now: number,
): Promise<Signed> {
  const header = headerOf(token);
  if (!header.ok) return header;
  const approver = keys.get(header.kid);
  if (approver === undefined) {
    return bad(`the signature names ${quoted(header.kid)}, whose key this worker does not know (HOLDFAST_APPROVERS)`);
  }
  if (header.alg !== approver.alg) {
    return bad(
      `the signature's alg is ${quoted(header.alg)}, and the key of ${quoted(approver.name)} is for ${approver.alg}`,
    );
  }
  if (input.by !== approver.name) {
    return bad(`the decision says it is by ${quoted(input.by)}, and it is signed by ${quoted(approver.name)}`);
  }
  // Loaded by workers that are given signatures: it is a tenth of what they load at their start.
  const { compactVerify } = await import('jose');
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(token, approver.key, { algorithms: [approver.alg] }));
  } catch {
    // Why is of no use to whoever has the key, and of some to whoever has not.
    return bad(`the signature is not one by the key of ${quoted(approver.name)}`);
  }
  const claims = objectIn(payload);
  if (!claims.ok) return bad(`the signature's claims cannot be read: ${claims.problem}`);
  const problem = claimsProblem(claims.value, input) ?? timeProblem(claims.value, input.since, now);
  return problem === null ? { ok: true, approver } : bad(problem);
}

type Header = { readonly ok: true; readonly alg: string; readonly kid: string } | ReturnType<typeof bad>;

function headerOf(token: string): Header {
  if (token.length > MAX_SIGNATURE_CHARS) return bad(`the signature is longer than ${MAX_SIGNATURE_CHARS} characters`);
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) {
    return bad('the signature is no compact JWS: three parts of base64url, with dots between them');
  }
  const read = objectIn(Buffer.from(parts[0] as string, 'base64url'));
  if (!read.ok) return bad(`the signature's header cannot be read: ${read.problem}`);
  const { alg, kid, typ } = read.value;
  // `crit`, `jwk`, `jku`, `x5c` and the like would have the token say how it is to be trusted.
  const extra = Object.keys(read.value).find((field) => !HEADER_FIELDS.includes(field));
  if (extra !== undefined) {
    return bad(`the signature's header holds ${quoted(extra)}; it takes ${HEADER_FIELDS.join(', ')} and nothing else`);
  }
  if (typ !== DECISION_TOKEN_TYPE) {
    return bad(`the signature's typ is not ${quoted(DECISION_TOKEN_TYPE)}: it was not made for a decision`);
  }
  if (typeof alg !== 'string' || !DECISION_ALGORITHMS.some((known) => known === alg)) {
    return bad(`the signature's alg must be one of ${DECISION_ALGORITHMS.join(', ')}`);
  }
  if (typeof kid !== 'string') return bad("the signature's kid must be the name of whoever decides");
  return { ok: true, alg, kid };
}

/** One JSON object in which no key is there twice: readers differ on which of the two counts. */
function objectIn(
  bytes: Uint8Array,
): { readonly ok: true; readonly value: JsonObject } | { readonly ok: false; readonly problem: string } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bad('it is no UTF-8');
  }
  const read = readStrictJson(text);
  if (!read.ok) return bad(inertLine(read.problem, 200));
  if (!(read.value instanceof Map)) return bad('it is no JSON object');
  if (read.duplicates.length > 0) return bad(`the key ${quoted(read.duplicates[0] as string)} is there twice`);
  return { ok: true, value: toPlain(read.value) as JsonObject };
}

const TIMES: readonly string[] = ['iat', 'exp'];

function claimsProblem(claims: JsonObject, input: ApprovalCheckInput): string | null {
  const { iat: _iat, ...decision } = decisionClaims(
    {
      session: input.sessionId,
      key: input.keyNamespace,
      call: input.callId,
      tool: input.terms.toolHash,
      argsHash: input.argsHash,
      decision: input.decision,
      edited: input.decision === 'edit' ? sha256OfJson(input.args) : undefined,
      standing: input.standing,
      reason: input.reason,
      by: input.by,
      act: input.actId,
    },
    0,
  );
  const expected = new Map<string, Json>(Object.entries(decision as unknown as JsonObject));
  for (const [name, value] of expected) {
    const said = claims[name];
    if (said === undefined) return `the signature does not cover ${quoted(name)}, which this decision has`;
    if (canonicalJson(said) !== canonicalJson(value))
      return `the signature's claim ${quoted(name)} is not that of this decision`;
  }
  const extra = Object.keys(claims).find((name) => !expected.has(name) && !TIMES.includes(name));
  return extra === undefined ? null : `the signature's claim ${quoted(extra)} is not one that this decision has`;
}

function timeProblem({ iat, exp }: JsonObject, since: number, now: number): string | null {
  if (!isSeconds(iat)) return 'the signature\'s claim "iat" must be whole seconds since the epoch';
  if (exp !== undefined && !isSeconds(exp)) return 'the signature\'s claim "exp" must be whole seconds since the epoch';
  // Whole seconds, so that one made in the second in which the call was put to people counts.
  if (iat < Math.floor(since / 1000) - CLOCK_SKEW_S) return 'it was signed before the call was put to people ("iat")';
  if (iat > now / 1000 + CLOCK_SKEW_S) return 'it is signed for a time that has not come ("iat"); look at the clocks';
  return exp !== undefined && exp <= now / 1000 ? 'the signature is no longer valid ("exp")' : null;
}

function isSeconds(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** A word of the token's, as a refusal may show it. */
function quoted(text: string): string {
  return inertLine(JSON.stringify(text), 80);
}
