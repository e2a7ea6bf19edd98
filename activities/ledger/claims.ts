/** Reads what a claim is decided from, and writes what was decided, inside one transaction. */
import { createHash } from 'node:crypto';
import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import { namespaceOf } from './call-identity';
import { decideClaim, type ClaimDecision, type GrantedStart } from './claim-decision';
import { afterClockSetBack } from './clock-set-back';
import { compiledOnce } from './compiled-once';
import { CallMismatch, type EffectState, type ToolCallClaimRequest } from './port';
import { clockAfterWait, hasRowLocks } from './row-locks';
import {
  CALL_COLUMNS,
  EFFECT_COLUMNS,
  isLive,
  type CallRow,
  type CallsTable,
  type EffectRow,
  type EffectsTable,
  type LedgerTables,
} from './tables';

export type LedgerTransaction = Transaction<LedgerTables>;

/** A request with its content encoded: codecs may be slow, so they never run inside a transaction. */
export interface PreparedClaim {
  readonly request: ToolCallClaimRequest;
  readonly args: string;
  readonly sameAs: string | null;
  readonly sameAsHash: string | null;
}

export function sameAsHash(request: ToolCallClaimRequest): string | null {
  if (request.businessKey === undefined) return null;
  return request.sameAs === undefined ? request.argsHash : createHash('sha256').update(request.sameAs).digest('hex');
}

/** @returns reads a clock, ms. */
export function readingClock(clock: RawBuilder<number>): (db: Kysely<LedgerTables>) => Promise<number> {
  const read = compiledOnce<object, { readonly now: number }>((db) => db.selectNoFrom(clock.as('now')));
  return async (db) => Number((await read(db, {})).rows[0]?.now);
}

const latestEffect = compiledOnce<Pick<EffectRow, 'tenant' | 'tool' | 'business_key'>, EffectRow>((db, key) =>
  db
    .selectFrom('holdfast_effects')
    .select(EFFECT_COLUMNS)
    .where('tenant', '=', key.tenant)
    .where('tool', '=', key.tool)
    .where('business_key', '=', key.business_key)
    .orderBy('generation', 'desc')
    .limit(1),
);

/**
 * Reads the rows and decides. A repeat of another call's effect is recorded at once as this call's own outcome: it stays the
 * answer also after the effect is undone.
 * @throws CallMismatch
 */
export async function decide(
  trx: LedgerTransaction,
  now: number,
  prepared: PreparedClaim,
): Promise<{ decision: Exclude<ClaimDecision, { kind: 'mismatch' }>; fence: number }> {
  const { request } = prepared;
  const call = await callRow(trx, now, request.callKey);
  const effect =
    request.businessKey === undefined
      ? undefined
      : (await latestEffect(trx, { ...request, business_key: request.businessKey })).rows[0];
  const effectOwner =
    effect === undefined || effect.call_key === request.callKey ? call : await callRow(trx, now, effect.call_key);
  const adopter =
    call?.state !== 'started' || call.adopted_by === null ? undefined : await callRow(trx, now, call.adopted_by);
  const keyIsSpent = call !== undefined && effect !== undefined && (await isSpent(trx, call, effect));
  const facts = { now, request, sameAsHash: prepared.sameAsHash, call, adopter, effect, effectOwner, keyIsSpent };
  const decision = decideClaim(facts);
  if (decision.kind === 'mismatch') throw new CallMismatch(`${decision.problem}; nothing was run`);
  const fence = (call?.fence ?? 0) + 1;
  if (decision.kind === 'deduplicate') await recordRepeat(trx, now, prepared, fence, decision);
  return { decision, fence };
}

const callByKey = compiledOnce<Pick<CallRow, 'call_key'>, CallRow>((db, call) =>
  db
    .selectFrom('holdfast_calls')
    .select(CALL_COLUMNS)
    .where('call_key', '=', call.call_key)
    .$if(hasRowLocks(db), (query) => query.forUpdate()),
);

/** A call's row, its lease by the clock of now. Whoever holds that cannot renew it until the transaction ends. */
export async function callRow(trx: LedgerTransaction, now: number, callKey: string): Promise<CallRow | undefined> {
  const [row] = (await callByKey(trx, { call_key: callKey })).rows;
  return afterClockSetBack(trx, await clockAfterWait(trx, now, row?.updated_at ?? now), row);
}

/** Whether the call's idempotency key has served another generation that was not a failure: a call that shared the effect ran first. */
async function isSpent(trx: LedgerTransaction, call: CallRow, latest: EffectRow): Promise<boolean> {
  if (call.state !== 'started' || call.idempotency_key === null || isLive(latest.state)) return false;
  const used = await trx
    .selectFrom('holdfast_effects')
    .select('generation')
    .where('tenant', '=', latest.tenant)
    .where('tool', '=', latest.tool)
    .where('business_key', '=', latest.business_key)
    .where('idempotency_key', '=', call.idempotency_key)
    .where('state', '!=', 'failed')
    .limit(1)
    .executeTakeFirst();
  return used !== undefined;
}

