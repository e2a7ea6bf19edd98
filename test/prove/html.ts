/** The proof as one HTML file that needs nothing else. */
import { escapeHtml } from '../../testing/sweep/html-report';
import type { PartReport } from './part';

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}' +
  'td,th{text-align:left;vertical-align:top;padding:.3rem .8rem;border-bottom:1px solid #ccc}pre{white-space:pre-wrap}' +
  '.failed{color:#a00}.passed{color:#060}';

export function htmlOf(parts: readonly PartReport[], facts: Readonly<Record<string, string>>): string {
  const rows = parts.map(
    (part) =>
      `<tr><td>${escapeHtml(part.name)}</td><td class="${verdict(part)}">${verdict(part)}</td>` +
      `<td>${Math.round(part.tookMs / 1000)} s</td><td>${escapeHtml(part.summary)}</td></tr>`,
  );
  const details = parts.map(
    (part) =>
      `<h2>${escapeHtml(part.name)}</h2>` +
      part.failures.map((failure) => `<pre class="failed">${escapeHtml(failure)}</pre>`).join('') +
      `<pre>${escapeHtml(JSON.stringify(part.figures, null, 2))}</pre>`,
  );
  const given = Object.entries(facts).map(([name, value]) => `${escapeHtml(name)}: ${escapeHtml(value)}`);
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Proof of Holdfast</title><style>${STYLE}</style>` +
    `<h1>Proof</h1><p>${given.join(' · ')}</p><table><tr><th>part</th><th></th><th>time</th><th></th></tr>` +
    `${rows.join('')}</table>${details.join('')}</html>\n`
  );
}

const verdict = (part: PartReport): string => (part.passed ? 'passed' : 'failed');
