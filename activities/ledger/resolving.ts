/**
 * What a person says of an unresolved call, written in one transaction. The call may share its effect with others: calls that were
 * answered with the same unknown outcome, and calls it took the effect over from. What is said is said of the effect, with one
 * exception: a call that somebody gave up on has been answered, so its outcome stands for good.
 */
import { sql } from 'kysely';
import type { Resolution } from '../../workflows/contracts/tool';
import { callRow, type LedgerTransaction } from './claims';
import { CallMismatch, type CallResolution, type LedgerCall } from './port';
import { release } from './settling';
import type { CallRow } from './tables';

/** What the column `resolution` holds. */
export type RecordedResolution = NonNullable<LedgerCall['resolution']>;

export function resolutionOf({ callKey, decision, actId, by, reason }: CallResolution, at: number): RecordedResolution {
  return {
    as: decision.as,
    actId,
    callKey,
    ...(by === undefined ? {} : { by }),
    ...(reason === undefined ? {} : { reason }),
    at,
  };
}

/** A resolution with its contents encoded: codecs may be slow, so they never run inside a transaction. */
export interface PreparedResolution {
  readonly request: CallResolution;
  /** A `RecordedResolution`. */
  readonly resolution: string;
  /** Null with `absent`. */
  readonly outcome: string | null;
}

export type Resolved =
  | { readonly kind: 'resolved' }
  | { readonly kind: 'resolved_before'; readonly call: CallRow; readonly by: RecordedResolution }
  | { readonly kind: 'not_unresolved'; readonly call?: CallRow; readonly state: 'none' | LedgerCall['state'] }
  /** Nothing was written: these earlier resolutions have to be decoded first. */
  | { readonly kind: 'undecoded'; readonly contents: readonly string[] };

/**
 * @param decoded earlier resolutions, by their content.
 * @throws CallMismatch
 */
export async function resolve(
  trx: LedgerTransaction,
  now: number,
  prepared: PreparedResolution,
  decoded: ReadonlyMap<string, RecordedResolution>,
): Promise<Resolved> {
  const { request } = prepared;
  const call = await callRow(trx, now, request.callKey);
  if (!call) return { kind: 'not_unresolved', state: 'none' };
  if (call.kind !== 'tool' || call.tool !== request.tool) {
    throw new CallMismatch(`the key ${request.callKey} belongs to another call, not to one of ${request.tool}`);
  }
  const shared = await sharedWith(trx, now, call);
  const contents = [call, ...shared].flatMap((row) => row.resolution ?? []).filter((content) => !decoded.has(content));
  if (contents.length > 0) return { kind: 'undecoded', contents };
  const said = (row: CallRow) => (row.resolution === null ? undefined : decoded.get(row.resolution));

  const before = said(call);
  if (before && (isRepeat(before, request) || stillHolds(before.as, call.state))) {
    return { kind: 'resolved_before', call, by: before };
  }
  if (call.state !== 'unresolved') return { kind: 'not_unresolved', call, state: call.state };
  const open = shared.filter((row) => row.state === 'unresolved' && said(row)?.as !== 'give_up');
  const running = shared.filter((row) => row.state === 'started');
  switch (request.decision.as) {
    case 'applied':
      // Whoever runs it now finds out by itself; afterwards a person may say what became of this call.
      if (running.some((row) => row.lease_until !== null && row.lease_until > now)) {
        return { kind: 'not_unresolved', call, state: 'started' };
      }
      await applied(trx, now, prepared, call, [...open, ...running]);
      await release(trx, now, call.call_key, request.decision.releases);
      return { kind: 'resolved' };
    case 'absent':
      await absent(trx, now, prepared, call, open);
      return { kind: 'resolved' };
    case 'give_up':
      await trx
        .updateTable('holdfast_calls')
        .set({ outcome: prepared.outcome, resolution: prepared.resolution, updated_at: now })
        .where('call_key', '=', call.call_key)
        .execute();
      return { kind: 'resolved' };
  }
}

/** Ids of acts are a session's own: another one may have said something else under the same id, of a call that shares the effect. */
function isRepeat({ actId, callKey }: RecordedResolution, request: CallResolution): boolean {
  return actId === request.actId && (callKey ?? request.callKey) === request.callKey;
}

