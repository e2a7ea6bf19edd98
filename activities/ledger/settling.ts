/** Writes of whoever holds a claim: renew, count a failure, settle. Each is one transaction and is refused to an older fence. */
import { sql } from 'kysely';
import type { ToolOutcome } from '../../workflows/contracts/tool';
import type { LedgerTransaction } from './claims';
import { compiledOnce } from './compiled-once';
import type { BodyFailure, CountedFailure, GiveBackRequest, Releases } from './port';
import { CALL_COLUMNS, type CallRow, type CallState, type EffectRow } from './tables';

/** Evidence of fenced attempts kept per call: the first few tell the story. */
const MAX_EVIDENCE = 10;

export function stateOf(outcome: ToolOutcome): Exclude<CallState, 'started'> {
  switch (outcome.kind) {
    case 'succeeded':
      return 'succeeded';
    case 'unknown':
      return 'unresolved';
    case 'failed':
    case 'rejected':
    case 'cancelled':
      return 'failed';
  }
}

/** True of an end that says something of its own call only: others of the same effect were neither cancelled nor refused. */
function isOfOneCall({ kind }: ToolOutcome): boolean {
  return kind === 'cancelled' || kind === 'rejected';
}

/** What a settlement with this outcome writes, but for its content. */
export function endOf(outcome: ToolOutcome): Pick<Settlement, 'state' | 'ofOneCall'> {
  return { state: stateOf(outcome), ofOneCall: isOfOneCall(outcome) };
}

