/** `holdfast state`: what a session is about, as its agents know it, and what changed that and why. */
import pc from 'picocolors';
import type { Colors } from 'picocolors/types';
import type { SessionStateView, StateDoc } from '../client';
import { inertJson, isEmptyState } from '../workflows/contracts';
import { wantsJson, type ConnectionFlags, type OutputFlags } from './connection-flags';
import { withSession } from './find-session';
import { writeLine, type Io } from './io';
import { causeInWords, changeInWords, deedInWords } from './state-words';
import { safeLine } from './terminal-text';
import { clockTime } from './times';

export interface StateFlags extends ConnectionFlags, OutputFlags {
  /** Path of a child. */
  readonly child?: string;
  /** Show what changed it, too. */
  readonly changes?: boolean;
}

/** Longest entry that is shown, characters. */
const MOST_CHARS = 600;

export async function showState(sessionText: string, flags: StateFlags, io: Io): Promise<number> {
  return withSession(sessionText, flags, io, async (session) => {
    const view = await (flags.child === undefined ? session : session.child(flags.child)).state();
    if (wantsJson(flags)) {
      writeLine(io.stdout, JSON.stringify(flags.changes ? view : view.state, null, 2));
      return 0;
    }
    const colours = pc.createColors(io.colour);
    if (isEmptyState(view.state)) writeLine(io.stderr, `nothing is in the state of session ${session.id}`);
    const lines = [...stateLines(view.state, colours), ...(flags.changes ? changeLines(view, colours) : [])];
    for (const line of lines) writeLine(io.stdout, line);
    return 0;
  });
}

/** The state as it is; what it has nothing of is left out. */
export function stateLines(state: StateDoc, colours: Colors): readonly string[] {
  const { wanted, established, done, owed, own } = state;
  const section = (title: string, entries: readonly string[]): readonly string[] =>
    entries.length === 0 ? [] : [colours.bold(title), ...entries.map((entry) => `  ${safeLine(entry, MOST_CHARS)}`)];
  return [
    ...section('wanted', wanted === undefined ? [] : [wanted]),
    ...section(
      'established',
      established.map(
        ({ id, text, source, since }) =>
          `${id}  ${text} (${clockTime(since)}${source === undefined ? '' : `, from ${source}`})`,
      ),
    ),
    ...section(
      'done',
      done.map((deed) => `${clockTime(deed.at)}  ${deedInWords(deed)}`),
    ),
    ...section(
      'owed',
      owed.map(({ id, text, by, since }) => `${id}  ${text} (${by}, ${clockTime(since)})`),
    ),
    ...(Object.keys(own).length === 0
      ? []
      : [
          colours.bold('own'),
          ...inertJson(own, 2)
            .split('\n')
            .map((line) => `  ${line}`),
        ]),
  ];
}

/** What changed it, oldest first. */
export function changeLines({ changes }: SessionStateView, colours: Colors): readonly string[] {
  return [
    ...(changes.length === 0 ? [] : [colours.bold('changes')]),
    ...changes.map(({ turn, step, at, cause, change }) => {
      const when = colours.dim(`${clockTime(at)}  ${turn}.${step}`);
      return `  ${when}  ${safeLine(changeInWords(change), MOST_CHARS)} ${colours.dim(safeLine(causeInWords(cause), 300))}`;
    }),
  ];
}
