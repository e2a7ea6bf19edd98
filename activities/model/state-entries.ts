/**
 * The lines in which a state is told. What somebody wrote (users, models, tools) is in them as JSON strings, so that no text reads as a line of the engine's; and a
 * text that has been cut has a `…` behind its quotes.
 */
import { inertLine } from '../../workflows/contracts/display';
import type { Deed, Fact, Obligation } from '../../workflows/contracts/state';
import { boundTokens } from './token-bound';

export interface Entry {
  readonly line: string;
  /** Of the whole line, with the line break before it, at most. */
  readonly tokens: number;
  /** The same of the line without its text. */
  readonly bare: number;
  /** The line with as much of its text as takes so many tokens; undefined where too little would be left to say anything. */
  cut(tokens: number): string | undefined;
}

/** Shortest beginning of a text that is worth showing, UTF-16 units. */
const LEAST_TEXT = 8;
/** Longest source in a line that is cut, UTF-16 units. */
const SHORT_NAME = 40;

export function factEntry({ id, text, source, since }: Fact): Entry {
  return entry(
    `- ${name(id)}: `,
    text,
    (max) => ` (${source === undefined ? '' : `from ${name(source, max)}, `}${minute(since)})`,
  );
}

export function owedEntry({ id, text, by, since }: Obligation): Entry {
  return entry(`- ${name(id)}: `, text, (max) => ` (by ${name(by, max)}, ${minute(since)})`);
}

export function deedEntry({ callId, agent, tool, text, at, undone }: Deed): Entry {
  return entry(
    `- ${name(callId)}: ${undone ? 'UNDONE: ' : ''}`,
    text,
    (max) => ` (${name(tool, max)} of ${name(agent, max)}, ${minute(at)})`,
  );
}

export function wantedEntry(text: string): Entry {
  return entry('The user wants: ', text, () => '');
}

/** How many tokens a line takes with the line break before it, at most. */
export function lineTokens(line: string): number {
  return boundTokens(`\n${line}`);
}

/** The longest beginning for which `fits` holds, as it does for about all shorter ones; never half a character. */
export function longestFitting(text: string, fits: (part: string) => boolean): string {
  const beginning = (length: number): string => text.slice(0, length).replace(/\p{Surrogate}$/u, '');
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(beginning(middle))) low = middle;
    else high = middle - 1;
  }
  return beginning(low);
}

function entry(before: string, text: string, after: (max: number) => string): Entry {
  const line = `${before}${quoted(text)}${after(Infinity)}`;
  const short = after(SHORT_NAME);
  const cutTo = (part: string): string => `${before}${quoted(part)}…${short}`;
  return {
    line,
    tokens: lineTokens(line),
    bare: lineTokens(cutTo('')),
    cut: (tokens) => {
      const part = longestFitting(text, (one) => lineTokens(cutTo(one)) <= tokens);
      return part.length >= LEAST_TEXT ? cutTo(part) : undefined;
    },
  };
}

/** A JSON string in one line: what could act on a display is an escape in it. */
function quoted(text: string): string {
  return inertLine(JSON.stringify(text), Infinity);
}

/** What a name may hold without quotes: nothing that makes words, or ends what is in brackets. */
function name(text: string, max = Infinity): string {
  if (/^[\w:./-]{1,100}$/.test(text)) return text;
  return text.length <= max ? quoted(text) : `${quoted(text.slice(0, max).replace(/\p{Surrogate}$/u, ''))}…`;
}

/** To the minute, in the ISO form. */
function minute(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? `${new Date(ms).toISOString().slice(0, 16)}Z` : 'at an unknown time';
}
