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

export function resolutionOf({ decision, actId, by, reason }: CallResolution, at: number): RecordedResolution {
  return {
    as: decision.as,
    actId,
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
  if (before && (before.actId === request.actId || stillHolds(before.as, call.state))) {
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

/** All of them have the outcome. Whoever ran one and comes back is fenced: what it knows is kept as evidence. */
async function applied(
  trx: LedgerTransaction,
  now: number,
  { outcome, resolution }: PreparedResolution,
  call: CallRow,
  others: readonly CallRow[],
): Promise<void> {
  for (const { call_key: key } of [call, ...others]) {
    await trx
      .updateTable('holdfast_calls')
      .set({
        state: 'succeeded',
        outcome,
        resolution,
        fence: sql<number>`fence + 1`,
        lease_until: null,
        settled_at: now,
        updated_at: now,
      })
      .where('call_key', '=', key)
      .execute();
  }
  // Owned by this call from now on: who owned it may have been given up, and repeats are answered with the owner's outcome.
  await endEffect(trx, now, call, 'succeeded', ['unresolved', 'started']);
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
  await endEffect(trx, now, call, 'failed', ['unresolved']);
}

async function endEffect(
  trx: LedgerTransaction,
  now: number,
  call: CallRow,
  state: 'succeeded' | 'failed',
  from: readonly ('unresolved' | 'started')[],
): Promise<void> {
  if (call.business_key === null || call.generation === null) return;
  await trx
    .updateTable('holdfast_effects')
    .set({ state, updated_at: now, ...(state === 'succeeded' ? { call_key: call.call_key } : {}) })
    .where('tenant', '=', call.tenant)
    .where('tool', '=', call.tool ?? '')
    .where('business_key', '=', call.business_key)
    .where('generation', '=', call.generation)
    .where('state', 'in', from)
    .execute();
}
