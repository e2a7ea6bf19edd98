/** Tables without lines: they read well, and copy well. */
import type { TableConstructorOptions } from 'cli-table3';

export const PLAIN_TABLE: TableConstructorOptions = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  // Colours are ours to decide (NO_COLOR, pipes).
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

/** The rows of a table, without the spaces that fill up its last column. */
export function tableLines(table: { toString(): string }): readonly string[] {
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
