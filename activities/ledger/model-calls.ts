/** Rows of model calls: the answer is recorded before it is reported, so that a retried attempt does not pay twice. */
import { sql } from 'kysely';
import type { Json } from '../../workflows/contracts/json';
import { branchesOf, namespaceOf, unbranched } from './call-identity';
import type { LedgerTransaction } from './claims';
import { compiledOnce } from './compiled-once';
import type { BeginModelCall, CutOffAttempt } from './model-port';
import type { CallRow } from './tables';

export type BegunModelCall =
  | {
      readonly kind: 'recorded';
      readonly content: string;
      readonly attempt: number;
      readonly cutOff: readonly CutOffAttempt[];
    }
  | { readonly kind: 'run'; readonly cutOff: readonly CutOffAttempt[] }
  | { readonly kind: 'listed'; readonly cutOff: readonly CutOffAttempt[] }
  | { readonly kind: 'closed' };

/** What the column `requests` lists: requests that were made, and the workflow runs in which none may be made any more. */
type Entry = { readonly attempt: number; readonly estimate: Json; readonly run?: string } | { readonly closed: string };

type Request = Exclude<Entry, { readonly closed: string }>;

const readRow = compiledOnce<Pick<CallRow, 'call_key'>, Pick<CallRow, 'state' | 'outcome' | 'attempt' | 'requests'>>(
  (db, { call_key }) =>
    db
      .selectFrom('holdfast_calls')
      .select(['state', 'outcome', 'attempt', 'requests'])
      .where('call_key', '=', call_key),
);

type Begun = Pick<CallRow, 'call_key' | 'namespace' | 'attempt' | 'owner'> & {
  readonly requests: string;
  readonly now: number;
};

const insertOrBeginAgain = compiledOnce<Begun>((db, { call_key, namespace, attempt, owner, requests, now }) =>
  db
    .insertInto('holdfast_calls')
    .values({ ...newRow(call_key, namespace, now), state: 'started', attempt, owner, requests })
    .onConflict((conflict) =>
      conflict.column('call_key').doUpdateSet((set) => ({
        // Closed for another run: a session that was reset asks again.
        state: 'started' as const,
        settled_at: null,
        attempt,
        owner,
        requests,
        updated_at: now,
        fence: set('holdfast_calls.fence', '+', 1),
      })),
    ),
);

const recordAnswer = compiledOnce<
  Pick<CallRow, 'call_key' | 'attempt'> & { readonly content: string; readonly now: number }
>((db, { call_key, attempt, content, now }) =>
  db
    .updateTable('holdfast_calls')
    .set({ state: 'succeeded', outcome: content, attempt, settled_at: now, updated_at: now })
    .where('call_key', '=', call_key)
    .where('kind', '=', 'model')
    // Also where it was closed meanwhile: it is paid for, and a session that is reset to before the call need not pay again.
    .where('state', 'in', ['started', 'failed']),
);

export async function beginModelCall(
  trx: LedgerTransaction,
  now: number,
  call: BeginModelCall,
): Promise<BegunModelCall> {
  const { run } = call;
  const main = unbranched(call.callKey);
  if (main !== call.callKey && isClosed(entriesOf(await rowOf(trx, main)), run)) return { kind: 'closed' };
  const row = await rowOf(trx, call.callKey);
  const entries = entriesOf(row);
  if (isClosed(entries, run)) return { kind: 'closed' };
  if (row?.state === 'succeeded' && row.outcome !== null)
    return {
      kind: 'recorded',
      content: row.outcome,
      attempt: row.attempt,
      cutOff: unanswered(entries, row.attempt).map(withoutRun),
    };
  // A later attempt has asked: nobody waits for this one any more.
  if (run !== undefined && requestsIn(entries).some((entry) => entry.run === run && entry.attempt > call.attempt))
    return { kind: 'closed' };
  const cutOff = requestsIn(entries).map(withoutRun);
  if (call.after !== undefined && call.after !== cutOff.length) return { kind: 'listed', cutOff };
  const { attempt, estimate, owner } = call;
  const requests = JSON.stringify([...entries, { attempt, estimate, ...(run === undefined ? {} : { run }) }]);
  const { callKey } = call;
  const namespace = namespaceOf(callKey);
  await insertOrBeginAgain(trx, { call_key: callKey, namespace, attempt, owner, requests, now });
  return { kind: 'run', cutOff };
}

function newRow(call_key: string, namespace: string, now: number) {
  return {
    call_key,
    namespace,
    kind: 'model',
    tenant: '',
    fence: 1,
    started_at: now,
    updated_at: now,
    body_failures: 0,
    may_have_applied: 0,
  } as const;
}

