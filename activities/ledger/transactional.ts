/**
 * Transactional calls: the claim, the tool's own writes and the outcome are one transaction. There is no `started` row and no
 * lease; what is committed happened, and what is not did not.
 */
import type { Transaction } from 'kysely';
import type { ToolOutcome } from '../../workflows/contracts/tool';
import type { ClaimDecision, GrantedStart } from './claim-decision';
import { claimedRow, decide, ownEffect, upsertCall, type LedgerTransaction, type PreparedClaim } from './claims';
import { LedgerUnavailable, TransactionTimedOut, type GrantedClaim, type Releases } from './port';
import { countFailure, release, stateOf } from './settling';
import { claimScope, type WriteTransaction } from './write-transaction';

export interface TransactionalRun {
  readonly prepared: PreparedClaim;
  readonly timeoutMs: number;
  readonly encode: (outcome: ToolOutcome) => Promise<string>;
  readonly body: (
    tx: Transaction<unknown>,
    claim: GrantedClaim,
  ) => Promise<{ outcome: ToolOutcome; releases?: Releases }>;
}

export type TransactionalResult =
  | { readonly kind: 'settled'; readonly outcome: ToolOutcome; readonly generation?: number }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'decided'; readonly decision: Exclude<ClaimDecision, { kind: 'mismatch' | 'run' }> };

/** Carries an outcome out of a transaction that must not commit. */
class RollBack extends Error {
  constructor(readonly outcome: ToolOutcome) {
    super('rolled back');
  }
}

/** The claim, the body and the record in one transaction. A body that threw has left nothing behind. */
export async function runInTransaction(write: WriteTransaction, run: TransactionalRun): Promise<TransactionalResult> {
  const { prepared } = run;
  let bodyStarted = false;
  try {
    return await write(claimScope(prepared.request), async (trx, now): Promise<TransactionalResult> => {
      const { decision, fence } = await decide(trx, now, prepared);
      if (decision.kind !== 'run') return { kind: 'decided', decision };
      const { start } = decision;
      const claim = await transactionalClaim(trx, prepared, fence, start);
      bodyStarted = true;
      // The codec's time counts too: nobody else can write while it is waited for.
      const { outcome, releases, content } = await within(run.timeoutMs, prepared.request.tool, async () => {
        const end = await run.body(trx as unknown as Transaction<unknown>, claim);
        if (end.outcome.kind !== 'succeeded') throw new RollBack(end.outcome);
        return { ...end, content: await run.encode(end.outcome) };
      });
      const settled = {
        state: stateOf(outcome),
        outcome: content,
        lease_until: null,
        settled_at: now,
      };
      await upsertCall(trx, { ...claimedRow(prepared, now, fence, start), ...settled });
      await ownEffect(trx, prepared, now, start, 'succeeded');
      await release(trx, now, prepared.request.callKey, releases);
      return { kind: 'settled', outcome, generation: start.generation ?? undefined };
    });
  } catch (error) {
    if (error instanceof RollBack) return await recordOutcome(write, run, error.outcome);
    if (!bodyStarted || error instanceof LedgerUnavailable) throw error;
    return { kind: 'failed', error };
  }
}

/** Records an outcome without effect by itself, unless another attempt got there first. */
export async function recordOutcome(
  write: WriteTransaction,
  { prepared, encode }: Pick<TransactionalRun, 'prepared' | 'encode'>,
  outcome: ToolOutcome,
): Promise<TransactionalResult> {
  const content = await encode(outcome);
  return write(claimScope(prepared.request), async (trx, now): Promise<TransactionalResult> => {
    const { decision, fence } = await decide(trx, now, prepared);
    if (decision.kind !== 'run' && decision.kind !== 'unknown') return { kind: 'decided', decision };
    const start = outcome.kind === 'unknown' ? decision.start : withoutNewGeneration(decision.start);
    const state = stateOf(outcome);
    const settled = { state, outcome: content, lease_until: null, settled_at: now };
    await upsertCall(trx, { ...claimedRow(prepared, now, fence, start), ...settled });
    await ownEffect(trx, prepared, now, start, state);
    return { kind: 'settled', outcome, generation: start.generation ?? undefined };
  });
}

/** Counts a failure of the body. The row it makes has no lease: nothing happened, so the next attempt need not wait. */
export async function recordFailure(
  write: WriteTransaction,
  prepared: PreparedClaim,
  message: string,
): Promise<{ failures: number; fence: number } | Exclude<ClaimDecision, { kind: 'mismatch' | 'run' | 'unknown' }>> {
  return write(claimScope(prepared.request), async (trx, now) => {
    const { decision, fence } = await decide(trx, now, prepared);
    if (decision.kind !== 'run' && decision.kind !== 'unknown') return decision;
    const start = withoutNewGeneration(decision.start);
    await upsertCall(trx, { ...claimedRow(prepared, now, fence, start), lease_until: null });
    const failure = { callKey: prepared.request.callKey, fence, message: '', applied: 'no', allowed: 1 } as const;
    const counted = await countFailure(trx, now, failure, message);
    return { failures: counted.kind === 'counted' ? counted.failures : 0, fence };
  });
}

/** Nothing was applied, so no generation of the business key is opened; one that is open already stays this call's. */
function withoutNewGeneration(start: GrantedStart): GrantedStart {
  return start.opensGeneration ? { ...start, generation: null, opensGeneration: false } : start;
}

async function transactionalClaim(
  trx: LedgerTransaction,
  { request }: PreparedClaim,
  fence: number,
  start: GrantedStart,
): Promise<GrantedClaim> {
  const row = await trx
    .selectFrom('holdfast_calls')
    .select('body_failures')
    .where('call_key', '=', request.callKey)
    .executeTakeFirst();
  return {
    kind: 'run',
    fence,
    idempotencyKey: start.idempotencyKey,
    generation: start.generation ?? undefined,
    bodyFailures: row?.body_failures ?? 0,
    // What is in doubt is never granted to a transactional call.
    mayHaveApplied: false,
    absentCountsInMs: 0,
  };
}

async function within<T>(timeoutMs: number, tool: string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new TransactionTimedOut(`${tool} kept its transaction open for ${timeoutMs} ms; it was rolled back`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
