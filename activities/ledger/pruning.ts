/**
 * Deletes rows that nobody needs any more, some at a time: a ledger that is in use is never kept locked for long. What decides whether
 * a row may go is looked at again in the transaction that deletes it.
 */
import { sql, type Expression, type ExpressionBuilder, type Kysely, type SqlBool } from 'kysely';
import type { LedgerTransaction } from './claims';
import type { Pruned } from './port';
import { LIVE_EFFECT_STATES, type EffectRow, type LedgerTables } from './tables';
import type { WriteTransaction } from './write-transaction';

/** Rows per transaction: a few ms of everybody's time. */
const BATCH = 500;
/** Parts of conversations are large: some MB at a time. */
const SEGMENT_BATCH = 20;

export interface PruneParts {
  readonly reader: Kysely<LedgerTables>;
  readonly write: WriteTransaction;
  /** Rows that were settled before this go, ms by the database's clock. */
  readonly settledBefore: number;
  /** Count only. */
  readonly dryRun: boolean;
}

export async function prune(parts: PruneParts): Promise<Pruned> {
  const calls = await pruneCalls(parts);
  return { calls, effects: await pruneEffects(parts), segments: await pruneSegments(parts) };
}

type Aliased = LedgerTables & { call: LedgerTables['holdfast_calls']; effect: LedgerTables['holdfast_effects'] };
type Calls = ExpressionBuilder<Aliased, 'call'>;

/** Settled long ago, and not the owner of an effect that still keeps a repeat from happening. */
function callMayGo(call: Calls, settledBefore: number): Expression<SqlBool> {
  const ownsLive = call
    .selectFrom('holdfast_effects as effect')
    .select('effect.call_key')
    .whereRef('effect.tenant', '=', 'call.tenant')
    .whereRef('effect.tool', '=', 'call.tool')
    .whereRef('effect.business_key', '=', 'call.business_key')
    .whereRef('effect.generation', '=', 'call.generation')
    .whereRef('effect.call_key', '=', 'call.call_key')
    .where('effect.state', 'in', LIVE_EFFECT_STATES);
  return call.and([
    call('call.state', 'in', ['succeeded', 'failed']),
    call('call.settled_at', '<', settledBefore),
    call.not(call.exists(ownsLive)),
  ]);
}

async function pruneCalls({ reader, write, settledBefore, dryRun }: PruneParts): Promise<number> {
  if (dryRun) {
    const { count } = await reader
      .selectFrom('holdfast_calls as call')
      .select(sql<number>`count(*)`.as('count'))
      .where((call) => callMayGo(call, settledBefore))
      .executeTakeFirstOrThrow();
    return Number(count);
  }
  let deleted = 0;
  for (let after = ''; ;) {
    const batch = await reader
      .selectFrom('holdfast_calls as call')
      .select('call.call_key')
      .where('call.call_key', '>', after)
      .where((call) => callMayGo(call, settledBefore))
      .orderBy('call.call_key')
      .limit(BATCH)
      .execute();
    const keys = batch.map((row) => row.call_key);
    const last = keys.at(-1);
    if (last === undefined) return deleted;
    after = last;
    deleted += await write({ kind: 'statement' }, (trx) => deleteCalls(trx, keys, settledBefore));
  }
}

