/** What a sweep takes and what it says while it runs. */
import type { PointChoice } from './choose-cases';
import type { SweepPlan } from './plan';
import type { CaseReport } from './sweep-report';

export interface SweepOptions {
  /** Name of the agent that is talked to. */
  readonly agent: string;
  readonly plan: SweepPlan;
  /** Temporal server, `host:port`; absent: TEMPORAL_ADDRESS, or a dev server of its own, in memory. */
  readonly address?: string;
  /** Runs at a time; absent: three for each core, since a run mostly waits for a dead worker's timeouts. */
  readonly parallel?: number;
  /** Of the pairs; absent: a random one, which the report names. */
  readonly seed?: number;
  /** Pairs drawn, beside one for each point that is only passed after a crash. 0: no pairs at all. Default 50. */
  readonly pairs?: number;
  /** Which points; absent: all of them. */
  readonly points?: PointChoice;
  /** A single case, by its id: nothing else is run. */
  readonly only?: string;
  /** Gets the report as one HTML file. */
  readonly reportFile?: string;
  readonly onProgress?: (progress: SweepProgress) => void;
  /** Stops the sweep: its runs are broken off, what was found so far is reported. */
  readonly signal?: AbortSignal;
  /** Words that repeat one case; absent: a call of `sweep`. */
  readonly repeatWith?: (caseId: string, seed: number) => string;
  /** Compiled file that runs a worker for the module in its first argument, in place of the sweep's own; for tests of sweeps. */
  readonly workerScript?: string;
}

export type SweepProgress =
  /** What is being done, in one line. */
  | { readonly kind: 'stage'; readonly line: string }
  /** A case is over. `known`: cases so far; pairs are chosen when the single ones are over. */
  | {
      readonly kind: 'case';
      readonly done: number;
      readonly known: number;
      readonly failed: number;
      readonly last: CaseReport;
    };