async function recordRepeat(
  trx: LedgerTransaction,
  now: number,
  prepared: PreparedClaim,
  fence: number,
  { effect, owner }: Extract<ClaimDecision, { kind: 'deduplicate' }>,
): Promise<void> {
  const row = claimedRow(prepared, now, fence, {
    effect: prepared.request.effect,
    generation: effect.generation,
    idempotencyKey: effect.idempotency_key,
    keyValidUntil: effect.key_valid_until,
    mayHaveApplied: false,
    ranUntil: null,
    adopts: null,
    opensGeneration: false,
  });
  const settled = {
    state: owner.state,
    outcome: owner.outcome,
    same_as_call: owner.call_key,
    lease_until: null,
    settled_at: now,
  };
  await upsertCall(trx, { ...row, ...settled });
}

/** The columns of a call that every claim sets. */
export function claimedRow(prepared: PreparedClaim, now: number, fence: number, start: GrantedStart): CallsTable {
  const { request } = prepared;
  return {
    call_key: request.callKey,
    namespace: namespaceOf(request.callKey),
    kind: 'tool',
    state: 'started',
    tenant: request.tenant,
    tool: request.tool,
    effect: start.effect,
    args_hash: request.argsHash,
    args: prepared.args,
    attempt: request.attempt,
    fence,
    owner: request.owner,
    lease_until: now + request.leaseMs,
    body_failures: 0,
    may_have_applied: start.mayHaveApplied ? 1 : 0,
    business_key: request.businessKey ?? null,
    generation: start.generation,
    idempotency_key: start.idempotencyKey,
    key_valid_until: start.keyValidUntil,
    ran_until: start.ranUntil,
    resolution: null,
    adopted_by: null,
    same_as_call: null,
    outcome: null,
    last_error: null,
    evidence: null,
    requests: null,
    started_at: now,
    updated_at: now,
    settled_at: null,
  };
}

const insertOrMove = compiledOnce<CallsTable, Pick<CallRow, 'body_failures'>>((db, values) => {
  const row = Object.fromEntries(CALL_COLUMNS.map((column) => [column, values[column]])) as unknown as CallsTable;
  const {
    body_failures: _failures,
    last_error: _error,
    resolution: _resolution,
    evidence: _evidence,
    started_at: _started,
    requests: _requests,
    ...moved
  } = row;
  return db
    .insertInto('holdfast_calls')
    .values(row)
    .onConflict((conflict) => conflict.column('call_key').doUpdateSet(moved))
    .returning('body_failures');
});

/** Inserts the row, or moves an earlier claim's row on to this one; what was counted and found out before stays. */
export async function upsertCall(trx: LedgerTransaction, row: CallsTable): Promise<{ bodyFailures: number }> {
  const [written] = (await insertOrMove(trx, row)).rows;
  if (!written) throw new Error(`the row of ${row.call_key} was neither inserted nor changed`);
  return { bodyFailures: written.body_failures };
}

/** Commits to run: the call's row, the effect's row, and the fence of the call it takes over. */
export async function writeStart(
  trx: LedgerTransaction,
  prepared: PreparedClaim,
  now: number,
  fence: number,
  start: GrantedStart,
): Promise<{ bodyFailures: number }> {
  const { request } = prepared;
  const written = await upsertCall(trx, claimedRow(prepared, now, fence, start));
  if (start.adopts !== null) {
    await trx
      .updateTable('holdfast_calls')
      .set({
        fence: sql`fence + 1`,
        lease_until: null,
        may_have_applied: start.mayHaveApplied ? 1 : 0,
        ran_until: start.ranUntil,
        adopted_by: request.callKey,
        updated_at: now,
      })
      .where((where) => where.or([where('call_key', '=', start.adopts), where('adopted_by', '=', start.adopts)]))
      .where('call_key', '!=', request.callKey)
      .where('state', '=', 'started')
      .execute();
  }
  await ownEffect(trx, prepared, now, start, 'started');
  return written;
}

const insertEffect = compiledOnce<EffectsTable>((db, values) =>
  db
    .insertInto('holdfast_effects')
    .values(Object.fromEntries(EFFECT_COLUMNS.map((column) => [column, values[column]])) as unknown as EffectsTable),
);

/** Makes the call the owner of its business key's effect, in a new generation where it opens one. */
export async function ownEffect(
  trx: LedgerTransaction,
  { request, sameAs, sameAsHash: hash }: PreparedClaim,
  now: number,
  start: GrantedStart,
  state: EffectState,
): Promise<void> {
  const { tenant, tool, businessKey } = request;
  if (businessKey === undefined || start.generation === null) return;
  if (!start.opensGeneration) {
    await trx
      .updateTable('holdfast_effects')
      .set({ call_key: request.callKey, state, updated_at: now })
      .where('tenant', '=', tenant)
      .where('tool', '=', tool)
      .where('business_key', '=', businessKey)
      .where('generation', '=', start.generation)
      .execute();
    return;
  }
  await insertEffect(trx, {
    tenant,
    tool,
    business_key: businessKey,
    generation: start.generation,
    state,
    call_key: request.callKey,
    idempotency_key: start.idempotencyKey,
    same_as_hash: hash ?? '',
    same_as: sameAs ?? '',
    key_valid_until: start.keyValidUntil,
    reversed_by: null,
    started_at: now,
    updated_at: now,
  });
}
