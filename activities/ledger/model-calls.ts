/** Rows of model calls: the answer is recorded before it is reported, so that a retried attempt does not pay twice. */
import type { Json } from '../../workflows/contracts/json';
import { namespaceOf } from './call-identity';
import type { LedgerTransaction } from './claims';
import type { CutOffAttempt } from './port';

export type BegunModelCall =
  | { readonly kind: 'recorded'; readonly content: string; readonly attempt: number }
  | { readonly kind: 'run'; readonly cutOff: readonly CutOffAttempt[] };

export async function beginModelCall(
  trx: LedgerTransaction,
  now: number,
  call: { callKey: string; attempt: number; owner: string; estimate: Json },
): Promise<BegunModelCall> {
  const row = await trx
    .selectFrom('holdfast_calls')
    .select(['kind', 'state', 'outcome', 'attempt', 'requests'])
    .where('call_key', '=', call.callKey)
    .executeTakeFirst();
  if (row?.state === 'succeeded' && row.outcome !== null)
    return { kind: 'recorded', content: row.outcome, attempt: row.attempt };
  const cutOff = requestsOf(row?.requests);
  const requests = JSON.stringify([...cutOff, { attempt: call.attempt, estimate: call.estimate }]);
  await trx
    .insertInto('holdfast_calls')
    .values({
      call_key: call.callKey,
      namespace: namespaceOf(call.callKey),
      kind: 'model',
      state: 'started',
      tenant: '',
      attempt: call.attempt,
      fence: 1,
      owner: call.owner,
      requests,
      started_at: now,
      updated_at: now,
      body_failures: 0,
      may_have_applied: 0,
    })
    .onConflict((conflict) =>
      conflict.column('call_key').doUpdateSet((set) => ({
        attempt: call.attempt,
        owner: call.owner,
        requests,
        updated_at: now,
        fence: set('holdfast_calls.fence', '+', 1),
      })),
    )
    .execute();
  return { kind: 'run', cutOff };
}

/** @returns the content that stays: the first one recorded. */
export async function recordModelCall(
  trx: LedgerTransaction,
  now: number,
  call: { callKey: string; attempt: number },
  content: string,
): Promise<string> {
  const written = await trx
    .updateTable('holdfast_calls')
    .set({ state: 'succeeded', outcome: content, attempt: call.attempt, settled_at: now, updated_at: now })
    .where('call_key', '=', call.callKey)
    .where('kind', '=', 'model')
    .where('state', '=', 'started')
    .executeTakeFirst();
  if (written.numUpdatedRows > 0n) return content;
  const row = await trx
    .selectFrom('holdfast_calls')
    .select('outcome')
    .where('call_key', '=', call.callKey)
    .executeTakeFirst();
  if (row?.outcome == null)
    throw new Error(`the model call ${call.callKey} was never begun; beginModelCall comes first`);
  return row.outcome;
}

/** Takes the latest request of an attempt off the list of those that may have cost something. */
export async function dropModelCall(
  trx: LedgerTransaction,
  now: number,
  call: { callKey: string; attempt: number },
): Promise<void> {
  const row = await trx
    .selectFrom('holdfast_calls')
    .select('requests')
    .where('call_key', '=', call.callKey)
    .where('state', '=', 'started')
    .executeTakeFirst();
  if (!row) return;
  const requests = [...requestsOf(row.requests)];
  const index = requests.findLastIndex((request) => request.attempt === call.attempt);
  if (index < 0) return;
  requests.splice(index, 1);
  await trx
    .updateTable('holdfast_calls')
    .set({ requests: JSON.stringify(requests), updated_at: now })
    .where('call_key', '=', call.callKey)
    .execute();
}

function requestsOf(text: string | null | undefined): readonly CutOffAttempt[] {
  return text == null ? [] : (JSON.parse(text) as CutOffAttempt[]);
}
