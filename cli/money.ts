/** Costs as people read them. */
import type { UsageTotals } from '../client';

/** @param microUsd 10^-6 USD. @returns `$0.0012`, or `$0` for nothing. */
export function dollars(microUsd: number): string {
  if (microUsd === 0) return '$0';
  return `$${(microUsd / 1_000_000)
    .toFixed(microUsd < 10_000 ? 6 : 4)
    .replace(/0+$/, '')
    .replace(/\.$/, '')}`;
}

/** `3 model calls, 2 tool calls, 812→64 tokens, $0.0012`; calls without a price are said, never counted as free. */
export function usageLine(usage: UsageTotals): string {
  const unpriced = usage.unpricedCalls > 0 ? ` + ${usage.unpricedCalls} unpriced` : '';
  return (
    `${count(usage.modelCalls, 'model call')}, ${count(usage.toolCalls, 'tool call')}, ` +
    `${usage.inputTokens}→${usage.outputTokens} tokens, ${dollars(usage.microUsd)}${unpriced}`
  );
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
