/** The planted faults: the worker that has each, and what each must be found by. */
import type { Step } from '../payments/script';

export interface Plant {
  readonly name: string;
  /** Compiled worker below the compiled root. */
  readonly main: string;
}

const plant = (name: string): Plant => ({ name, main: `test/support/planted/${name}.js` });

export const PLANTS: readonly Plant[] = [
  plant('forgetful-ledger'),
  plant('tool-ignores-key'),
  plant('dropped-outcome'),
  plant('attempt-in-key'),
  plant('run-id-in-key'),
  plant('recorded-before-effect'),
  plant('unguarded-arguments'),
];

/** No fault: must pass whatever the others are found by. */
export const CONTROL: Plant = { name: 'control', main: 'test/support/worker-main.js' };

/** What sessions of a hunt pay by, in turn. */
export const HUNTED: readonly Step[] = ['plain', 'reconcilable', 'idempotent', 'at-most-once'];
