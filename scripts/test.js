/**
 * `npm test`: builds, runs jest and ends with `N passed, N failed[, N skipped]`, also when the build or jest itself fails.
 * Three runs: most files side by side; then those that kill processes and often wait for a dead one's leases to end, some at a time; then
 * those that measure times, one at a time, so that none disturbs the other. With arguments (`npm test -- <jest arguments>`) it is one run of jest with these.
 */
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { refusal } = require('./check-node');
const { restore } = require('./published-manifest');
const { lastLine } = require('./summary-reporter');

const ROOT = path.resolve(__dirname, '..');
/** Tests that need the machine to themselves, as patterns on paths. */
const ALONE = ['/test/recovery/(twenty-sessions|worker-outage|open-sessions)'];
/** Tests that often wait. */
const WAITING = ['/test/recovery/'];
/** Most files at a time: they often wait for a server or a timer, so a worker more than there are cores is of use. */
const AT_ONCE = 3;
/** So many of those that wait at a time; each has processes of its own, and on two slow cores three starve each other of heartbeats. */
const WAITING_AT_ONCE = 2;

/**
 * @param {string[]} argv program of this project's dependencies and its arguments
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {boolean} whether it ended well
 */
function run(argv, env = process.env) {
  const { status, error } = spawnSync(process.execPath, argv, { cwd: ROOT, stdio: 'inherit', env });
  if (error) console.error(`cannot start ${argv[0]}: ${error.message}`);
  return status === 0;
}

/**
 * @param {string} file that the reporter wrote
 * @returns {import('./summary-reporter').Counts | undefined}
 */
function readCounts(file) {
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : undefined;
}

function main() {
  const problem = refusal(process.versions.node);
  const total = { passed: 0, failed: 0, skipped: 0 };
  if (problem) {
    console.error(problem);
    total.failed += 1;
  } else if (restore(ROOT)) {
    console.error(
      'An interrupted `npm pack` had left the published package.json in place; the development one is back. Run `npm test` again.',
    );
    total.failed += 1;
  } else if (
    !run([require.resolve('typescript/bin/tsc'), '-b']) ||
    !run([path.join(ROOT, 'dist/scripts/bundle-workflows.js')])
  ) {
    console.error('The build failed; no test was run.');
    total.failed += 1;
  } else {
    runJest(process.argv.slice(2), total);
  }
  console.log(`\n${lastLine(total)}`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

/**
 * @param {string[]} args of the user
 * @param {import('./summary-reporter').Counts} total added to
 */
function runJest(args, total) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-'));
  const jest = require.resolve('jest/bin/jest');
  const runs =
    args.length > 0
      ? [args]
      : [
          ['--maxWorkers', String(AT_ONCE), '--testPathIgnorePatterns', '/node_modules/', ...ALONE, ...WAITING],
          [
            ...['--maxWorkers', String(WAITING_AT_ONCE), '--testPathIgnorePatterns', '/node_modules/', ...ALONE],
            ...['--testPathPatterns', ...WAITING],
          ],
          ['--runInBand', '--passWithNoTests', '--testPathPatterns', ...ALONE],
        ];
  for (const [index, argv] of runs.entries()) {
    const file = path.join(folder, `${index}.json`);
    const well = run([jest, ...argv], { ...process.env, HOLDFAST_TEST_COUNTS: file });
    const counts = readCounts(file);
    total.passed += counts?.passed ?? 0;
    total.failed += counts?.failed ?? 0;
    total.skipped += counts?.skipped ?? 0;
    if (!counts || (!well && counts.failed === 0)) {
      console.error('Jest failed outside of the tests; counted as one failure.');
      total.failed += 1;
    }
  }
  fs.rmSync(folder, { recursive: true, force: true });
}

main();
