/**
 * Closes a call that is not to be run any more. A call without a row gets one that is settled: an attempt that was paused before it claimed
 * (a stopped process, a slow machine) would otherwise run it after its caller was told that it never ran.
 */
import { mismatch } from './claim-decision';
import { callRow, claimedRow, upsertCall, type LedgerTransaction } from './claims';
import { inDoubt } from './doubt';
import { CallMismatch, type RefusalRequest } from './port';
import { endOf, settle, stateOf } from './settling';
import type { CallRow } from './tables';

/** A refusal with its contents encoded. */
export interface PreparedRefusal {
  readonly request: RefusalRequest;
  readonly args: string;
  readonly outcome: string;
  readonly ifCutOff: string;
}

export type Refused =
  | { readonly kind: 'refused' }
  | { readonly kind: 'cut_off'; readonly generation: number | null }
  | { readonly kind: 'settled'; readonly call: CallRow }
  | { readonly kind: 'held'; readonly retryInMs: number };

/** @throws CallMismatch */
export async function refuse(trx: LedgerTransaction, now: number, refusal: PreparedRefusal): Promise<Refused> {
  const { request } = refusal;
  const { callKey } = request;
  const call = await callRow(trx, now, callKey);
  if (!call) {
    await insertRefused(trx, now, refusal);
    return { kind: 'refused' };
  }
  const problem = mismatch(call, request);
  if (problem) throw new CallMismatch(`${problem}; nothing was run`);
  if (call.state !== 'started') return { kind: 'settled', call };
  const adopter = call.adopted_by === null ? undefined : await callRow(trx, now, call.adopted_by);
  // A call whose effect was taken over is being run by the one that took it, and gets that one's outcome.
  const lease = Math.max(call.lease_until ?? 0, adopter?.lease_until ?? 0);
  if (lease > now) return { kind: 'held', retryInMs: lease - now };
  const cutOff = inDoubt(call) || (adopter !== undefined && inDoubt(adopter));
  const fence = call.fence + 1;
  // Whoever ran it and comes back is fenced: what it knows is kept as evidence.
  await trx.updateTable('holdfast_calls').set({ fence }).where('call_key', '=', callKey).execute();
  const end = cutOff
    ? { ...endOf(request.ifCutOff), outcome: refusal.ifCutOff }
    : { ...endOf(request.outcome), outcome: refusal.outcome };
  await settle(trx, now, { callKey, fence, ...end });
  return cutOff ? { kind: 'cut_off', generation: call.generation } : { kind: 'refused' };
}

async function insertRefused(trx: LedgerTransaction, now: number, refusal: PreparedRefusal): Promise<void> {
  const { request, args, outcome } = refusal;
  const claim = { ...request, leaseMs: 0, keyValidForMs: 0 };
  const row = claimedRow({ request: claim, args, sameAs: null, sameAsHash: null }, now, 1, {
    effect: request.effect,
    generation: null,
    idempotencyKey: request.callKey,
    keyValidUntil: now,
    mayHaveApplied: false,
    ranUntil: null,
    adopts: null,
    opensGeneration: false,
  });
  await upsertCall(trx, { ...row, state: stateOf(request.outcome), outcome, lease_until: null, settled_at: now });
}
