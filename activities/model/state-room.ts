/** How the entries of one part of a state share the room that there is: long ones are cut before others are left out. Pure. */
import { lineTokens, type Entry } from './state-entries';

export interface Section {
  readonly title?: string;
  /** Of what, where some are left out. */
  readonly kind: string;
  /** Newest first. */
  readonly entries: readonly Entry[];
  /** Which have room where not all have. */
  readonly before: 'shortest' | 'newest';
}

/** All in tokens. */
export interface Room {
  /** Most of one text. */
  readonly share: number;
  /** Texts are not cut below this, so long as more than one is there. */
  readonly least: number;
  /** What the section may take so long as its texts can be cut. Default: `most`. */
  readonly fair?: number;
  /** Never passed. */
  readonly most: number;
}

export interface Filled {
  /** With the title, newest first. */
  readonly lines: readonly string[];
  readonly tokens: number;
  /** How many entries have no room. */
  readonly left: number;
  /** Whether a text was cut. */
  readonly isCut: boolean;
}

export function fill(section: Section, { share, least, most, fair = most }: Room): Filled {
  const { title, entries, before } = section;
  const text = widest(least, share, (tokens) => sizeOf(section, tokens) <= fair);
  const inOrder = entries.map((entry, index) => ({ entry, index, size: size(entry, text) }));
  if (before === 'shortest') inOrder.sort((one, other) => one.size - other.size || one.index - other.index);
  let free = most - titleTokens(title);
  const lines = new Map<number, string>();
  for (const { entry, index, size: wanted } of inOrder) {
    const room = Math.min(free, wanted);
    // Below that a text says too little; a shorter one may still have room.
    if (room < size(entry, least)) continue;
    const line = entry.tokens <= room ? entry.line : entry.cut(room);
    if (line === undefined) continue;
    free -= lineTokens(line);
    lines.set(index, line);
  }
  const shown = entries.flatMap((_, index) => lines.get(index) ?? []);
  return {
    // A title alone says nothing.
    lines: title === undefined || shown.length === 0 ? shown : [title, ...shown],
    tokens: shown.length === 0 ? 0 : most - free,
    left: entries.length - shown.length,
    isCut: entries.some(({ line }, index) => lines.has(index) && lines.get(index) !== line),
  };
}

/** @returns what a section takes where no text takes more than `text`. */
export function sizeOf({ title, entries }: Section, text: number): number {
  return entries.reduce((sum, entry) => sum + size(entry, text), entries.length === 0 ? 0 : titleTokens(title));
}

function size({ tokens, bare }: Entry, text: number): number {
  return Math.min(tokens, bare + text);
}

function titleTokens(title: string | undefined): number {
  return title === undefined ? 0 : lineTokens(title);
}

/** The greatest whole number for which `fits` holds, as it does for all smaller ones; `least` where it holds for none. */
function widest(least: number, most: number, fits: (tokens: number) => boolean): number {
  let [low, high] = [least, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
