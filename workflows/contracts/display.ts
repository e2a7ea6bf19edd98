/**
 * How money and foreign text are shown to people, the same in the Web UI, in results and in terminals. Text of models, tools and users
 * is made inert first: it may carry markup, control characters, or direction marks that make a line read as another.
 */
import type { Json } from './json';

/** @param microUsd 10^-6 USD. @returns `$0` for nothing, `$0.000667` below a cent, `$0.0153` below a dollar, `$12.35` above. */
export function dollars(microUsd: number): string {
  if (microUsd === 0) return '$0';
  const usd = microUsd / 1_000_000;
  if (usd >= 1) return `$${usd.toFixed(2)}`;
  // Six digits below a cent, where four would make one call look like the next.
  return `$${microUsd < 10_000 ? usd.toFixed(6).replace(/00$/, '') : usd.toFixed(4)}`;
}

/** Control characters (newline and ESC too), bidirectional and zero-width ones, line separators, lone halves of surrogate pairs. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Surrogate}/gu;

/** One line of plain text: what could act on a display is shown as `\uXXXX`. At most `max` UTF-16 units, `…` where cut. */
export function inertLine(text: string, max = 200): string {
  const shown = text.slice(0, max * 2).replace(UNSAFE, escaped);
  return shown.length <= max && text.length <= max * 2
    ? shown
    : `${shown.slice(0, max - 1).replace(/\p{Surrogate}$/u, '')}…`;
}

/**
 * One line to be put into a markdown page: as `inertLine`, with line breaks as spaces and no markup, HTML, mathematics, link or address
 * that a renderer would find by itself. Numeric entities, since the Temporal Web UI shows `&lt;` as it stands.
 */
export function inertMarkdown(text: string, max = 200): string {
  return inertLine(text.slice(0, max * 2).replace(/\s*[\r\n\t]\s*/g, ' '), max)
    .replace(/[\\`*_{}[\]()#+!|~$^]|-(?=-)/g, '\\$&')
    .replace(/[&<>@]/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/:\/\//g, '&#58;//')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, 3)}&#46;`);
}

/**
 * JSON that is itself when it is copied, and inert where it is shown, also between backticks of a markdown page: what could act on a display, and a
 * backtick, is an escape of the string that it is in.
 * @param indent spaces; absent: one line, with a space after each comma and colon, so that it may be broken there.
 */
export function inertJson(value: Json, indent = 0): string {
  const text =
    indent > 0
      ? JSON.stringify(value, null, indent)
      : JSON.stringify(value).replace(/"[^"\\]*(?:\\.[^"\\]*)*"|[,:]/g, (part) =>
          part === ',' || part === ':' ? `${part} ` : part,
        );
  // Outside of strings JSON has no character but the line breaks of its own that would be escaped.
  return text.replace(UNSAFE, (char) => (char === '\n' ? char : escaped(char))).replaceAll('`', '\\u0060');
}

function escaped(char: string): string {
  let shown = '';
  for (let index = 0; index < char.length; index += 1) {
    shown += `\\u${char.charCodeAt(index).toString(16).padStart(4, '0')}`;
  }
  return shown;
}
