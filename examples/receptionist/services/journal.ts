/**
 * What arrived at the clinic's outside services and what they did: a file that is only ever added to, each row on the disk before
 * anybody is answered. The services keep no other state, so one that is started again goes on where the last one ended.
 */
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';

/** What a request brought about. */
export type ServiceEffect =
  | {
      readonly kind: 'charge';
      readonly id: string;
      /** As the caller gave it; nobody here looks whether it was there before. */
      readonly reference: string;
      /** In the smallest unit of the currency. */
      readonly amount: number;
      readonly currency: string;
      readonly description: string;
    }
  | { readonly kind: 'refund'; readonly id: string; readonly chargeId: string }
  | { readonly kind: 'message'; readonly id: string; readonly to: string; readonly text: string };

export interface JournalRow {
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  /** `repeated`: it had been done before, and was not done again; `answered`: a question. */
  readonly decision: 'applied' | 'repeated' | 'refused' | 'answered';
  /** With `applied`. */
  readonly effect?: ServiceEffect;
}

type Kind = ServiceEffect['kind'];
export type AppliedEffect<K extends Kind> = Extract<ServiceEffect, { readonly kind: K }> & { readonly at: number };

/** All rows, oldest first; none where there is no file yet. */
export function readJournal(file: string): readonly JournalRow[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JournalRow);
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
export function applied<K extends Kind>(rows: readonly JournalRow[], kind: K): readonly AppliedEffect<K>[] {
  return rows.flatMap(({ effect, at }) =>
    effect?.kind === kind ? [{ ...(effect as Extract<ServiceEffect, { readonly kind: K }>), at }] : [],
  );
}

/** `ch_0001`: ids by count, so that equal runs have equal ids. */
export function nextId(prefix: string, rows: readonly JournalRow[], kind: Kind): string {
  return `${prefix}_${String(applied(rows, kind).length + 1).padStart(4, '0')}`;
}
