/**
 * Jest reporter: lists each test file with its counts and time, the slowest tests, and the skipped ones by name, before
 * jest's own summary. A file that could not run at all counts as one failure. With HOLDFAST_TEST_COUNTS set, the counts are
 * written to that file as JSON, for `scripts/test.js`, which runs jest more than once and prints the last line.
 */
'use strict';
const fs = require('node:fs');
const path = require('node:path');

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {Counts} counts
 * @returns {string}
 */
function lastLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * @param {import('@jest/reporters').AggregatedResult['testResults'][number]} file
 * @returns {Counts & { ms: number }}
 */
function countsOf(file) {
  const counts = { passed: 0, failed: 0, skipped: 0, ms: file.perfStats.end - file.perfStats.start };
  for (const test of file.testResults) {
    if (test.status === 'passed') counts.passed += 1;
    else if (test.status === 'failed') counts.failed += 1;
    else counts.skipped += 1;
  }
  if (file.testExecError || (file.failureMessage && counts.failed === 0)) counts.failed += 1;
  return counts;
}

class SummaryReporter {
  /**
   * @param {unknown} _contexts
   * @param {import('@jest/reporters').AggregatedResult} results
   */
  onRunComplete(_contexts, results) {
    const files = results.testResults
      .map((file) => ({ file, name: path.relative(process.cwd(), file.testFilePath), ...countsOf(file) }))
      .sort((a, b) => a.name.localeCompare(b.name));
    const lines = ['', 'What ran:'];
    for (const { name, passed, failed, skipped, ms } of files) {
      lines.push(
        `  ${failed > 0 ? 'FAIL' : 'ok  '} ${name}: ${lastLine({ passed, failed, skipped })} (${seconds(ms)})`,
      );
    }
    const tests = files.flatMap(({ file, name }) => file.testResults.map((test) => ({ test, name })));
    const slowest = tests
      .filter(({ test }) => (test.duration ?? 0) >= 1000)
      .sort((a, b) => (b.test.duration ?? 0) - (a.test.duration ?? 0))
      .slice(0, 10);
    if (slowest.length > 0) lines.push('Slowest tests:');
    for (const { test, name } of slowest) lines.push(`  ${seconds(test.duration ?? 0)} ${test.fullName} (${name})`);
    const skipped = tests.filter(({ test }) => !['passed', 'failed'].includes(test.status));
    // With a pattern on names everything else is "skipped": naming all of it would drown the rest.
    const named = skipped.length > 100 ? skipped.slice(0, 0) : skipped;
    if (named.length > 0) lines.push('Skipped:');
    for (const { test, name } of named) lines.push(`  ${test.fullName} (${name})`);
    const total = { passed: 0, failed: 0, skipped: 0 };
    for (const counts of files) {
      total.passed += counts.passed;
      total.failed += counts.failed;
      total.skipped += counts.skipped;
    }
    const target = process.env.HOLDFAST_TEST_COUNTS;
    if (target) fs.writeFileSync(target, JSON.stringify(total));
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

// Jest takes a reporter from `module.exports` itself.
module.exports = Object.assign(SummaryReporter, { lastLine, countsOf });