export async function giveBack(
  trx: LedgerTransaction,
  now: number,
  { callKey, fence, mayRunForMs }: GiveBackRequest,
): Promise<boolean> {
  const ranUntil = now + Math.max(0, mayRunForMs);
  const { numUpdatedRows } = await trx
    .updateTable('holdfast_calls')
    .set({
      lease_until: null,
      ran_until: sql<number | null>`case when may_have_applied = 1 then ${ranUntil} else ran_until end`,
      updated_at: now,
    })
    .where('call_key', '=', callKey)
    .where('fence', '=', fence)
    .where('state', '=', 'started')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** @param message as content. */
export async function countFailure(
  trx: LedgerTransaction,
  now: number,
  failure: BodyFailure,
  message: string,
): Promise<CountedFailure> {
  const row = await trx
    .updateTable('holdfast_calls')
    .set((set) => ({
      body_failures: set('body_failures', '+', 1),
      last_error: message,
      // Stays with a lease that is kept: it says by which clock that was given.
      updated_at: sql<number>`case when body_failures + 1 < ${failure.allowed} then ${now} else updated_at end`,
      lease_until: sql<number | null>`case when body_failures + 1 < ${failure.allowed} then null else lease_until end`,
      ...(failure.applied === 'maybe'
        ? {
            may_have_applied: 1,
            // Later than now where an attempt before this one may still be under way.
            ran_until: sql<number | null>`case when ran_until > ${now} then ran_until else ${now} end`,
          }
        : {}),
    }))
    .where('call_key', '=', failure.callKey)
    .where('fence', '=', failure.fence)
    .where('state', '=', 'started')
    .returning(['body_failures', 'may_have_applied'])
    .executeTakeFirst();
  if (!row) return { kind: 'fenced' };
  return { kind: 'counted', failures: row.body_failures, mayHaveApplied: row.may_have_applied === 1 };
}

export interface Settlement {
  readonly callKey: string;
  readonly fence: number;
  readonly state: Exclude<CallState, 'started'>;
  /** Calls whose effect this one took over do not end with it. */
  readonly ofOneCall: boolean;
  /** Content. */
  readonly outcome: string;
  readonly releases?: Releases;
}

const settleCall = compiledOnce<
  Pick<Settlement, 'callKey' | 'fence' | 'state' | 'outcome'> & { readonly now: number },
  CallRow
>((db, end) =>
  db
    .updateTable('holdfast_calls')
    .set({
      state: end.state,
      outcome: end.outcome,
      lease_until: null,
      settled_at: end.now,
      updated_at: end.now,
    })
    .where('call_key', '=', end.callKey)
    .where('fence', '=', end.fence)
    .where('state', '=', 'started')
    .returning(CALL_COLUMNS),
);

interface EffectEnd extends Pick<EffectRow, 'tenant' | 'tool' | 'business_key' | 'generation' | 'call_key'> {
  readonly state: Settlement['state'];
  readonly now: number;
}

const settleEffect = compiledOnce<EffectEnd>((db, end) =>
  db
    .updateTable('holdfast_effects')
    .set({ state: end.state, updated_at: end.now })
    .where('tenant', '=', end.tenant)
    .where('tool', '=', end.tool)
    .where('business_key', '=', end.business_key)
    .where('generation', '=', end.generation)
    .where('call_key', '=', end.call_key),
);

export async function settle(
  trx: LedgerTransaction,
  now: number,
  settlement: Settlement,
): Promise<'settled' | 'fenced'> {
  const { callKey, state } = settlement;
  const [call] = (await settleCall(trx, { ...settlement, now })).rows;
  if (!call) return refuseLate(trx, now, settlement);
  const { business_key: businessKey, generation } = call;
  if (businessKey !== null && generation !== null) {
    const key = { tenant: call.tenant, tool: call.tool ?? '', business_key: businessKey, generation };
    await settleEffect(trx, { ...key, call_key: callKey, state, now });
    await (settlement.ofOneCall ? freeAdopted(trx, now, call) : settleAdopted(trx, now, call));
  }
  await release(trx, now, callKey, settlement.releases);
  return 'settled';
}

const settleAdoptedBy = compiledOnce<Pick<CallRow, 'call_key' | 'state' | 'outcome'> & { readonly now: number }>(
  (db, adopter) =>
    db
      .updateTable('holdfast_calls')
      .set({
        state: adopter.state,
        outcome: adopter.outcome,
        same_as_call: adopter.call_key,
        lease_until: null,
        settled_at: adopter.now,
        updated_at: adopter.now,
      })
      .where('adopted_by', '=', adopter.call_key)
      .where('state', '=', 'started'),
);

/** The calls whose effect this one took over have the same outcome: it was one effect. */
async function settleAdopted(trx: LedgerTransaction, now: number, call: CallRow): Promise<void> {
  await settleAdoptedBy(trx, { ...call, now });
}

/** The calls whose effect this one took over can run: it did not happen, and they were not what was stopped. */
async function freeAdopted(trx: LedgerTransaction, now: number, call: CallRow): Promise<void> {
  await trx
    .updateTable('holdfast_calls')
    .set({ adopted_by: null, may_have_applied: 0, ran_until: null, updated_at: now })
    .where('adopted_by', '=', call.call_key)
    .where('state', '=', 'started')
    .execute();
}

/** Marks effects of other calls as undone, so that their keys can be used again. One that is in flight is left alone. */
export async function release(
  trx: LedgerTransaction,
  now: number,
  callKey: string,
  releases: Releases | undefined,
): Promise<void> {
  if (!releases || releases.keys.length === 0) return;
  // One by one: a statement can only hold so many parameters.
  for (const key of releases.keys) {
    let undone = trx
      .updateTable('holdfast_effects')
      .set({ state: 'reversed', reversed_by: callKey, updated_at: now })
      .where('tenant', '=', releases.tenant)
      .where('tool', '=', releases.tool)
      .where('business_key', '=', key)
      .where('state', 'in', ['succeeded', 'unresolved']);
    if (releases.ownedBy !== undefined) undone = undone.where('call_key', '=', releases.ownedBy);
    await undone.execute();
  }
}

/** Another attempt owns the call, or it is settled. The same holder settling again is told that it is done. */
async function refuseLate(
  trx: LedgerTransaction,
  now: number,
  { callKey, fence, outcome }: Settlement,
): Promise<'settled' | 'fenced'> {
  const call = await trx
    .selectFrom('holdfast_calls')
    .select(['fence', 'state', 'evidence'])
    .where('call_key', '=', callKey)
    .executeTakeFirst();
  if (!call) return 'fenced';
  if (call.fence === fence && call.state !== 'started') return 'settled';
  const evidence = call.evidence === null ? [] : (JSON.parse(call.evidence) as unknown[]);
  if (evidence.length < MAX_EVIDENCE) {
    await trx
      .updateTable('holdfast_calls')
      // `updated_at` stays: beside a lease it says by which clock the lease was given.
      .set({ evidence: JSON.stringify([...evidence, { fence, at: now, content: outcome }]) })
      .where('call_key', '=', callKey)
      .execute();
  }
  return 'fenced';
}
