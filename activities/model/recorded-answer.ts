/**
 * A model call through the ledger: said before it is made, its answer recorded before it is reported, so that a retried attempt does
 * not pay twice.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { ConversationBase } from '../../workflows/contracts/conversation';
import { canonicalJson, isPlainObject, type Json } from '../../workflows/contracts/json';
import type { Cost, CutOffRequest, ModelTurn, Usage } from '../../workflows/contracts/model';
import { branchKeyOf, OWNER, unbranched } from '../ledger/call-identity';
import { LedgerUnavailable, type Ledger, type ModelCallClaim } from '../ledger/port';
import { nextDigest } from './conversation-cache';
import type { Reservation } from './reservation';

export interface Estimate {
  readonly usage: Usage;
  readonly cost: Cost;
}

export type Claimed =
  | { readonly kind: 'recorded'; readonly turn: ModelTurn }
  | {
      readonly kind: 'run';
      readonly callKey: string;
      readonly cutOff: readonly CutOffRequest[];
      readonly reserved: Extract<Reservation, { kind: 'fits' }>;
    }
  /** Not begun: what is left does not suffice. */
  | { readonly kind: 'exceeds'; readonly cutOff: readonly CutOffRequest[]; readonly decision: ModelTurn['decision'] };

/** A model call as the ledger is told of it. */
export interface AskedModelCall {
  /** `<namespace>/<call id>`. */
  readonly callKey: string;
  readonly attempt: number;
  /** Workflow run that the activity belongs to. */
  readonly run?: string;
  /**
   * What the model is asked about: base and new items. An answer recorded for another conversation (a session that was reset and went another
   * way) is left alone, and the call gets a key of its own.
   */
  readonly asked: ConversationBase;
}

/** Waits before recording is tried again, ms: the answer is paid for, and losing it to a locked database would cost it twice. */
const RECORD_WAITS = [100, 400, 1_500] as const;

/**
 * Says in the ledger that a request is about to be made.
 * @param reserve how much it may cost, given what earlier attempts may have; absent `bounded`: it does not depend on them.
 * @throws LedgerUnavailable, ModelCallClosed
 */
export async function claimModelCall(
  ledger: Ledger,
  { callKey, attempt, run, asked }: AskedModelCall,
  reserve: (cutOff: readonly CutOffRequest[]) => Reservation,
  bounded: boolean,
): Promise<Claimed> {
  let key = callKey;
  let cutOff: readonly CutOffRequest[] = [];
  for (;;) {
    const reserved = reserve(cutOff);
    const fits = reserved.kind === 'fits';
    const claim: ModelCallClaim = await ledger.beginModelCall({
      callKey: key,
      attempt,
      owner: OWNER,
      estimate: (fits ? { usage: reserved.usage, cost: reserved.cost } : null) as unknown as Json,
      ...(run === undefined ? {} : { run }),
      // What earlier attempts may have cost was reserved around: should there be others by now, it is done again.
      ...(bounded ? { after: fits ? cutOff.length : NEVER } : {}),
    });
    if (claim.kind === 'recorded') {
      if (!answers(claim.answer, asked) && key === callKey) {
        key = branchKeyOf(callKey, asked.digest);
        cutOff = [];
        continue;
      }
      const turn = withCutOff(inOrder(claim.answer as unknown as ModelTurn), listOf(claim));
      return { kind: 'recorded', turn: { ...turn, provider: { ...turn.provider, replayed: true } } };
    }
    const listed = listOf(claim);
    if (claim.kind === 'run' && fits) return { kind: 'run', callKey: key, cutOff: listed, reserved };
    if (!fits && listed.length === cutOff.length) return { kind: 'exceeds', cutOff, decision: reserved.decision };
    cutOff = listed;
  }
}

function listOf({ cutOff }: ModelCallClaim): readonly CutOffRequest[] {
  return cutOff.map(({ attempt, estimate }) => cutOffRequest(attempt, estimate));
}

/** An answer with all requests that were made beside its own, also those that it could not know of when it was recorded. */
function withCutOff(turn: ModelTurn, cutOff: readonly CutOffRequest[]): ModelTurn {
  return cutOff.length === 0 ? turn : { ...turn, cutOff };
}

/** No row lists so many requests. */
const NEVER = -1;

/**
 * Records the answer.
 * @param call a call of the session before it was reset may have recorded its answer under this key meanwhile; then this one is recorded
 *   under a key of its own.
 * @returns what stands: where another attempt was first, its answer, with this one's request among those that were made in vain.
 * @throws LedgerUnavailable
 */
export async function recordTurn(
  ledger: Ledger,
  { callKey, attempt, run, asked }: AskedModelCall,
  turn: ModelTurn,
): Promise<ModelTurn> {
  const answer = turn as unknown as Json;
  const record = async (): Promise<Json> => {
    const stands = await ledger.recordModelCall({ callKey, attempt, answer });
    if (stands === answer || answers(stands, asked)) return stands;
    const key = branchKeyOf(unbranched(callKey), asked.digest);
    await ledger.beginModelCall({
      callKey: key,
      attempt,
      owner: OWNER,
      estimate: { usage: turn.usage, cost: turn.billed } as unknown as Json,
      ...(run === undefined ? {} : { run }),
    });
    return ledger.recordModelCall({ callKey: key, attempt, answer });
  };
  for (const ms of RECORD_WAITS) {
    try {
      return standing(turn, attempt, await record());
    } catch (error) {
      if (!(error instanceof LedgerUnavailable)) throw error;
      await wait(ms);
    }
  }
  return standing(turn, attempt, await record());
}

function standing(turn: ModelTurn, attempt: number, recorded: Json): ModelTurn {
  if (recorded === (turn as unknown as Json) || canonicalJson(recorded) === canonicalJson(turn)) return turn;
  const stands = inOrder(recorded as unknown as ModelTurn);
  const { usage, billed: cost } = turn;
  // The other is one of those that were cut off when this one asked.
  const listed = turn.cutOff ?? [];
  const its = listed.findLastIndex((one) => one.attempt === stands.provider.attempt);
  return { ...stands, cutOff: [...listed.filter((_, index) => index !== its), { attempt, usage, cost }] };
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

/** A request of an earlier attempt as it was said before it was made. */
export function cutOffRequest(attempt: number, estimate: Json): CutOffRequest {
  const { usage, cost } = (isPlainObject(estimate) ? estimate : {}) as Partial<Estimate>;
  return {
    attempt,
    usage: usage ?? { inputTokens: 0, outputTokens: 0, estimated: true },
    cost: cost ?? { kind: 'unpriced' },
  };
}
