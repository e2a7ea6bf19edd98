/** Counting tokens ourselves. The tokenizer takes 0.1 to 0.3 s and 30 MB to load, so it is loaded at first need, which most workers never have. */
import { setImmediate as turn } from 'node:timers/promises';

/** The tokenizer's time grows with the square of a run of equal characters (17 s for 200 KB), so it is given short pieces. */
const PIECE = 256;
/** Longest text counted for an estimate; beyond it the count is carried on in proportion. */
const MAX_COUNTED = 64 * 1024;
/** Heartbeats and other calls have their turn after so many characters. */
const AT_ONCE = 64 * 1024;

/** Tokens of a text, the longer ones by their first part. */
export async function estimateTokens(text: string): Promise<number> {
  if (text === '') return 0;
  const counted = Math.min(text.length, MAX_COUNTED);
  const tokens = await countTokens(text.slice(0, counted));
  return Math.ceil((tokens * text.length) / counted);
}

/** Tokens of a whole text, as OpenAI's models of today cut it; a few more, since it is cut into pieces first. */
export async function countTokens(text: string): Promise<number> {
  if (text === '') return 0;
  const tokenizer = await import('gpt-tokenizer');
  let tokens = 0;
  for (let at = 0; at < text.length; at += PIECE) {
    if (at > 0 && at % AT_ONCE === 0) await turn();
    // Text that looks like one of the model's control tokens is text here.
    tokens += tokenizer.countTokens(text.slice(at, at + PIECE), { disallowedSpecial: new Set() });
  }
  return tokens;
}
