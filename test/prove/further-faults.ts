/** The tests of faults around payments, played in full: every point with every class on both ledgers, and crowds in place of a few. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { COMPILED } from '../support/payments/compiled-root';
import type { Part } from './part';

/** What jest writes of a run. */
interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly success: boolean;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Those that have more to play than in a plain test run. */
const TESTS = ['test/recovery/payments-', 'test/recovery/small-cache', 'test/recovery/crash-points'];

export const furtherFaults: Part = {
  name: 'faults',
  what: 'workers stopped past their lease, links cut, ledgers away, disks full, clocks wrong, sessions reset',
  run: async ({ folder, seed, say }) => {
    const file = path.join(folder, 'faults.json');
    say('the tests of further faults, in full');
    await jest(file, seed);
    const result = JSON.parse(readFileSync(file, 'utf8')) as JestResult;
    const failures = result.testResults.flatMap(({ assertionResults, message }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      if (failed.length > 0) return failed.map((one) => `${one.fullName}: ${one.failureMessages[0] ?? ''}`);
      return message === '' ? [] : [message];
    });
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = result;
    return {
      summary: `${passed} tests passed, ${failed} failed, ${skipped} were skipped`,
      failures: result.success || failures.length > 0 ? failures : ['jest failed outside of the tests'],
      figures: { passed, failed, skipped },
    };
  },
};

function jest(outputFile: string, seed: number): Promise<void> {
  const program = require.resolve('jest/bin/jest');
  const args = ['--runInBand', '--json', `--outputFile=${outputFile}`, '--testPathPatterns', ...TESTS];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: path.dirname(COMPILED),
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, HOLDFAST_PROVE: '1', HOLDFAST_TEST_SEED: String(seed) },
    });
    child.once('error', reject);
    child.once('exit', () => resolve());
  });
}
