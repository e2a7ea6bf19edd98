/** How much one agent may tell another one when it hands over or asks: it stays in the other's every request, and in the history of both. */
import { canonicalJson, utf8Length, type Json } from '../../workflows/contracts/json';

/** UTF-8 bytes of JSON: some 4,000 tokens. What is longer belongs where both can read it. */
export const MAX_BRIEF_BYTES = 16 * 1024;

/**
 * @param what is told, at the beginning of the sentence.
 * @returns that it is too long, in words for the model; null where it is not.
 */
export function briefProblem(told: Json, what: string): string | null {
  const bytes = utf8Length(canonicalJson(told));
  return bytes <= MAX_BRIEF_BYTES
    ? null
    : `${what} is ${bytes} bytes of JSON, and at most ${MAX_BRIEF_BYTES} are taken: say what the other agent needs in fewer words, and name the rest by where it is found (an id, a number, a page)`;
}
