/** What is shown of a sweep: the table, the text with the commands that repeat, the HTML, escaped. */
import { repeatCommand } from '../../../cli/sweep/command';
import { renderReport } from '../../../cli/sweep/render';
import { parseCase, renderHtml, type CaseReport, type SweepReport } from '../../../testing/sweep';
import { escapeHtml } from '../../../testing/sweep/html-report';
import { figuresOf, tableOf } from '../../../testing/sweep/sweep-report';

const report = (id: string, more: Partial<CaseReport> = {}): CaseReport => ({
  ...parseCase(id),
  verdict: 'passed',
  findings: [],
  tries: 1,
  elapsedMs: 4_000,
  resumedAfterMs: [1_000],
  repeatWith: `again ${id}`,
  ...more,
});

const CASES: readonly CaseReport[] = [
  report('workflow.before-task#1'),
  report('tool.after-effect[book]#1', {
    verdict: 'failed',
    findings: [{ check: 'world', what: 'world at [1]', expected: 'nothing', found: '"<script>alert(1)</script>"' }],
    folder: '/tmp/left & right',
  }),
  report('tool.after-effect[book]#2', { resumedAfterMs: [3_000] }),
  report('tool.after-effect[book]#1+workflow.before-task#1', { verdict: 'passed', secondReached: false }),
  report('model.before-report[clerk]#1', { verdict: 'not_reached', tries: 2, resumedAfterMs: [] }),
];

const SWEPT: SweepReport = {
  agent: 'clerk<b>',
  seed: 42,
  held: false,
  calm: { points: { 'tool.after-effect[book]': 2 }, findings: [] },
  cases: CASES,
  rows: tableOf(CASES),
  figures: figuresOf(CASES, { parallel: 4, elapsedMs: 20_000, workersKilled: 5 }),
  versions: { holdfast: '1.2.3' },
};

test('the table has a row for each point and detail, and the pairs last', () => {
  expect(SWEPT.rows).toEqual([
    { name: 'model.before-report[clerk]', runs: 1, passed: 0, failed: 0, notReached: 1, resumedAfterMs: undefined },
    { name: 'tool.after-effect[book]', runs: 2, passed: 1, failed: 1, notReached: 0, resumedAfterMs: 2_000 },
    { name: 'workflow.before-task', runs: 1, passed: 1, failed: 0, notReached: 0, resumedAfterMs: 1_000 },
    { name: 'pairs', runs: 1, passed: 1, failed: 0, notReached: 0, resumedAfterMs: 1_000 },
  ]);
  expect(SWEPT.figures).toMatchObject({ cases: 5, passed: 3, failed: 1, notReached: 1, secondsNotReached: 1 });
});

test('the text shows each failure with what was found and how to repeat it', () => {
  const text = renderReport(SWEPT);
  expect(text).toContain('FAILED tool.after-effect[book]#1');
  expect(text).toContain('world at [1]: expected nothing, found "<script>');
  expect(text).toContain('again tool.after-effect[book]#1');
  expect(text).toContain('NOT REACHED model.before-report[clerk]#1');
  expect(text).toContain('seed 42');
  expect(text).not.toContain('FAILED tool.after-effect[book]#2');
});

test('a conversation that cannot be swept says why, and shows no table', () => {
  const findings = [{ check: 'world', what: 'world at [0]', expected: '1', found: '2' }] as const;
  const text = renderReport({ ...SWEPT, cases: [], rows: [], calm: { points: {}, findings } });
  expect(text).toContain('world at [0]: expected 1, found 2');
  expect(text).not.toContain('resumed');
});

test('the HTML is one file that escapes what it shows', () => {
  const html = renderHtml(SWEPT);
  expect(html).not.toContain('<script');
  expect(html).not.toContain('clerk<b>');
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(html).toContain('/tmp/left &amp; right');
  expect(html).toContain('again tool.after-effect[book]#1');
  expect(html).not.toMatch(/(?:src|href)=/);
  expect(escapeHtml(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
});

test('the command that repeats a case is the one that was given', () => {
  const flags = { script: 'dist/my plan.js', address: 'localhost:7233' };
  const typed = repeatCommand('clerk', flags, 7, 'tool.after-effect[book]#1', { env: {} });
  expect(typed).toBe(
    "holdfast sweep clerk --script 'dist/my plan.js' --address localhost:7233 --seed 7 --only 'tool.after-effect[book]#1'",
  );
  const byNpm = repeatCommand('clerk', { script: 'x.js' }, 7, 'workflow.before-task#1', {
    env: { npm_lifecycle_event: 'sweep' },
  });
  expect(byNpm).toBe("npm run sweep -- --seed 7 --only 'workflow.before-task#1'");
});