/** Whether what was said is what holds now. A call that was run again after `absent` may be unresolved again, or have ended by itself. */
function stillHolds(as: Resolution, state: CallRow['state']): boolean {
  return as === 'absent' ? state === 'started' : true;
}

/** Other calls of the same effect that wait for its end, their leases by the clock of now. */
async function sharedWith(trx: LedgerTransaction, now: number, call: CallRow): Promise<readonly CallRow[]> {
  if (call.business_key === null || call.generation === null) return [];
  const others = await trx
    .selectFrom('holdfast_calls')
    .select('call_key')
    .where('business_key', '=', call.business_key)
    .where('generation', '=', call.generation)
    .where('tenant', '=', call.tenant)
    .where('tool', '=', call.tool)
    .where('call_key', '!=', call.call_key)
    .where('state', 'in', ['started', 'unresolved'])
    .orderBy('call_key')
    .execute();
  const rows: CallRow[] = [];
  for (const { call_key: key } of others) {
    const row = await callRow(trx, now, key);
    if (row) rows.push(row);
  }
  return rows;
}

/**
 * All of them have the outcome, as that of one of them, which owns the effect and can be undone. Whoever ran one and comes back is fenced:
 * what it knows is kept as evidence.
 */
async function applied(
  trx: LedgerTransaction,
  now: number,
  { outcome, resolution }: PreparedResolution,
  call: CallRow,
  others: readonly CallRow[],
): Promise<void> {
  const calls = [call, ...others];
  const owned = await ownerOf(trx, call);
  // The owner may have been given up, and then its outcome is not this one.
  const owner = calls.some((row) => row.call_key === owned) ? owned : call.call_key;
  for (const { call_key: key } of calls) {
    await trx
      .updateTable('holdfast_calls')
      .set({
        state: 'succeeded',
        outcome,
        resolution,
        same_as_call: key === owner ? null : owner,
        fence: sql<number>`fence + 1`,
        lease_until: null,
        settled_at: now,
        updated_at: now,
      })
      .where('call_key', '=', key)
      .execute();
  }
  // Repeats are answered with the owner's outcome.
  await endEffect(trx, now, call, { state: 'succeeded', call_key: owner }, ['unresolved', 'started']);
}

async function ownerOf(trx: LedgerTransaction, call: CallRow): Promise<string> {
  if (call.business_key === null || call.generation === null) return call.call_key;
  const effect = await trx
    .selectFrom('holdfast_effects')
    .select('call_key')
    .where('tenant', '=', call.tenant)
    .where('tool', '=', call.tool ?? '')
    .where('business_key', '=', call.business_key)
    .where('generation', '=', call.generation)
    .executeTakeFirst();
  return effect?.call_key ?? call.call_key;
}

/** They can be claimed as if they had never run, and the key is free. Under the same idempotency key: a late arrival is then still recognised. */
async function absent(
  trx: LedgerTransaction,
  now: number,
  { resolution }: PreparedResolution,
  call: CallRow,
  others: readonly CallRow[],
): Promise<void> {
  for (const { call_key: key } of [call, ...others]) {
    await trx
      .updateTable('holdfast_calls')
      .set({
        state: 'started',
        outcome: null,
        resolution,
        fence: sql<number>`fence + 1`,
        lease_until: null,
        may_have_applied: 0,
        ran_until: null,
        key_valid_until: null,
        body_failures: 0,
        adopted_by: null,
        same_as_call: null,
        settled_at: null,
        updated_at: now,
      })
      .where('call_key', '=', key)
      .execute();
  }
  // An effect that another call has since taken over, ended or undone is not this call's to free.
  await endEffect(trx, now, call, { state: 'failed' }, ['unresolved']);
}

async function endEffect(
  trx: LedgerTransaction,
  now: number,
  call: CallRow,
  end: { readonly state: 'failed' } | { readonly state: 'succeeded'; readonly call_key: string },
  from: readonly ('unresolved' | 'started')[],
): Promise<void> {
  if (call.business_key === null || call.generation === null) return;
  await trx
    .updateTable('holdfast_effects')
    .set({ ...end, updated_at: now })
    .where('tenant', '=', call.tenant)
    .where('tool', '=', call.tool ?? '')
    .where('business_key', '=', call.business_key)
    .where('generation', '=', call.generation)
    .where('state', 'in', from)
    .execute();
}
