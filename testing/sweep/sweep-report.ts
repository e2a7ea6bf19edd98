/** What a sweep found, as data, and its table. Plain. */
import { median } from '../median';
import type { SweepCase } from './choose-cases';
import type { Finding } from './compare-runs';
import { groupBy } from './group-by';

export interface SweepReport {
  readonly agent: string;
  readonly seed: number;
  /** True where every case passed. */
  readonly held: boolean;
  /** The run without faults. Where it has findings, no case was run. */
  readonly calm: CalmRun;
  readonly cases: readonly CaseReport[];
  readonly rows: readonly TableRow[];
  readonly figures: SweepFigures;
  readonly versions: Readonly<Record<string, string>>;
  /** Set where it was stopped before its end. */
  readonly stopped?: string;
  /** Folder with what is left of the runs that failed; absent where none did. */
  readonly folder?: string;
}

export interface CalmRun {
  /** Points passed, by `<point>[detail]`. */
  readonly points: Readonly<Record<string, number>>;
  /** What is wrong without any fault, or differs between two such runs. */
  readonly findings: readonly Finding[];
}

export interface CaseReport extends SweepCase {
  /** `not_reached`: a worker did not come to the point where it was to die, twice. */
  readonly verdict: 'passed' | 'failed' | 'not_reached';
  readonly findings: readonly Finding[];
  /** Of a pair: whether the second worker came to its point; that it did not is no failure. */
  readonly secondReached?: boolean;
  readonly tries: number;
  readonly elapsedMs: number;
  /** From each death to the first point that the next worker passed, ms; none where nothing was left to do. */
  readonly resumedAfterMs: readonly number[];
  /** Runs this case alone. */
  readonly repeatWith: string;
  /** What is left of the run; absent where it passed. */
  readonly folder?: string;
}

export interface SweepFigures {
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly notReached: number;
  /** Of the pairs: those whose second worker never came to its point. */
  readonly secondsNotReached: number;
  /** Worker processes that died where they were armed to. */
  readonly workersKilled: number;
  readonly parallel: number;
  readonly elapsedMs: number;
  /** Median of one case, ms. */
  readonly caseMs?: number;
  /** Median from a death to the next worker's first point, ms. */
  readonly resumedAfterMs?: number;
}

/** One line of the table: the cases of one `<point>[detail]`, or the pairs. */
export interface TableRow {
  readonly name: string;
  readonly runs: number;
  readonly passed: number;
  readonly failed: number;
  readonly notReached: number;
  readonly resumedAfterMs?: number;
}

export function tableOf(cases: readonly CaseReport[]): readonly TableRow[] {
  const groups = groupBy(cases, ({ kind, id }) => (kind === 'pair' ? 'pairs' : id.replace(/#\d+$/, '')));
  return [...groups]
    .map(([name, group]) => rowOf(name, group))
    .sort(
      (one, other) => Number(one.name === 'pairs') - Number(other.name === 'pairs') || compare(one.name, other.name),
    );
}

const compare = (one: string, other: string): number => (one < other ? -1 : 1);

function rowOf(name: string, cases: readonly CaseReport[]): TableRow {
  const count = (verdict: CaseReport['verdict']): number => cases.filter((one) => one.verdict === verdict).length;
  return {
    name,
    runs: cases.length,
    passed: count('passed'),
    failed: count('failed'),
    notReached: count('not_reached'),
    resumedAfterMs: medianOf(cases.flatMap((one) => one.resumedAfterMs)),
  };
}

export function figuresOf(
  cases: readonly CaseReport[],
  run: { readonly parallel: number; readonly elapsedMs: number; readonly workersKilled: number },
): SweepFigures {
  const { runs, passed, failed, notReached, resumedAfterMs } = rowOf('all', cases);
  return {
    ...run,
    cases: runs,
    passed,
    failed,
    notReached,
    secondsNotReached: cases.filter((one) => one.secondReached === false).length,
    caseMs: medianOf(cases.map((one) => one.elapsedMs)),
    resumedAfterMs,
  };
}

const medianOf = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.round(median(values));
