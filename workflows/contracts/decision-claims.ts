/**
 * What a signed decision says: the payload of a compact JWS (RFC 7515) that whoever decides makes outside Temporal and the activity `approval.check`
 * verifies. Permanent: other teams' services sign these.
 */
import type { Decision, StandingScope } from './approval';

/** `typ` of the JWS's protected header: a token that was made for anything else is not taken for a decision. */
export const DECISION_TOKEN_TYPE = 'holdfast-decision+jws';
/** `alg` of it: Ed25519 (RFC 8037) and ECDSA on P-256. */
export const DECISION_ALGORITHMS = ['EdDSA', 'ES256'] as const;

export interface DecisionClaims {
  readonly v: 1;
  /** Session id. */
  readonly session: string;
  /** The session's `keyNamespace`: tells it from another, or a fork, under the same id. */
  readonly key: string;
  /** Call id. */
  readonly call: string;
  /** Hash of the tool that was planned with. */
  readonly tool: string;
  /** Hash of the arguments that were seen. */
  readonly argsHash: string;
  readonly decision: Decision;
  /** With `edit`: sha256 of the canonical JSON of the new arguments, hex. */
  readonly edited?: string;
  readonly standing?: StandingScope;
  readonly reason?: string;
  /** Name of whoever decides: that of the key. */
  readonly by: string;
  /** `actId` of the decision. */
  readonly act: string;
  /** When it was signed, seconds since the epoch (RFC 7519). Not before the call was put to people. */
  readonly iat: number;
  /** Until when it may be used, seconds since the epoch. */
  readonly exp?: number;
}

/** What a decision is signed over, but for the time. */
export type ClaimedDecision = Omit<DecisionClaims, 'v' | 'iat' | 'exp'>;

/** The claims of a decision in one order, without what is absent. @param iat seconds since the epoch. */
export function decisionClaims(decision: ClaimedDecision, iat: number, exp?: number): DecisionClaims {
  const { session, key, call, tool, argsHash, edited, standing, reason, by, act } = decision;
  return {
    v: 1,
    session,
    key,
    call,
    tool,
    argsHash,
    decision: decision.decision,
    ...(edited === undefined ? {} : { edited }),
    ...(standing === undefined ? {} : { standing }),
    ...(reason === undefined ? {} : { reason }),
    by,
    act,
    iat,
    ...(exp === undefined ? {} : { exp }),
  };
}
