/** Claims with everything filled in. Loads without jest, for programs that tests start. */
import { createHash } from 'node:crypto';
import type { GrantedClaim, ToolCallClaim, ToolCallClaimRequest } from '../../../activities/ledger/port';
import { canonicalJson, type Json } from '../../../workflows/contracts/json';

export function hashOf(args: Json): string {
  return createHash('sha256').update(canonicalJson(args)).digest('hex');
}

/** A claim of `call` by `book`, with the business key `slot` where the arguments have one. */
export function claimOf(
  call: string,
  overrides: Partial<ToolCallClaimRequest> & { args?: { [key: string]: Json } } = {},
): ToolCallClaimRequest {
  const args = overrides.args ?? { slot: 'tue-9' };
  return {
    callKey: `session-1/${call}`,
    tenant: 'clinic',
    tool: 'book',
    effect: 'idempotent',
    argsHash: hashOf(args),
    attempt: 1,
    owner: 'test:1',
    leaseMs: 60_000,
    keyValidForMs: 86_400_000,
    ...overrides,
    args,
  };
}

/** The claim, which must have been granted. */
export function granted(claim: ToolCallClaim): GrantedClaim {
  if (claim.kind !== 'run') throw new Error(`expected the claim to be granted, it is ${JSON.stringify(claim)}`);
  return claim;
}
