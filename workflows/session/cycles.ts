/** Handoffs that go in circles: back to an agent that had the session before, with nothing new since. Plain code. */
import type { FamilyState, Holder } from './children';

/** True where `agent` had the session in this turn, and nothing was established or done since then. */
export function isCycle({ holders, news }: FamilyState, agent: string): boolean {
  return holders.some((holder) => holder.agent === agent && holder.news === news);
}

/** @returns the names of those who had the session since `agent` did, and `agent` again: `orders, refunds, orders`. */
export function cycleNames({ holders }: FamilyState, agent: string): string {
  const from = holders.findLastIndex((holder) => holder.agent === agent);
  return [...holders.slice(Math.max(0, from)).map((holder) => holder.agent), agent].join(', ');
}

/** @returns those who had the session, and `agent`, which has it from now on. */
export function withHolder({ holders, news }: FamilyState, agent: string): readonly Holder[] {
  return [...holders, { agent, news }];
}
