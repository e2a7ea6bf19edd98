/**
 * Sessions without end: 2,100 messages to one, 1,000 open ones on a small worker, 1,000 steps in one turn, worker and server killed while one
 * continues as new, and the receptionist's sweep with that forced every few steps.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import type { Json } from '../../workflows/contracts/json';
import { COMPILED } from '../support/payments/compiled-root';
import { playSweep } from './full-sweep';
import { playTests } from './jest-tests';
import type { Part } from './part';

const TESTS = ['test/recovery/many-messages', 'test/recovery/open-sessions', 'test/recovery/continued-'];
/** Longest turn of the bench, ms. */
const BENCH_WITHIN_MS = 1_200_000;

export const continuedSessions: Part = {
  name: 'continued',
  what: 'sessions that go on: many messages, many steps, many open ones, and crashes while they continue as new',
  run: async ({ folder, seed, say }) => {
    say('2,100 messages to one session, 1,000 open ones, worker and server killed between runs');
    const { failures: failed, ...tests } = await playTests(TESTS, path.join(folder, 'continued.json'), seed);
    say('1,000 steps in one turn');
    const steps = await longTurn();
    const script = path.join(COMPILED, 'examples/receptionist/sweep-continued.js');
    const html = path.join(folder, 'sweep-continued.html');
    say(`every point of the receptionist, continued every few steps; the report goes to ${html}`);
    const { summary, failures, figures } = await playSweep(script, html, seed);
    return {
      summary: `${tests.passed} tests passed; ${summary}`,
      failures: [...failed, ...steps.failures, ...failures],
      figures: { tests, steps: steps.figures, sweep: figures },
    };
  },
};

/** The bench says by its exit code whether what it writes is within its aims. */
function longTurn(): Promise<{ readonly failures: readonly string[]; readonly figures: Json }> {
  return new Promise((resolve) => {
    const bench = path.join(COMPILED, 'bench/continued/main.js');
    const options = { timeout: BENCH_WITHIN_MS, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [bench, '--steps', '1000'], options, (error, stdout, stderr) => {
      const line = stdout.split('\n').find((text) => text.startsWith('{'));
      const figures = line === undefined ? null : (JSON.parse(line) as Json);
      resolve({ figures, failures: error ? [`1,000 steps in one turn: ${stderr.trim() || error.message}`] : [] });
    });
  });
}
