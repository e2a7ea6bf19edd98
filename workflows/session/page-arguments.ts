/** The arguments of a call on the page of current details: as JSON in a block of code, where a renderer leaves every character as it is. Plain code. */
import { inertJson } from '../contracts/display';
import type { JsonObject } from '../contracts/json';

const SHOWN_ARGS = 30;
/** Columns of the block: the Web UI cuts off what is wider than its half of a window of 1,400 pixels. */
const COLUMNS = 54;

/**
 * One line or more for each, of equal room, so that a long one hides none of the others.
 * @param room for all of them, characters.
 * @returns `cut`: not all of them are in the block.
 */
export function shownArguments(args: JsonObject, room: number): { readonly block: string; readonly cut: boolean } {
  const entries = Object.entries(args);
  const share = Math.floor(room / Math.max(1, Math.min(entries.length, SHOWN_ARGS)));
  let cut = entries.length > SHOWN_ARGS;
  const lines = entries.slice(0, SHOWN_ARGS).map(([name, value]) => {
    const text = `${inertJson(name)}: ${inertJson(value)}`;
    if (text.length <= share) return folded(text);
    cut = true;
    return folded(`${text.slice(0, share).replace(/\p{Surrogate}$/u, '')}… (cut, ${text.length} characters)`);
  });
  if (entries.length > SHOWN_ARGS) lines.push(`… (${entries.length - SHOWN_ARGS} more arguments)`);
  return { block: `\`\`\`\n${lines.length === 0 ? '(none)' : lines.join('\n')}\n\`\`\``, cut };
}

/** In lines that are not cut off where it is shown. What goes on is marked as such: no argument has a line break in it, so none can look like another. */
function folded(text: string): string {
  // By characters: half of one is nothing that a page could hold.
  const characters = [...text];
  const parts = [];
  for (let from = 0; from < characters.length; from += COLUMNS)
    parts.push(characters.slice(from, from + COLUMNS).join(''));
  return parts.join('\n  ↳ ');
}