async function deleteCalls(trx: LedgerTransaction, keys: readonly string[], settledBefore: number): Promise<number> {
  const { numDeletedRows } = await trx
    .deleteFrom('holdfast_calls as call')
    .where('call.call_key', 'in', keys)
    .where((call) => callMayGo(call, settledBefore))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

type Effects = ExpressionBuilder<Aliased, 'effect'>;

/** A call that is or may yet be run: it is never deleted. */
const OPEN_STATES = ['started', 'unresolved'] as const;

/**
 * Failed or undone long ago, and in no call's row: a later call may get the same number of generation once the row is gone. Nor is a call of
 * the same key open: it may have to find out whether the idempotency key that they share has been used.
 * @param ignoreGoing true: calls that may go themselves do not count.
 */
function effectMayGo(effect: Effects, settledBefore: number, ignoreGoing: boolean): Expression<SqlBool> {
  const inCalls = effect
    .selectFrom('holdfast_calls as call')
    .select('call.call_key')
    .whereRef('call.business_key', '=', 'effect.business_key')
    .where((call) =>
      call.or([call('call.generation', '=', call.ref('effect.generation')), call('call.state', 'in', OPEN_STATES)]),
    )
    .whereRef('call.tenant', '=', 'effect.tenant')
    .whereRef('call.tool', '=', 'effect.tool')
    .$if(ignoreGoing, (query) => query.where((call) => call.not(callMayGo(call, settledBefore))));
  return effect.and([
    effect('effect.state', 'in', ['failed', 'reversed']),
    effect('effect.updated_at', '<', settledBefore),
    effect.not(effect.exists(inCalls)),
  ]);
}

async function pruneEffects({ reader, write, settledBefore, dryRun }: PruneParts): Promise<number> {
  if (dryRun) {
    const { count } = await reader
      .selectFrom('holdfast_effects as effect')
      .select(sql<number>`count(*)`.as('count'))
      .where((effect) => effectMayGo(effect, settledBefore, true))
      .executeTakeFirstOrThrow();
    return Number(count);
  }
  let deleted = 0;
  for (;;) {
    const batch = await reader
      .selectFrom('holdfast_effects as effect')
      .select(['effect.tenant', 'effect.tool', 'effect.business_key', 'effect.generation'])
      .where((effect) => effectMayGo(effect, settledBefore, false))
      .limit(BATCH)
      .execute();
    const gone = await write({ kind: 'statement' }, (trx) => deleteEffects(trx, batch, settledBefore));
    deleted += gone;
    // Others that prune at the same time may have been faster.
    if (gone === 0) return deleted;
  }
}

type EffectKey = Pick<EffectRow, 'tenant' | 'tool' | 'business_key' | 'generation'>;

async function deleteEffects(
  trx: LedgerTransaction,
  keys: readonly EffectKey[],
  settledBefore: number,
): Promise<number> {
  let deleted = 0;
  for (const key of keys) {
    const { numDeletedRows } = await trx
      .deleteFrom('holdfast_effects as effect')
      .where('effect.tenant', '=', key.tenant)
      .where('effect.tool', '=', key.tool)
      .where('effect.business_key', '=', key.business_key)
      .where('effect.generation', '=', key.generation)
      .where((effect) => effectMayGo(effect, settledBefore, false))
      .executeTakeFirst();
    deleted += Number(numDeletedRows);
  }
  return deleted;
}

async function pruneSegments({ reader, write, settledBefore, dryRun }: PruneParts): Promise<number> {
  if (dryRun) {
    const { count } = await reader
      .selectFrom('holdfast_segments')
      .select(sql<number>`count(*)`.as('count'))
      .where('closed_at', '<', settledBefore)
      .executeTakeFirstOrThrow();
    return Number(count);
  }
  let deleted = 0;
  for (;;) {
    const batch = await reader
      .selectFrom('holdfast_segments')
      .select(['namespace', 'hash'])
      .where('closed_at', '<', settledBefore)
      .limit(SEGMENT_BATCH)
      .execute();
    const gone = await write({ kind: 'statement' }, (trx) => deleteSegments(trx, batch, settledBefore));
    deleted += gone;
    if (gone === 0) return deleted;
  }
}

async function deleteSegments(
  trx: LedgerTransaction,
  keys: readonly { readonly namespace: string; readonly hash: string }[],
  settledBefore: number,
): Promise<number> {
  let deleted = 0;
  for (const key of keys) {
    const { numDeletedRows } = await trx
      .deleteFrom('holdfast_segments')
      .where('namespace', '=', key.namespace)
      .where('hash', '=', key.hash)
      .where('closed_at', '<', settledBefore)
      .executeTakeFirst();
    deleted += Number(numDeletedRows);
  }
  return deleted;
}
