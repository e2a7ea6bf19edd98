/** How the test command counts, and that unsupported versions of Node are refused with a sentence. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import type { AggregatedResult, TestResult } from '@jest/reporters';

const scripts = path.resolve(__dirname, '..', '..', 'scripts');

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
const { countsOf, lastLine } = jest.requireActual<{
  countsOf: (file: AggregatedResult['testResults'][number]) => Counts;
  lastLine: (counts: Counts) => string;
}>('../../scripts/summary-reporter');
const { refusal } = jest.requireActual<{ refusal: (version: string) => string | undefined }>(
  '../../scripts/check-node',
);

function file(statuses: readonly string[], rest: Partial<TestResult> = {}): TestResult {
  const testResults = statuses.map((status) => ({ status }));
  return { testResults, perfStats: { start: 0, end: 1 }, ...rest } as unknown as TestResult;
}

describe('npm test', () => {
  test('ends with the counts', () => {
    expect(lastLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    expect(lastLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });

  test('counts each test once, by what became of it', () => {
    expect(countsOf(file(['passed', 'failed', 'pending', 'todo', 'disabled']))).toMatchObject({
      passed: 1,
      failed: 1,
      skipped: 3,
    });
  });

  test('counts a file that could not run as one failure', () => {
    expect(countsOf(file([], { failureMessage: 'Cannot find module' }))).toMatchObject({ passed: 0, failed: 1 });
  });

  test('counts a failed hook of a file whose tests passed as one failure', () => {
    expect(countsOf(file(['passed'], { failureMessage: 'afterAll threw' }))).toMatchObject({ passed: 1, failed: 1 });
  });
});

describe('Node versions', () => {
  test.each(['22.16.0', '22.23.3', '24.21.0', '26.10.0'])('%s will do', (version) => {
    expect(refusal(version)).toBeUndefined();
  });

  test.each(['20.20.2', '22.15.1', '18.0.0'])('%s is refused with what to do', (version) => {
    expect(refusal(version)).toMatch(
      new RegExp(`^holdfast needs Node 22\\.16 or later and found ${version}: run .*npm ci`),
    );
  });

  test('this one passes the check that every script begins with', () => {
    expect(spawnSync(process.execPath, [path.join(scripts, 'check-node.js')]).status).toBe(0);
  });
});
