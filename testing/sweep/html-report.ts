/** The report of a sweep as one HTML file that needs nothing else. Everything in it that comes from elsewhere is escaped. */
import type { Finding } from './compare-runs';
import type { CaseReport, SweepReport, TableRow } from './sweep-report';

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1d1f23; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e3e5e8; vertical-align: top; }
  th { font-weight: 600; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
  code, pre { font: 13px/1.45 ui-monospace, monospace; } pre { background: #f4f5f7; padding: .6rem .8rem; overflow-x: auto; white-space: pre-wrap; word-break: break-word; }
  .good { color: #17692f; } .bad { color: #b3261e; } section.case { margin: 1.5rem 0; }
`;

/** For text and for attribute values in double quotes. */
export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

export function renderHtml(report: SweepReport): string {
  const { agent, cases, calm, rows } = report;
  const bad = cases.filter(({ verdict }) => verdict !== 'passed');
  const title = escapeHtml(`Sweep of ${agent}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}: <span class="${report.held ? 'good' : 'bad'}">${escapeHtml(verdictOf(report))}</span></h1>
${summary(report)}
${calm.findings.length > 0 ? `<h2>Without a fault</h2>\n${findingsTable(calm.findings)}` : ''}
${rows.length > 0 ? `<h2>Points</h2>\n${pointsTable(rows)}` : ''}
${bad.length > 0 ? `<h2>What did not pass</h2>\n${bad.map(caseSection).join('\n')}` : ''}
</body>
</html>
`;
}

function verdictOf({ held, stopped, calm, figures }: SweepReport): string {
  if (calm.findings.length > 0) return 'cannot be swept';
  if (stopped !== undefined) return `stopped after ${figures.cases} runs`;
  return held ? 'every run passed' : `${figures.failed + figures.notReached} of ${figures.cases} runs did not pass`;
}

function summary({ figures, seed, versions, calm }: SweepReport): string {
  const points = Object.values(calm.points).reduce((sum, count) => sum + count, 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Points passed without a fault', String(points)],
    [
      'Runs with crashes',
      `${figures.cases}: ${figures.passed} passed, ${figures.failed} failed, ${figures.notReached} not reached`,
    ],
    ['Workers killed', String(figures.workersKilled)],
    ['Pairs whose second point was not reached', String(figures.secondsNotReached)],
    ['Median from a death to the next sign of life', seconds(figures.resumedAfterMs)],
    ['Median of a run', seconds(figures.caseMs)],
    ['In all', `${seconds(figures.elapsedMs)}, ${figures.parallel} runs at a time`],
    ['Seed', String(seed)],
    [
      'Versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
  ];
  const cells = facts.map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`);
  return `<table>${cells.join('\n')}</table>`;
}

function pointsTable(rows: readonly TableRow[]): string {
  const head = ['runs', 'passed', 'failed', 'not reached', 'resumed after (median)'];
  const cells = rows.map((row) => {
    const numbers = [row.runs, row.passed, row.failed, row.notReached].map((count) => `<td class="n">${count}</td>`);
    return `<tr><td><code>${escapeHtml(row.name)}</code></td>${numbers.join('')}<td class="n">${seconds(row.resumedAfterMs)}</td></tr>`;
  });
  const heads = head.map((name) => `<th class="n">${name}</th>`).join('');
  return `<table><tr><th>point</th>${heads}</tr>\n${cells.join('\n')}</table>`;
}

function caseSection({ id, verdict, findings, repeatWith, folder }: CaseReport): string {
  const why = verdict === 'not_reached' ? '<p>No worker came to this point.</p>' : findingsTable(findings);
  const left = folder === undefined ? '' : `<p>What is left of the run: <code>${escapeHtml(folder)}</code></p>`;
  return `<section class="case"><h3><code>${escapeHtml(id)}</code></h3>
${why}
<pre>${escapeHtml(repeatWith)}</pre>
${left}</section>`;
}

function findingsTable(findings: readonly Finding[]): string {
  const rows = findings.map(({ check, what, expected, found }) => {
    const cells = [check, what].map((text) => `<td>${escapeHtml(text)}</td>`);
    const values = [expected, found].map((text) => `<td><code>${escapeHtml(text)}</code></td>`);
    return `<tr>${[...cells, ...values].join('')}</tr>`;
  });
  return `<table><tr><th>check</th><th>where</th><th>expected</th><th>found</th></tr>\n${rows.join('\n')}</table>`;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`;
}
