/** Tests of the suite, played in full as a part of the proof. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { COMPILED } from '../support/payments/compiled-root';

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

export interface TestFigures {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
}

/**
 * Runs them one at a time, at full size.
 * @param patterns on paths of test files.
 * @param file that gets jest's own report.
 */
export async function playTests(patterns: readonly string[], file: string, seed: number): Promise<TestFigures> {
  await jest(patterns, file, seed);
  const result = JSON.parse(readFileSync(file, 'utf8')) as JestResult;
  const failures = result.testResults.flatMap(({ assertionResults, message }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length > 0) return failed.map((one) => `${one.fullName}: ${one.failureMessages[0] ?? ''}`);
    return message === '' ? [] : [message];
  });
  const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = result;
  const unexplained = result.success || failures.length > 0 ? [] : ['jest failed outside of the tests'];
  return { passed, failed, skipped, failures: [...failures, ...unexplained] };
}

function jest(patterns: readonly string[], outputFile: string, seed: number): Promise<void> {
  const program = require.resolve('jest/bin/jest');
  const args = ['--runInBand', '--json', `--outputFile=${outputFile}`, '--testPathPatterns', ...patterns];
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
