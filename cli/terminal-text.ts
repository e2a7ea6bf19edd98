/**
 * Text of models, tools and users on its way to a terminal. It may hold escape sequences that move the cursor, rename the window or
 * answer for the user, and direction marks that make a line read as another: all of them are shown instead of obeyed.
 */

/** Control and format characters (C0, DEL, C1, bidirectional marks, zero-width ones), lone surrogates, line and paragraph separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** Joins emoji and letters of some scripts, and does nothing else. */
const ZERO_WIDTH_JOINERS: ReadonlySet<string> = new Set(['\u200c', '\u200d']);

/** Keeps line breaks and tabs; everything else that is not plain text becomes visible: `\x1b`, `\u202e`. */
export function safeText(text: string): string {
  return text
    .replace(/\r\n/g, '\n')
    .replace(UNSAFE, (found) =>
      found === '\n' || found === '\t' || ZERO_WIDTH_JOINERS.has(found) ? found : escaped(found),
    );
}

/** As `safeText`, on one line, cut at `max` characters. */
export function safeLine(text: string, max = 200): string {
  const line = safeText(text)
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\t/g, ' ');
  const characters = Array.from(line);
  return characters.length > max ? `${characters.slice(0, max - 1).join('')}…` : line;
}

/** Of blanks in a row: more could push what follows out of sight, or make it look like another line. */
const MANY_BLANKS = /[\p{Zs}\u2800\u3164\uffa0]{12,}/gu;

/** The text with long runs of blanks as their number: `<300 blanks>`. */
export function countedBlanks(text: string): string {
  return text.replace(MANY_BLANKS, (blanks) => `<${blanks.length} blanks>`);
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
