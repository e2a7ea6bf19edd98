/** Costs as people read them. */
import type { UsageTotals } from '../client';
import { dollars } from '../workflows/contracts/display';

export { dollars };

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
