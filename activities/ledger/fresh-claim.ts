/**
 * The claim of a call that nobody has claimed before, which is nearly every claim, in one statement: the insert itself proves that there was
 * no row, and where there is neither a row nor a business key there is nothing to decide.
 */
import { sql, type Kysely } from 'kysely';
import { namespaceOf } from './call-identity';
import type { PreparedClaim } from './claims';
import { compiledOnce } from './compiled-once';
import type { OneStatement } from './one-statement';
import type { GrantedClaim, ToolCallClaimRequest } from './port';
import type { LedgerTables } from './tables';
import { claimScope } from './write-transaction';

type OfRequest =
  'callKey' | 'tenant' | 'tool' | 'effect' | 'argsHash' | 'attempt' | 'owner' | 'leaseMs' | 'keyValidForMs';

interface FreshCall extends Pick<ToolCallClaimRequest, OfRequest> {
  readonly namespace: string;
  /** Content. */
  readonly args: string;
  readonly lock: string;
}

const FIRST_FENCE = 1;

/**
 * @returns claims a call without a business key, as `decide` and `writeStart` would where there is no row; undefined where there is one: then
 * nothing was written, and those have to look at it.
 */
export function freshClaims(
  one: OneStatement,
): (db: Kysely<LedgerTables>, prepared: PreparedClaim) => Promise<GrantedClaim | undefined> {
  const insert = compiledOnce<FreshCall>((db, call) =>
    one
      .begin(db, call.lock)
      .insertInto('holdfast_calls')
      .values({
        call_key: call.callKey,
        namespace: call.namespace,
        kind: 'tool',
        state: 'started',
        tenant: call.tenant,
        tool: call.tool,
        effect: call.effect,
        args_hash: call.argsHash,
        args: call.args,
        attempt: call.attempt,
        fence: FIRST_FENCE,
        owner: call.owner,
        lease_until: sql<number>`${one.clock} + ${call.leaseMs}`,
        body_failures: 0,
        may_have_applied: 0,
        idempotency_key: call.callKey,
        key_valid_until: sql<number>`${one.clock} + ${call.keyValidForMs}`,
        started_at: one.clock,
        updated_at: one.clock,
      })
      .onConflict((conflict) => conflict.column('call_key').doNothing()),
  );
  return async (db, { request, args }) => {
    const { callKey } = request;
    const lock = one.lockOf(claimScope(request));
    const { numAffectedRows } = await insert(db, { ...request, namespace: namespaceOf(callKey), args, lock });
    if (numAffectedRows === 0n) return undefined;
    return {
      kind: 'run',
      fence: FIRST_FENCE,
      idempotencyKey: callKey,
      generation: undefined,
      bodyFailures: 0,
      mayHaveApplied: false,
      absentCountsInMs: 0,
    };
  };
}
