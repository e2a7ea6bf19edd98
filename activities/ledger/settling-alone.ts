/** Writes of whoever holds a claim, as one statement each, where they are about the call's row and nothing else. */
import { sql, type Kysely } from 'kysely';
import { compiledOnce } from './compiled-once';
import type { OneStatement } from './one-statement';
import type { Settlement } from './settling';
import type { LedgerTables } from './tables';

type Db = Kysely<LedgerTables>;

/**
 * @returns settles a call without a business key; false where it has one or the attempt does not own it: then nothing was written, and `settle`
 * has to look at it. It takes no lock: whoever decides from a call's row keeps the row from others until it has written what it decided.
 */
export function settlingAlone(one: OneStatement): (db: Db, settlement: Settlement) => Promise<boolean> {
  const update = compiledOnce<Pick<Settlement, 'callKey' | 'fence' | 'state' | 'outcome'>>((db, end) =>
    one
      .begin(db)
      .updateTable('holdfast_calls')
      .set({
        state: end.state,
        outcome: end.outcome,
        lease_until: null,
        settled_at: one.clock,
        updated_at: one.clock,
      })
      .where('call_key', '=', end.callKey)
      .where('fence', '=', end.fence)
      .where('state', '=', 'started')
      .where('business_key', 'is', null),
  );
  return async (db, settlement) => (await update(db, settlement)).numAffectedRows === 1n;
}

/** @returns extends the lease of a call, from now on; false where the attempt does not own it. */
export function renewingAlone(
  one: OneStatement,
): (db: Db, callKey: string, fence: number, leaseMs: number) => Promise<boolean> {
  const update = compiledOnce<{ readonly callKey: string; readonly fence: number; readonly leaseMs: number }>(
    (db, lease) =>
      one
        .begin(db)
        .updateTable('holdfast_calls')
        .set({ lease_until: sql<number>`${one.clock} + ${lease.leaseMs}`, updated_at: one.clock })
        .where('call_key', '=', lease.callKey)
        .where('fence', '=', lease.fence)
        .where('state', '=', 'started'),
  );
  return async (db, callKey, fence, leaseMs) => (await update(db, { callKey, fence, leaseMs })).numAffectedRows === 1n;
}
