/** What model calls add to a session's bill: integers only. Plain code. */
import { isPlainObject } from '../contracts/json';
import type { Cost, CutOffRequest, Usage } from '../contracts/model';
import type { UsageTotals } from '../contracts/session';

/** One request to a provider. `lost`: it may have been billed, and brought no answer. */
export interface Spent {
  readonly usage: Usage;
  readonly cost: Cost;
  readonly lost: boolean;
}

export const NOTHING_SPENT: UsageTotals = {
  modelCalls: 0,
  toolCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  microUsd: 0,
  unpricedCalls: 0,
  cutOffMicroUsd: 0,
};

/** @returns `totals` and what these requests cost. */
export function withRequests(totals: UsageTotals, requests: readonly Spent[]): UsageTotals {
  return requests.reduce((sum, { usage, cost, lost }) => {
    const microUsd = cost.kind === 'priced' ? cost.microUsd : 0;
    return {
      ...sum,
      modelCalls: sum.modelCalls + 1,
      inputTokens: sum.inputTokens + usage.inputTokens,
      outputTokens: sum.outputTokens + usage.outputTokens,
      microUsd: sum.microUsd + microUsd,
      unpricedCalls: sum.unpricedCalls + (cost.kind === 'unpriced' ? 1 : 0),
      cutOffMicroUsd: sum.cutOffMicroUsd + (lost ? microUsd : 0),
    };
  }, totals);
}

/** @returns what these requests take from the bounds of the turn and the session; one without a known price takes no money. */
export function costOf(requests: readonly Spent[]): { readonly tokens: number; readonly microUsd: number } {
  const { inputTokens, outputTokens, microUsd } = withRequests(NOTHING_SPENT, requests);
  return { tokens: inputTokens + outputTokens, microUsd };
}

export function lost(cutOff: readonly CutOffRequest[] | undefined): readonly Spent[] {
  return (cutOff ?? []).map(({ usage, cost }) => ({ usage, cost, lost: true }));
}

/** The requests that a failure's details name; what cannot be read is left out, since it cannot be counted either. */
export function cutOffIn(details: unknown): readonly CutOffRequest[] {
  if (!isPlainObject(details) || !Array.isArray(details.cutOff)) return [];
  return details.cutOff.filter(isRequest);
}

/** Whether a value from an activity says what one request cost. */
export function isRequest(value: unknown): value is CutOffRequest {
  if (!isPlainObject(value) || !isPlainObject(value.usage) || !isPlainObject(value.cost)) return false;
  const { usage, cost } = value;
  const whole = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0;
  const priced = cost.kind === 'unpriced' || (cost.kind === 'priced' && whole(cost.microUsd));
  return whole(usage.inputTokens) && whole(usage.outputTokens) && priced;
}