/** @returns the content that stays: the first one recorded. */
export async function recordModelCall(
  trx: LedgerTransaction,
  now: number,
  call: { callKey: string; attempt: number },
  content: string,
): Promise<string> {
  const written = await recordAnswer(trx, { call_key: call.callKey, attempt: call.attempt, content, now });
  if ((written.numAffectedRows ?? 0n) > 0n) return content;
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
    // Also where another attempt's answer was recorded meanwhile: of that one this request would be listed as lost.
    .where('state', 'in', ['started', 'succeeded'])
    .executeTakeFirst();
  if (!row) return;
  const requests = [...entriesOf(row)];
  const index = requests.findLastIndex((request) => 'attempt' in request && request.attempt === call.attempt);
  if (index < 0) return;
  requests.splice(index, 1);
  await trx
    .updateTable('holdfast_calls')
    .set({ requests: JSON.stringify(requests), updated_at: now })
    .where('call_key', '=', call.callKey)
    .execute();
}

/** What a call that was closed had cost until then. */
export interface ClosedModelCall {
  readonly cutOff: readonly CutOffAttempt[];
  /** Content of the answer, where one was recorded. */
  readonly answer?: string;
}

/** Closes a call for one run: its own row, and those of its branches in which that run asked. */
export async function closeModelCall(
  trx: LedgerTransaction,
  now: number,
  { callKey, run, owner }: { callKey: string; run: string; owner: string },
): Promise<ClosedModelCall> {
  const branches = branchesOf(callKey);
  const rows = await trx
    .selectFrom('holdfast_calls')
    .select(['call_key', 'state', 'outcome', 'attempt', 'requests'])
    .where('namespace', '=', namespaceOf(callKey))
    .where('kind', '=', 'model')
    .where((where) =>
      where.or([
        where('call_key', '=', callKey),
        where(sql`substr(call_key, 1, ${[...branches].length})`, '=', branches),
      ]),
    )
    .execute();
  const cutOff: Request[] = [];
  let answer: string | undefined;
  for (const row of rows) {
    const entries = entriesOf(row);
    const requests = requestsIn(entries);
    const asked = requests.some((request) => request.run === run);
    const answered = row.state === 'succeeded';
    if (answered && asked) {
      answer = row.outcome ?? undefined;
      cutOff.push(...unanswered(entries, row.attempt));
    } else if (!answered && (asked || row.call_key === callKey)) cutOff.push(...requests);
    if ((!asked && row.call_key !== callKey) || isClosed(entries, run)) continue;
    await trx
      .updateTable('holdfast_calls')
      .set({
        requests: JSON.stringify([...entries, { closed: run }]),
        updated_at: now,
        ...(answered ? {} : { state: 'failed' as const, settled_at: now }),
      })
      .where('call_key', '=', row.call_key)
      .execute();
  }
  if (!rows.some((row) => row.call_key === callKey)) {
    const requests = JSON.stringify([{ closed: run }]);
    const closed = { state: 'failed', attempt: 0, owner, requests, settled_at: now } as const;
    await trx
      .insertInto('holdfast_calls')
      .values({ ...newRow(callKey, namespaceOf(callKey), now), ...closed })
      .execute();
  }
  return { cutOff: cutOff.map(withoutRun), ...(answer === undefined ? {} : { answer }) };
}

async function rowOf(trx: LedgerTransaction, callKey: string) {
  return (await readRow(trx, { call_key: callKey })).rows[0];
}

function entriesOf(row: { readonly requests: string | null } | undefined): readonly Entry[] {
  return row?.requests == null ? [] : (JSON.parse(row.requests) as Entry[]);
}

function isClosed(entries: readonly Entry[], run: string | undefined): boolean {
  return run !== undefined && entries.some((entry) => 'closed' in entry && entry.closed === run);
}

function requestsIn(entries: readonly Entry[]): readonly Request[] {
  return entries.filter((entry): entry is Request => !('closed' in entry));
}

/** All requests but the one that was answered: the last of its attempt's number, since a session that was reset begins to count anew. */
function unanswered(entries: readonly Entry[], answered: number): readonly Request[] {
  const requests = requestsIn(entries);
  const at = requests.findLastIndex(({ attempt }) => attempt === answered);
  return requests.filter((_, index) => index !== at);
}

function withoutRun({ attempt, estimate }: Request): CutOffAttempt {
  return { attempt, estimate };
}
