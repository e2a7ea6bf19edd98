/**
 * What arrived at an outside service and what it did: a file that is only ever added to, each row on the disk before anybody is answered. The services of the
 * examples keep no other state, so one that is started again goes on where the last one ended.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';

/** What a request brought about. */
export interface ServiceEffect {
  readonly kind: string;
  readonly id: string;
}

export interface JournalRow<Effect extends ServiceEffect = ServiceEffect> {
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  /** `repeated`: it had been done before, and was not done again; `answered`: a question. */
  readonly decision: 'applied' | 'repeated' | 'refused' | 'answered';
  /** With `applied`. */
  readonly effect?: Effect;
}

export type AppliedEffect<Effect extends ServiceEffect, Kind extends Effect['kind']> = Extract<
  Effect,
  { readonly kind: Kind }
> & { readonly at: number };

/** All rows, oldest first; none where there is no file yet. Who reads says what the effects are: the same service wrote them. */
export function readJournal<Effect extends ServiceEffect>(file: string): readonly JournalRow<Effect>[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JournalRow<Effect>);
}

/** Returns once the row is on the disk. */
export function appendToJournal(file: string, row: JournalRow): void {
  const descriptor = openSync(file, 'a');
  try {
    appendFileSync(descriptor, `${JSON.stringify(row)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What was done of one kind, oldest first. */
export function applied<Effect extends ServiceEffect, Kind extends Effect['kind']>(
  rows: readonly JournalRow<Effect>[],
  kind: Kind,
): readonly AppliedEffect<Effect, Kind>[] {
  return rows.flatMap(({ effect, at }) =>
    effect?.kind === kind ? [{ ...(effect as Extract<Effect, { readonly kind: Kind }>), at }] : [],
  );
}

/** `ch_0001`: ids by count, so that equal runs have equal ids. */
export function nextId<Effect extends ServiceEffect>(
  prefix: string,
  rows: readonly JournalRow<Effect>[],
  kind: Effect['kind'],
): string {
  return `${prefix}_${String(applied(rows, kind).length + 1).padStart(4, '0')}`;
}
