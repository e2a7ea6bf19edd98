/** The ledger on a SQL database: encodes content, opens the transactions, and leaves what they hold to the files beside it. */
import type { Kysely } from 'kysely';
import type { ToolOutcome } from '../../workflows/contracts/tool';
import { callIdOf, unbranched } from './call-identity';
import { decodeResolution, outcomeOf, readCall, readCalls } from './call-rows';
import type { ClaimDecision } from './claim-decision';
import { decide, sameAsHash, writeStart, type PreparedClaim } from './claims';
import { retriedWhenContended } from './contention';
import { absentCountsInMs } from './doubt';
import { freshClaims } from './fresh-claim';
import { beginModelCall, closeModelCall, dropModelCall, recordModelCall } from './model-calls';
import type { OneStatement } from './one-statement';
import {
  LedgerUnavailable,
  ModelCallClosed,
  type ContentCodec,
  type Ledger,
  type ToolCallClaim,
  type ToolCallClaimRequest,
  type TransactionalEnd,
} from './port';
import { prune } from './pruning';
import { RecentCalls } from './recent-calls';
import { refuse } from './refusing';
import { resolutionOf, resolve, type RecordedResolution } from './resolving';
import { closeSegments, findSegment, listSegments, prepareSegment, reopen, writeSegment } from './segments';
import { countFailure, endOf, giveBack, settle } from './settling';
import { renewingAlone, settlingAlone } from './settling-alone';
import type { EffectRow, LedgerTables } from './tables';
import { recordFailure, recordOutcome, runInTransaction } from './transactional';
import { claimScope, writeTransactions, type WriteParts, type WriteScope } from './write-transaction';

export interface SqlLedgerParts extends WriteParts {
  readonly name: string;
  readonly id: string;
  readonly dialect: Ledger['dialect'];
  /** Writes rows of model calls, in turns with `writer`. */
  readonly modelWriter: Kysely<LedgerTables>;
  /** Renews leases, before writers that wait; absent where writers do not take turns. */
  readonly renewer?: Kysely<LedgerTables>;
  /** Reads, also while a transaction of the writer is open. */
  readonly reader: Kysely<LedgerTables>;
  readonly oneStatement: OneStatement;
  readonly codec: ContentCodec;
  readonly close: () => Promise<void>;
}

/** Renewals and the like are one statement each, which the fence guards. */
const STATEMENT: WriteScope = { kind: 'statement' };

/** A branch is written under the lock of the call that it branches off, which is closed together with it. */
function modelCall({ callKey }: { readonly callKey: string }): WriteScope {
  return { kind: 'call', callKey: unbranched(callKey) };
}

type Settled = Exclude<ClaimDecision, { kind: 'mismatch' | 'run' | 'unknown' }>;

