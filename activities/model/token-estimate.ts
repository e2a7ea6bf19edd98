/** Counting tokens ourselves. The tokenizer takes 0.1 to 0.3 s and 30 MB to load, so it is loaded at first need, which most workers never have. */

/** The tokenizer's time grows with the square of a run of equal characters (17 s for 200 KB), so it is given short pieces. */
const PIECE = 256;
/** Longest text counted; beyond it the count is carried on in proportion. */
const MAX_COUNTED = 64 * 1024;

export async function estimateTokens(text: string): Promise<number> {
  if (text === '') return 0;
  const { countTokens } = await import('gpt-tokenizer');
  const counted = Math.min(text.length, MAX_COUNTED);
  let tokens = 0;
  for (let at = 0; at < counted; at += PIECE) {
    // Text that looks like one of the model's control tokens is text here.
    tokens += countTokens(text.slice(at, Math.min(at + PIECE, counted)), { disallowedSpecial: new Set() });
  }
  return Math.ceil((tokens * text.length) / counted);
}
