/** The children of a session, as a table for a person: who works for it, or has it, and where they stand. */
import Table from 'cli-table3';
import type { Colors } from 'picocolors/types';
import type { ChildStatus, SessionStatus } from '../client';
import { dollars } from './money';
import { PLAIN_TABLE, tableLines } from './table-style';
import { safeLine } from './terminal-text';
import { duration } from './times';

/** The last ones: older ones have closed long ago. */
const MOST_SHOWN = 10;

/** @param now ms since the epoch. @returns none for a session without children. */
export function childLines({ children = [] }: SessionStatus, colours: Colors, now = Date.now()): readonly string[] {
  if (children.length === 0) return [];
  const shown = children.slice(-MOST_SHOWN);
  const table = new Table({ ...PLAIN_TABLE, head: ['child', 'agent', 'as', 'stands', 'since', 'spent'] });
  for (const each of shown) {
    const { child, agent, role, since, usage } = each;
    table.push(
      [child, agent, role, standing(each), `${duration(now - since)} ago`, dollars(usage.microUsd)].map(plain),
    );
  }
  const more = children.length - shown.length;
  return [...tableLines(table), ...(more > 0 ? [colours.dim(`${more} earlier children: -o json has them`)] : [])];
}

function standing({ phase, status, reason }: ChildStatus): string {
  const detail = phase === 'closed' ? reason : status;
  return detail === undefined ? phase : `${phase} (${detail})`;
}

const plain = (text: string): string => safeLine(text, 80);
