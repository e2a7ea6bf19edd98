/** The first claim of a call, its outcome and its renewals are one statement each: they write what the longer way would, and meet it well. */
import { setTimeout as sleep } from 'node:timers/promises';
import { decideClaim } from '../../../activities/ledger/claim-decision';
import { claimedRow } from '../../../activities/ledger/claims';
import type { Ledger } from '../../../activities/ledger/port';
import type { CallRow } from '../../../activities/ledger/tables';
import type { CancelledOutcome, ToolOutcome, UnknownOutcome } from '../../../workflows/contracts/tool';
import { fromOutside } from './outside';
import { claimOf, granted, temporaryLedger, temporaryLedgerUrl } from './temporary-ledger';

const DONE: ToolOutcome = { kind: 'succeeded', result: { id: 'a-1' } };
const STOPPED: CancelledOutcome = { kind: 'cancelled', message: 'stopped' };
const CUT_OFF: UnknownOutcome = { kind: 'unknown', message: 'stopped while it ran' };
const KEY = { businessKey: 'p7:tue-9', sameAs: '{}' };

async function rowOf(url: string, call: string): Promise<CallRow> {
  const [row] = await fromOutside<CallRow>(url, `select * from holdfast_calls where call_key = 'session-1/${call}'`);
  if (!row) throw new Error(`${call} has no row`);
  return row;
}

it('the row of a first claim is the one that is decided where nothing is there', async () => {
  const url = await temporaryLedgerUrl();
  const ledger = await temporaryLedger({ url });
  const request = claimOf('c1', { effect: 'reconcilable', settleWithinMs: 7, attempt: 3 });
  const claim = granted(await ledger.claimToolCall(request));
  const row = await rowOf(url, 'c1');
  const decision = decideClaim({ now: row.started_at, request, sameAsHash: null });
  if (decision.kind !== 'run') throw new Error(`decided ${decision.kind}`);
  const prepared = { request, args: JSON.stringify(request.args), sameAs: null, sameAsHash: null };
  expect({ ...row }).toEqual(claimedRow(prepared, row.started_at, 1, decision.start));
  expect(claim).toEqual({
    kind: 'run',
    fence: 1,
    idempotencyKey: decision.start.idempotencyKey,
    generation: undefined,
    bodyFailures: 0,
    mayHaveApplied: decision.start.mayHaveApplied,
    absentCountsInMs: 0,
  });
  expect(Math.abs(row.started_at - (await ledger.now()))).toBeLessThan(10_000);
});

it('an outcome leaves the row of a call without a business key as it leaves that of one with it', async () => {
  const url = await temporaryLedgerUrl();
  const ledger = await temporaryLedger({ url });
  for (const [call, key] of [['alone', {}] as const, ['keyed', KEY] as const]) {
    const { fence } = granted(await ledger.claimToolCall(claimOf(call, key)));
    await ledger.settleToolCall({ callKey: `session-1/${call}`, fence, outcome: DONE });
  }
  const ofItsOwn = { call_key: '', idempotency_key: '', business_key: '', generation: 0 };
  const times = { started_at: 0, updated_at: 0, settled_at: 0, key_valid_until: 0 };
  const [alone, keyed] = [await rowOf(url, 'alone'), await rowOf(url, 'keyed')];
  expect({ ...alone, ...ofItsOwn, ...times }).toEqual({ ...keyed, ...ofItsOwn, ...times });
  expect(alone.settled_at).toBe(alone.updated_at);
  expect(alone.settled_at).toBeGreaterThanOrEqual(alone.started_at);
});

it('a call with a business key that another process claimed is settled together with its effect', async () => {
  const url = await temporaryLedgerUrl();
  const [one, other] = [await temporaryLedger({ url }), await temporaryLedger({ url })];
  const { fence } = granted(await one.claimToolCall(claimOf('c1', KEY)));
  expect(await other.settleToolCall({ callKey: 'session-1/c1', fence, outcome: DONE })).toBe('settled');
  expect(await fromOutside(url, 'select state from holdfast_effects')).toEqual([{ state: 'succeeded' }]);
});

it('a renewal counts from now, and only for the holder', async () => {
  const url = await temporaryLedgerUrl();
  const ledger = await temporaryLedger({ url });
  const { fence } = granted(await ledger.claimToolCall(claimOf('c1', { leaseMs: 50 })));
  await sleep(5);
  expect(await ledger.renewLease('session-1/c1', fence, 30_000)).toBe(true);
  const { started_at: startedAt, updated_at: updatedAt, lease_until: leaseUntil } = await rowOf(url, 'c1');
  expect(updatedAt).toBeGreaterThan(startedAt);
  expect(leaseUntil).toBe(updatedAt + 30_000);
  expect(await ledger.renewLease('session-1/c1', fence + 1, 30_000)).toBe(false);
  expect(await ledger.renewLease('session-1/none', fence, 30_000)).toBe(false);
});

it('a call that is claimed and refused at the same moment is one of the two', async () => {
  const url = await temporaryLedgerUrl();
  const ledgers = [await temporaryLedger({ url }), await temporaryLedger({ url })] as [Ledger, Ledger];
  const seen = new Set<string>();
  for (let round = 0; round < 60; round += 1) {
    const request = claimOf(`c${round}`);
    const [claim, refused] = await Promise.all([
      ledgers[round % 2 === 0 ? 0 : 1].claimToolCall(request),
      ledgers[round % 2 === 0 ? 1 : 0].refuseToolCall({ ...request, outcome: STOPPED, ifCutOff: CUT_OFF }),
    ]);
    const { state } = await rowOf(url, `c${round}`);
    seen.add(`${claim.kind}, ${refused.kind}, ${state}`);
  }
  const possible = ['run, held, started', 'replayed, refused, failed'];
  expect([...seen].filter((what) => !possible.includes(what))).toEqual([]);
});

it('an outcome that comes when the lease is over is the answer of the next attempt, or comes too late', async () => {
  const url = await temporaryLedgerUrl();
  const ledgers = [await temporaryLedger({ url }), await temporaryLedger({ url })] as [Ledger, Ledger];
  const seen = new Set<string>();
  for (let round = 0; round < 60; round += 1) {
    const request = claimOf(`c${round}`, { leaseMs: 1 });
    const { fence } = granted(await ledgers[0].claimToolCall(request));
    const end = await ledgers[0].now();
    while ((await ledgers[0].now()) <= end + 1) await sleep(1);
    const settling = () => ledgers[0].settleToolCall({ callKey: request.callKey, fence, outcome: DONE });
    const claiming = () => ledgers[1].claimToolCall({ ...request, leaseMs: 60_000 });
    const ahead = round % 2 === 0 ? claiming() : undefined;
    const settled = settling();
    const claim = ahead ?? claiming();
    seen.add(`${await settled}, ${(await claim).kind}`);
  }
  expect([...seen].filter((what) => !['settled, replayed', 'fenced, run'].includes(what))).toEqual([]);
});

it('of many claims of a call at once one is granted', async () => {
  const url = await temporaryLedgerUrl();
  const ledgers = [await temporaryLedger({ url }), await temporaryLedger({ url })] as [Ledger, Ledger];
  const claims = await Promise.all(
    Array.from({ length: 40 }, (_, number) => ledgers[number % 2 === 0 ? 0 : 1].claimToolCall(claimOf('c1'))),
  );
  expect(claims.map((claim) => claim.kind).sort()).toEqual([...Array.from({ length: 39 }, () => 'held'), 'run']);
});
