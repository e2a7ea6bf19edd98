/** What model calls add to a session's bill: integers only. Plain code. */
import { isPlainObject } from '../contracts/json';
import type { Cost, CutOffRequest, Usage } from '../contracts/model';
import type { UsageTotals } from '../contracts/session';

/** One request to a provider. `lost`: it may have been billed, and brought no answer. */
interface Spent {
  readonly usage: Usage;
  readonly cost: Cost;
  readonly lost: boolean;
}

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

export function lost(cutOff: readonly CutOffRequest[] | undefined): readonly Spent[] {
  return (cutOff ?? []).map(({ usage, cost }) => ({ usage, cost, lost: true }));
}

/** The requests that a failure's details name; what cannot be read is left out, since it cannot be counted either. */
export function cutOffIn(details: unknown): readonly CutOffRequest[] {
  if (!isPlainObject(details) || !Array.isArray(details.cutOff)) return [];
  return details.cutOff.filter(isCutOff);
}

function isCutOff(value: unknown): value is CutOffRequest {
  if (!isPlainObject(value) || !isPlainObject(value.usage) || !isPlainObject(value.cost)) return false;
  const { usage, cost } = value;
  const whole = (count: unknown) => Number.isSafeInteger(count) && (count as number) >= 0;
  const priced = cost.kind === 'unpriced' || (cost.kind === 'priced' && whole(cost.microUsd));
  return whole(usage.inputTokens) && whole(usage.outputTokens) && priced;
}
