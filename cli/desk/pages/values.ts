/** Values as people read them: fields under each other, nested ones indented. Long ones are folded, which is said; nothing is left out. */
import { inertJson, type Json, type JsonObject } from '../../../workflows/contracts';
import { countedBlanks } from '../../terminal-text';
import { markup, type Markup } from './markup';

const LONG_CHARS = 400;
const MOST_ENTRIES = 40;
const DEEPEST = 6;

/** The arguments of a call: one term and its value for each. */
export function argumentList(args: JsonObject): Markup {
  return Object.keys(args).length === 0
    ? markup`<p class="quiet">No arguments.</p>`
    : markup`<div class="args">${fields(args, 0)}</div>`;
}

/**
 * Text of any length: its beginning, and the rest behind a line that says how much there is. Of many blanks or empty lines in a row it says how many there are.
 * @param most characters that are shown at once.
 */
export function foldedText(text: string, most = LONG_CHARS): Markup {
  const dense = countedBlanks(
    text.replace(/\n(?:[ \t]*\n){3,}/g, (lines) => `\n[${lines.split('\n').length - 2} empty lines]\n`),
  );
  const lines = dense.split('\n');
  if (dense.length <= most && lines.length <= 24) return markup`<span class="text">${dense}</span>`;
  const start = lines
    .slice(0, 12)
    .join('\n')
    .slice(0, most)
    .replace(/\p{Surrogate}$/u, '');
  return markup`<details class="fold"><summary><span class="text">${start}…</span> <span class="more">Show all ${grouped(text.length)} characters</span></summary><div class="text whole">${dense}</div></details>`;
}

/** `book_slot` as "book slot"; what is not a plain name stays as it is. */
export function inWords(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) return name;
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/_+/g, ' ')
    .trim()
    .toLowerCase();
}

export function grouped(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}

function fields(object: JsonObject, depth: number): Markup {
  const times = new Map<string, number>();
  for (const words of Object.keys(object).map(inWords)) times.set(words, (times.get(words) ?? 0) + 1);
  // Names that would read the same are shown as they are.
  const label = (key: string) => (times.get(inWords(key)) === 1 ? inWords(key) : key);
  return folded(
    Object.entries(object).map(
      ([key, value]) =>
        markup`<div class="field"><dt title="${key}">${label(key)}</dt><dd>${shown(value, depth + 1)}</dd></div>`,
    ),
    (rows) => markup`<dl>${rows}</dl>`,
    'fields',
  );
}

function shown(value: Json, depth: number): Markup {
  if (value === null) return markup`<span class="literal">nothing (null)</span>`;
  if (typeof value === 'string')
    return value === '' ? markup`<span class="literal">empty text</span>` : foldedText(value);
  if (typeof value !== 'object') return markup`<span class="literal">${String(value)}</span>`;
  if (depth >= DEEPEST) return markup`<code>${foldedText(inertJson(value, 2))}</code>`;
  if (!Array.isArray(value)) {
    const object = value as JsonObject;
    return Object.keys(object).length === 0 ? markup`<span class="literal">empty</span>` : fields(object, depth);
  }
  const list = value as readonly Json[];
  if (list.length === 0) return markup`<span class="literal">empty list</span>`;
  const entries = list.map((each) => markup`<li>${shown(each, depth + 1)}</li>`);
  return folded(entries, (some) => markup`<ol>${some}</ol>`, 'entries');
}

function folded(all: readonly Markup[], list: (some: readonly Markup[]) => Markup, unit: string): Markup {
  if (all.length <= MOST_ENTRIES) return list(all);
  return markup`${list(all.slice(0, MOST_ENTRIES))}<details class="fold"><summary class="more">Show the other ${all.length - MOST_ENTRIES} ${unit}</summary>${list(all.slice(MOST_ENTRIES))}</details>`;
}
