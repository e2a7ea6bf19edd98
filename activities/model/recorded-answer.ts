/**
 * A model call through the ledger: said before it is made, its answer recorded before it is reported, so that a retried attempt does
 * not pay twice.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ConversationBase } from '../../workflows/contracts/conversation';
import { canonicalJson, isPlainObject, type Json } from '../../workflows/contracts/json';
import type { Cost, CutOffRequest, ModelTurn, Usage } from '../../workflows/contracts/model';
import { OWNER } from '../ledger/call-identity';
import { LedgerUnavailable, type Ledger, type ModelCallClaim } from '../ledger/port';
import { nextDigest } from './conversation-cache';

export interface Estimate {
  readonly usage: Usage;
  readonly cost: Cost;
}

export type Claimed =
  | { readonly kind: 'recorded'; readonly turn: ModelTurn }
  | { readonly kind: 'run'; readonly callKey: string; readonly cutOff: readonly CutOffRequest[] };

/** Waits before recording is tried again, ms: the answer is paid for, and losing it to a locked database would cost it twice. */
const RECORD_WAITS = [100, 400, 1_500] as const;

/**
 * @param callKey `<namespace>/<call id>`.
 * @param asked what the model is asked about: base and new items. An answer recorded for another conversation (a session that was
 *   reset and went another way) is left alone, and this call gets a key of its own.
 */
export async function claimModelCall(
  ledger: Ledger,
  callKey: string,
  attempt: number,
  estimate: Estimate,
  asked: ConversationBase,
): Promise<Claimed> {
  const begin = (key: string) =>
    ledger.beginModelCall({ callKey: key, attempt, owner: OWNER, estimate: estimate as unknown as Json });
  let key = callKey;
  let claim: ModelCallClaim = await begin(key);
  if (claim.kind === 'recorded' && !answers(claim.answer, asked)) {
    key = branchKey(callKey, asked);
    claim = await begin(key);
  }
  if (claim.kind === 'run')
    return {
      kind: 'run',
      callKey: key,
      cutOff: claim.cutOff.map(({ attempt: cut, estimate: at }) => cutOffRequest(cut, at)),
    };
  const turn = inOrder(claim.answer as unknown as ModelTurn);
  return { kind: 'recorded', turn: { ...turn, provider: { ...turn.provider, replayed: true } } };
}

/** The key of a call whose own key holds the answer to another conversation. */
const branchKey = (callKey: string, asked: ConversationBase) => `${callKey}~${asked.digest.slice(0, 16)}`;

/**
 * Records the answer.
 * @param asked as for `claimModelCall`: a call of the session before it was reset may have recorded its answer under this key meanwhile;
 *   then this one is recorded under a key of its own.
 * @returns what stands: where another attempt was first, its answer.
 * @throws LedgerUnavailable
 */
export async function recordTurn(
  ledger: Ledger,
  callKey: string,
  attempt: number,
  turn: ModelTurn,
  asked: ConversationBase,
): Promise<ModelTurn> {
  const answer = turn as unknown as Json;
  const record = async (): Promise<Json> => {
    const stands = await ledger.recordModelCall({ callKey, attempt, answer });
    if (stands === answer || answers(stands, asked)) return stands;
    const key = branchKey(callKey, asked);
    await ledger.beginModelCall({
      callKey: key,
      attempt,
      owner: OWNER,
      estimate: { usage: turn.usage, cost: turn.billed } as unknown as Json,
    });
    return ledger.recordModelCall({ callKey: key, attempt, answer });
  };
  for (const ms of RECORD_WAITS) {
    try {
      return standing(turn, await record());
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      await wait(ms);
    }
  }
  return standing(turn, await record());
}

function standing(turn: ModelTurn, recorded: Json): ModelTurn {
  return recorded === (turn as unknown as Json) || canonicalJson(recorded) === canonicalJson(turn)
    ? turn
    : inOrder(recorded as unknown as ModelTurn);
}

/** Takes a request that costs nothing off the books. Where the ledger is away it stays booked: too much, but never too little. */
export async function dropRequest(ledger: Ledger, callKey: string, attempt: number): Promise<void> {
  try {
    await ledger.dropModelCall({ callKey, attempt });
  } catch (error) {
    if (!(error instanceof LedgerUnavailable)) throw error;
  }
}

/** The fields a person reads first come first, whatever order the database gave back. */
const inOrder = ({ model, tokens, cost, decision, ...rest }: ModelTurn): ModelTurn => ({
  model,
  tokens,
  cost,
  decision,
  ...rest,
});

function answers(recorded: Json, asked: ConversationBase): boolean {
  if (!isPlainObject(recorded) || !isPlainObject(recorded.base)) return false;
  const { item, base } = recorded as unknown as ModelTurn;
  return base.digest === (item ? nextDigest(asked.digest, item) : asked.digest);
}

function cutOffRequest(attempt: number, estimate: Json): CutOffRequest {
  const { usage, cost } = (isPlainObject(estimate) ? estimate : {}) as Partial<Estimate>;
  return {
    attempt,
    usage: usage ?? { inputTokens: 0, outputTokens: 0, estimated: true },
    cost: cost ?? { kind: 'unpriced' },
  };
}