export function createSqlLedger(parts: SqlLedgerParts): Ledger {
  const { name, id, dialect, writer, modelWriter, renewer, reader, clock, oneStatement, codec, close } = parts;
  const encodeOutcome = (outcome: ToolOutcome) => codec.encode({ ...outcome });
  let closed = false;
  const open = (db: Kysely<LedgerTables>): Kysely<LedgerTables> => {
    if (closed) throw new LedgerUnavailable(`the ledger ${JSON.stringify(name)} was closed in this process`);
    return db;
  };
  const claimFresh = freshClaims(oneStatement);
  const settleAlone = settlingAlone(oneStatement);
  const renewAlone = renewingAlone(oneStatement);
  /** Claimed here: to settle them takes more than one statement. */
  const withBusinessKey = new RecentCalls<true>();
  const write = writeTransactions(parts, () => open(writer));

  const now = async () => Number((await open(reader).selectNoFrom(clock.as('now')).executeTakeFirstOrThrow()).now);

  async function prepare(request: ToolCallClaimRequest): Promise<PreparedClaim> {
    const sameAs =
      request.businessKey === undefined || request.sameAs === undefined ? null : await codec.encode(request.sameAs);
    return { request, args: await codec.encode(request.args), sameAs, sameAsHash: sameAsHash(request) };
  }

  /** The part of an answer that needs no claim. Runs after the transaction, since it decodes. */
  async function answer(decision: Settled): Promise<Exclude<ToolCallClaim, { kind: 'run' | 'unknown' }>> {
    switch (decision.kind) {
      case 'held':
        return { kind: 'held', retryInMs: Math.max(1, Math.ceil(decision.retryInMs)) };
      case 'replay': {
        const { outcome, same_as_call: sameAsCall, generation } = decision.call;
        return {
          kind: 'replayed',
          outcome: await outcomeOf(codec, outcome ?? 'null', sameAsCall),
          generation: generation ?? undefined,
        };
      }
      case 'deduplicate': {
        const { owner, effect } = decision;
        const outcome = await outcomeOf(codec, owner.outcome ?? 'null', owner.call_key);
        return { kind: 'deduplicated', outcome, byCall: callIdOf(owner.call_key), generation: effect.generation };
      }
      case 'conflict': {
        const { effect } = decision;
        return {
          kind: 'conflict',
          byCall: callIdOf(effect.call_key),
          generation: effect.generation,
          sameAs: await sameAsText(effect),
        };
      }
    }
  }

  async function sameAsText(effect: EffectRow): Promise<string> {
    const value = effect.same_as === '' ? '' : await codec.decode(effect.same_as);
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  return {
    name,
    id,
    dialect,
    close: () => {
      closed = true;
      return close();
    },
    now,

    async beginModelCall(call) {
      const begun = await write(modelCall(call), (trx, now) => beginModelCall(trx, now, call), modelWriter);
      if (begun.kind === 'closed')
        throw new ModelCallClosed(`nobody waits for an answer to the call ${call.callKey} any more; nothing was asked`);
      if (begun.kind !== 'recorded') return begun;
      const { kind, content, attempt, cutOff } = begun;
      return { kind, answer: await codec.decode(content), attempt, cutOff };
    },

    async recordModelCall(call) {
      const content = await codec.encode(call.answer);
      const kept = await write(modelCall(call), (trx, now) => recordModelCall(trx, now, call, content), modelWriter);
      return kept === content ? call.answer : codec.decode(kept);
    },

    dropModelCall: (call) => write(modelCall(call), (trx, now) => dropModelCall(trx, now, call), modelWriter),

    async closeModelCall(call) {
      const closed = await write(modelCall(call), (trx, now) => closeModelCall(trx, now, call), modelWriter);
      const { cutOff, answer } = closed;
      return { cutOff, ...(answer === undefined ? {} : { answer: await codec.decode(answer) }) };
    },

    async claimToolCall(request) {
      const prepared = await prepare(request);
      if (request.businessKey !== undefined) {
        withBusinessKey.remember(request.callKey, true);
      } else {
        const fresh = await retriedWhenContended(() => claimFresh(open(writer), prepared));
        if (fresh) return fresh;
      }
      const claimed = await write(claimScope(request), async (trx, now): Promise<ToolCallClaim | Settled> => {
        const { decision, fence } = await decide(trx, now, prepared);
        if (decision.kind !== 'run' && decision.kind !== 'unknown') return decision;
        const { start } = decision;
        const { bodyFailures } = await writeStart(trx, prepared, now, fence, start);
        const generation = start.generation ?? undefined;
        if (decision.kind === 'unknown') return { kind: 'unknown', message: decision.message, fence, generation };
        const { idempotencyKey, mayHaveApplied } = start;
        const waits = absentCountsInMs(start.ranUntil, now, request);
        return {
          kind: 'run',
          fence,
          idempotencyKey,
          generation,
          bodyFailures,
          mayHaveApplied,
          absentCountsInMs: waits,
        };
      });
      return claimed.kind === 'run' || claimed.kind === 'unknown' ? claimed : answer(claimed as Settled);
    },

    renewLease: (callKey, fence, leaseMs) =>
      retriedWhenContended(() => renewAlone(open(renewer ?? writer), callKey, fence, leaseMs)),

    giveBack: (request) => write(STATEMENT, (trx, now) => giveBack(trx, now, request)),

    async bodyFailed(failure) {
      const message = await codec.encode(failure.message);
      return write(STATEMENT, (trx, now) => countFailure(trx, now, failure, message));
    },

    async settleToolCall({ callKey, fence, outcome, releases }) {
      const settlement = { callKey, fence, ...endOf(outcome), outcome: await encodeOutcome(outcome), releases };
      if (releases === undefined && !withBusinessKey.get(callKey)) {
        if (await retriedWhenContended(() => settleAlone(open(writer), settlement))) return 'settled';
      }
      return write({ kind: 'call_and_effect', callKey }, (trx, now) => settle(trx, now, settlement));
    },

    async refuseToolCall(request) {
      const refusal = {
        request,
        args: await codec.encode(request.args),
        outcome: await encodeOutcome(request.outcome),
        ifCutOff: await encodeOutcome(request.ifCutOff),
      };
      const scope = { kind: 'call_and_effect', callKey: request.callKey } as const;
      const refused = await write(scope, (trx, now) => refuse(trx, now, refusal));
      switch (refused.kind) {
        case 'refused':
          return { kind: 'refused', outcome: request.outcome };
        case 'cut_off':
          return { kind: 'refused', outcome: request.ifCutOff, generation: refused.generation ?? undefined };
        case 'held':
          return { kind: 'held', retryInMs: Math.max(1, Math.ceil(refused.retryInMs)) };
        case 'settled': {
          const { outcome, same_as_call: sameAsCall, generation } = refused.call;
          return {
            kind: 'settled',
            outcome: await outcomeOf(codec, outcome ?? 'null', sameAsCall),
            generation: generation ?? undefined,
          };
        }
      }
    },

    readCall: async (callKey) => readCall(open(reader), codec, clock, callKey),

    async resolveToolCall(request) {
      const { decision } = request;
      const prepared = {
        request,
        resolution: await codec.encode({ ...resolutionOf(request, await now()) }),
        outcome: decision.as === 'absent' ? null : await encodeOutcome(decision.outcome),
      };
      const scope = { kind: 'call_and_effect', callKey: request.callKey } as const;
      const decoded = new Map<string, RecordedResolution>();
      for (;;) {
        const resolved = await write(scope, (trx, now) => resolve(trx, now, prepared, decoded));
        if (resolved.kind === 'resolved') return resolved;
        if (resolved.kind === 'undecoded') {
          for (const content of resolved.contents) decoded.set(content, await decodeResolution(codec, content));
          continue;
        }
        const { outcome: content, same_as_call: sameAsCall } = resolved.call ?? { outcome: null, same_as_call: null };
        const outcome = content === null ? undefined : await outcomeOf(codec, content, sameAsCall);
        if (resolved.kind === 'not_unresolved') return { kind: 'not_unresolved', state: resolved.state, outcome };
        const { as, actId } = resolved.by;
        return { kind: 'resolved_before', as, actId, ...(as === 'absent' ? {} : { outcome }) };
      }
    },

    async runTransactional(request, timeoutMs, body): Promise<TransactionalEnd> {
      const prepared = await prepare(request);
      const run = { prepared, timeoutMs, encode: encodeOutcome, body };
      let result = await runInTransaction(write, run);
      if (result.kind === 'decided' && result.decision.kind === 'unknown') {
        result = await recordOutcome(write, run, { kind: 'unknown', message: result.decision.message });
      }
      if (result.kind === 'settled') return result;
      if (result.kind === 'failed') {
        const message = await codec.encode(String(result.error).slice(0, 2000));
        const counted = await recordFailure(write, prepared, message);
        if ('kind' in counted) return answer(counted);
        return { kind: 'body_failed', ...counted, error: result.error };
      }
      const { decision } = result;
      // Recording an unknown outcome met a row that is unknown again only if another attempt is at it: it will say more.
      return decision.kind === 'unknown' ? { kind: 'held', retryInMs: 1 } : answer(decision);
    },

    async storeSegment(namespace, items) {
      const segment = await prepareSegment(codec, namespace, items);
      await write(STATEMENT, (trx, now) => writeSegment(trx, now, segment));
      return { hash: segment.hash, bytes: segment.bytes };
    },

    async readSegment(namespace, hash, asSession = false) {
      const found = await findSegment(open(reader), codec, namespace, hash);
      if (found?.closed && asSession) await write(STATEMENT, (trx) => reopen(trx, namespace));
      return found?.items;
    },

    closeSegments: (namespace) => write(STATEMENT, (trx, now) => closeSegments(trx, now, namespace)),
    segments: async (namespace) => listSegments(open(reader), namespace),

    calls: async ({ sessionNamespace }) => readCalls(open(reader), codec, clock, sessionNamespace),

    prune: async ({ settledBefore, dryRun = false }) => prune({ reader: open(reader), write, settledBefore, dryRun }),
  };
}
