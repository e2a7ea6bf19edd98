/** What an agent that asks others keeps back of its own bounds, so that it can answer with what they find. */
import type { Slice } from '../../workflows/contracts/handoff';
import { outputBound, type Definition } from './definition';
import { costOf, type Allowance } from './reservation';

/** Longest answer that is kept room for; it may be longer where more is left by then, and shorter where less is. */
const ANSWER_TOKENS = 1_000;
/** Kept for what each of those who are asked adds to the request: a paragraph or two. */
const RESULT_TOKENS = 500;

/**
 * One model call, and of tokens and money, where they are bounded, what it is reserved with: the request so far, what is heard of those who are asked, and an answer.
 * @param inputTokens what was booked for the input of the request so far; absent where nothing is reserved.
 */
export function keptBack(
  { record, model }: Definition,
  allowance: Allowance | undefined,
  inputTokens: number | undefined,
  asked: number,
): Slice {
  if (!allowance || inputTokens === undefined) return { modelCalls: 1 };
  const input = inputTokens + asked * RESULT_TOKENS;
  const output = Math.min(ANSWER_TOKENS, outputBound(record) ?? ANSWER_TOKENS);
  const cost = allowance.microUsd === undefined ? undefined : costOf({ record, model }, input, output);
  return {
    modelCalls: 1,
    ...(allowance.tokens === undefined ? {} : { tokens: input + output }),
    ...(cost?.kind === 'priced' ? { microUsd: cost.microUsd } : {}),
  };
}
