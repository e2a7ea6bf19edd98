/** The sweep of the receptionist, with every point and the pairs of a seed, by the command that users have. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import type { SweepReport } from '../../testing/sweep/sweep-report';
import { COMPILED } from '../support/payments/compiled-root';
import type { Part } from './part';

/** Longest sweep, ms. */
const WITHIN_MS = 3_600_000;

export const fullSweep: Part = {
  name: 'sweep',
  what: 'the receptionist, killed at every point of a conversation and at pairs of points',
  run: async ({ folder, seed, say }) => {
    const html = path.join(folder, 'sweep.html');
    say(`every point of the receptionist, seed ${seed}; the report goes to ${html}`);
    return playSweep(path.join(COMPILED, 'examples/receptionist/sweep.js'), html, seed);
  },
};

/** @param script compiled file with the plan. `html`: gets the report. */
export async function playSweep(
  script: string,
  html: string,
  seed: number,
  agent = 'receptionist',
): ReturnType<Part['run']> {
  const report = await sweep([agent, '--script', script, '--seed', String(seed), '--report', html]);
  const bad = report.cases.filter(({ verdict }) => verdict !== 'passed');
  const failures = [
    ...report.calm.findings.map((finding) => `without a fault: ${JSON.stringify(finding)}`),
    ...bad.map((one) => `${one.id} ${one.verdict}: ${JSON.stringify(one.findings)}; repeat with: ${one.repeatWith}`),
    ...(report.held || bad.length > 0 ? [] : [`it did not hold${report.stopped ? `: ${report.stopped}` : ''}`]),
  ];
  const { cases, passed, workersKilled } = report.figures;
  return {
    summary: `${passed} of ${cases} runs passed, ${workersKilled} workers were killed`,
    failures,
    figures: { ...report.figures },
  };
}

function sweep(args: readonly string[]): Promise<SweepReport> {
  return new Promise((resolve, reject) => {
    const command = [path.join(COMPILED, 'cli/main.js'), 'sweep', ...args, '-o', 'json'];
    execFile(
      process.execPath,
      command,
      { timeout: WITHIN_MS, maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) => {
        // A sweep that did not hold ends with an exit code of its own and tells why in its report.
        if (stdout.trim().startsWith('{')) resolve(JSON.parse(stdout) as SweepReport);
        else
          reject(
            new Error(`the sweep ended without a report: ${stderr.trim() || (error?.message ?? 'it said nothing')}`),
          );
      },
    );
  });
}
