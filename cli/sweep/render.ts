/** The report of a sweep as text. */
import Table from 'cli-table3';
import type { CaseReport, Finding, SweepReport } from '../../testing/sweep';
import { PLAIN_TABLE, tableLines } from '../table-style';
import { safeLine } from '../terminal-text';

/** Most failures, and most findings of each, that are printed; the HTML report has all. */
const MAX_FAILURES = 20;
const MAX_FINDINGS = 5;

export function renderReport(report: SweepReport): string {
  const { cases, calm, figures } = report;
  if (calm.findings.length > 0) {
    return [
      'The conversation cannot be swept: without any fault it is not right, or not the same twice.',
      ...calm.findings.slice(0, MAX_FAILURES).map(findingLine),
    ].join('\n');
  }
  const bad = cases.filter(({ verdict }) => verdict !== 'passed');
  const more = bad.length > MAX_FAILURES ? [`and ${bad.length - MAX_FAILURES} more that did not pass`] : [];
  return [
    ...tableLines(pointsTable(report)),
    '',
    ...bad.slice(0, MAX_FAILURES).flatMap(failureLines),
    ...more,
    `${figures.cases} runs, ${figures.workersKilled} workers killed: ${figures.passed} passed, ${figures.failed} failed, ${figures.notReached} not reached` +
      (figures.secondsNotReached > 0
        ? `; of the pairs ${figures.secondsNotReached} never came to their second point`
        : ''),
    `seed ${report.seed}; ${seconds(figures.elapsedMs)} in all, ${figures.parallel} runs at a time; median ${seconds(figures.caseMs)} a run, resumed after ${seconds(figures.resumedAfterMs)}`,
    ...(report.stopped === undefined ? [] : [`Not complete: ${report.stopped}.`]),
  ].join('\n');
}

function pointsTable({ rows }: SweepReport): { toString(): string } {
  const table = new Table({
    ...PLAIN_TABLE,
    head: ['point', 'runs', 'passed', 'failed', 'not reached', 'resumed after'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
  });
  for (const { name, runs, passed, failed, notReached, resumedAfterMs } of rows) {
    table.push([name, runs, passed, failed, notReached, seconds(resumedAfterMs)]);
  }
  return table;
}

function failureLines({ id, verdict, findings, repeatWith, folder }: CaseReport): readonly string[] {
  const more = findings.length > MAX_FINDINGS ? [`  and ${findings.length - MAX_FINDINGS} more`] : [];
  return [
    `${verdict === 'not_reached' ? 'NOT REACHED' : 'FAILED'} ${id}`,
    ...findings.slice(0, MAX_FINDINGS).map(findingLine),
    ...more,
    `  again:  ${repeatWith}`,
    ...(folder === undefined ? [] : [`  left:   ${folder}`]),
    '',
  ];
}

function findingLine({ what, expected, found }: Finding): string {
  return `  ${safeLine(what, 120)}: expected ${safeLine(expected, 400)}, found ${safeLine(found, 400)}`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`;
}
