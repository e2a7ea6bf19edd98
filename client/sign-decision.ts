/**
 * Signed decisions, where whoever decides has a key: a compact JWS over what is decided, which the worker verifies with the public key that it was given
 * (docs/approvals.md). Any JOSE library can make one; this is for those who have none at hand.
 */
import type { JWK } from 'jose';
import { DECISION_TOKEN_TYPE, decisionClaims } from '../workflows/contracts/decision-claims';
import { canonicalJson } from '../workflows/contracts/json';
import type { DecisionSigner } from './decide';

export interface SignerOptions {
  /** How long the signature may be used, ms from when it was made. Default 15 minutes. */
  readonly validForMs?: number;
  /** ms since the epoch; default `Date.now`. */
  readonly now?: () => number;
}

export interface ApproverKeyPair {
  /** To be kept by its owner alone. */
  readonly privateJwk: JWK;
  /** For the workers' `HOLDFAST_APPROVERS`. */
  readonly publicJwk: JWK;
}

const VALID_FOR_MS = 15 * 60_000;

/**
 * @param privateJwk Ed25519 or P-256, with its private part.
 * @param name of its owner, as the workers know it; default: the key's `kid`.
 * @returns a function that signs decisions by that name, and rejects those by another.
 * @throws TypeError where the key cannot sign decisions.
 */
export function signerFromJwk(privateJwk: JWK, name = privateJwk.kid, options: SignerOptions = {}): DecisionSigner {
  const alg = algorithmOf(privateJwk);
  if (name === undefined || name.trim() === '')
    throw new TypeError('a signer needs the name of whoever decides: the key has no kid');
  const { validForMs = VALID_FOR_MS, now = Date.now } = options;
  const { kty, crv, x, y, d } = privateJwk;
  return async (decision) => {
    if (decision.by !== name) {
      throw new TypeError(
        `the key is that of ${JSON.stringify(name)}, and the decision is by ${JSON.stringify(decision.by)}`,
      );
    }
    // Loaded by those who sign: most clients never do.
    const { CompactSign, importJWK } = await import('jose');
    const key = await importJWK({ kty, crv, x, ...(y === undefined ? {} : { y }), d }, alg);
    const iat = Math.floor(now() / 1000);
    const claims = decisionClaims(decision, iat, iat + Math.ceil(validForMs / 1000));
    return new CompactSign(new TextEncoder().encode(canonicalJson(claims)))
      .setProtectedHeader({ alg, kid: name, typ: DECISION_TOKEN_TYPE })
      .sign(key);
  };
}

/** A new pair of keys, Ed25519, with the name as `kid`. */
export async function newApproverKey(name: string): Promise<ApproverKeyPair> {
  const { exportJWK, generateKeyPair } = await import('jose');
  const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const of = async (key: typeof privateKey): Promise<JWK> => {
    const { kty, crv, x, d } = await exportJWK(key);
    return { kty, crv, x, ...(d === undefined ? {} : { d }), kid: name };
  };
  return { privateJwk: await of(privateKey), publicJwk: await of(publicKey) };
}

function algorithmOf({ kty, crv, d }: JWK): 'EdDSA' | 'ES256' {
  if (typeof d !== 'string') throw new TypeError('a signer needs a private key: the JWK has no member d');
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA';
  if (kty === 'EC' && crv === 'P-256') return 'ES256';
  throw new TypeError(
    'decisions are signed with Ed25519 or P-256: expected a JWK with kty OKP and crv Ed25519, or kty EC and crv P-256',
  );
}
