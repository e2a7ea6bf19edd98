/** Token counts: the provider's where they can be right, else our estimate, which is marked. */
import { isPlainObject } from '../../workflows/contracts/json';
import type { Usage } from '../../workflows/contracts/model';
import { estimateTokens } from './token-estimate';

/** No context window is near this; a larger count is a defect of the provider, and money is counted by it. */
const MAX_TOKENS = 100_000_000;

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;

/**
 * @param input, output what the protocol calls the two: `prompt_tokens` or `input_tokens`, and so on.
 * @returns undefined where it is missing or cannot be right: negative, absurd, or no input at all (there is always a prompt).
 */
export function readUsage(
  value: unknown,
  input: 'prompt' | 'input',
  output: 'completion' | 'output',
): Usage | undefined {
  if (!isPlainObject(value)) return undefined;
  const inputTokens = value[`${input}_tokens`];
  const outputTokens = value[`${output}_tokens`];
  if (!isCount(inputTokens) || !isCount(outputTokens) || inputTokens === 0) return undefined;
  const inputDetails = value[`${input}_tokens_details`];
  const outputDetails = value[`${output}_tokens_details`];
  const cached = isPlainObject(inputDetails) ? inputDetails.cached_tokens : undefined;
  const reasoning = isPlainObject(outputDetails) ? outputDetails.reasoning_tokens : undefined;
  return {
    inputTokens,
    outputTokens,
    ...(isCount(cached) && cached > 0 && cached <= inputTokens ? { cachedInputTokens: cached } : {}),
    ...(isCount(reasoning) && reasoning > 0 && reasoning <= outputTokens ? { reasoningTokens: reasoning } : {}),
  };
}

/** An estimate by the tokenizer, for an answer that came without usage. */
export async function estimateUsage(request: string, answer: string): Promise<Usage> {
  const [inputTokens, outputTokens] = await Promise.all([estimateTokens(request), estimateTokens(answer)]);
  return { inputTokens, outputTokens, estimated: true };
}

/**
 * What a request may cost at most, said before it is made and booked if its answer is lost. Only lengths are looked at, since
 * this runs before every call: 4 bytes a token is what English and JSON take.
 * @param maxOutputTokens the agent's own bound; 1,024 without one, well above a usual answer.
 */
export function usageBeforeRequest(requestBytes: number, maxOutputTokens = 1024): Usage {
  return { inputTokens: Math.ceil(requestBytes / 4), outputTokens: maxOutputTokens, estimated: true };
}

/** What a request was, for judging what the provider says of it. */
export interface SentSize {
  readonly bytes: number;
  /** Most output tokens that were asked for. */
  readonly outputCap?: number;
}

/**
 * More than the request's own: providers and gateways add instructions, documents and prompts that they keep, and bill them. What is above the
 * largest context window there is cannot be such: a count below it is believed, since booking too little is worse than booking too much.
 */
const ADDED_INPUT_TOKENS = 2_000_000;

/** Whether counts can be those of a request: no token is less than a byte, and no provider goes on far beyond the cap it was given. */
export function isPlausible({ inputTokens, outputTokens }: Usage, { bytes, outputCap }: SentSize): boolean {
  // A provider that is given from outside may say anything.
  if (!isCount(inputTokens) || !isCount(outputTokens)) return false;
  return inputTokens <= bytes + ADDED_INPUT_TOKENS && (outputCap === undefined || outputTokens <= outputCap * 1.1);
}

/** `812→64`, `~` before it where estimated. */
export function tokensText(usage: Usage): string {
  return `${usage.estimated ? '~' : ''}${usage.inputTokens}→${usage.outputTokens}`;
}
