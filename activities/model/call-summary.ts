/** The one line of a tool call in the Web UI, terminals and lists. Shown raw by others, so it is inert here already. */
import type { Tool } from '../../agents/define-tool';
import type { JsonObject } from '../../workflows/contracts/json';

export const MAX_SUMMARY = 200;

/**
 * Text with everything that could act on a display shown as `\uXXXX`: control characters (newline and ESC too), bidirectional
 * overrides, zero-width and line separators, byte order marks, half surrogates.
 */
export function inert(text: string, limit = MAX_SUMMARY): string {
  const cut = text.slice(0, limit * 2);
  const shown = cut.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{Surrogate}/gu, (char) =>
    Array.from(
      { length: char.length },
      (_, index) => `\\u${char.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
  return shown.length <= limit ? shown : `${shown.slice(0, limit - 1).replace(/\p{Surrogate}$/u, '')}…`;
}

/** `book_appointment(slot=Tue 09:00, patient=p-7)`: what the tool says of the arguments, else the first few of them. */
export function callSummary(tool: Tool, args: JsonObject, output: unknown): string {
  let inside: string | undefined;
  try {
    const said: unknown = tool.summary?.(output);
    if (typeof said === 'string') inside = said;
  } catch {
    // A summary is decoration: its author's bug must not cost the call.
  }
  inside ??= Object.entries(args)
    .slice(0, 6)
    .map(
      ([key, value]) => `${key}=${typeof value === 'string' ? value.slice(0, 60) : JSON.stringify(value).slice(0, 60)}`,
    )
    .join(', ');
  const room = MAX_SUMMARY - tool.name.length - 2;
  return `${tool.name}(${inert(inside, room)})`;
}
