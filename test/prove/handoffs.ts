/** Families of sessions: random walks over six agents, without a server and with one, and the support desk, killed at every point. */
import path from 'node:path';
import { COMPILED } from '../support/payments/compiled-root';
import { playSweep } from './full-sweep';
import { playTests } from './jest-tests';
import type { Part } from './part';

const TESTS = ['test/workflows/family/random-walks', 'test/handoffs/at-random', 'test/handoffs/continued.test'];

export const handoffs: Part = {
  name: 'handoffs',
  what: 'random walks over six agents, and the support desk with its workers killed at every point',
  run: async ({ folder, seed, say }) => {
    say('random walks over six agents');
    const { failures: failed, ...tests } = await playTests(TESTS, path.join(folder, 'handoffs.json'), seed);
    const script = path.join(COMPILED, 'examples/support-desk/sweep.js');
    const html = path.join(folder, 'sweep-handoffs.html');
    say(`every point of the support desk; the report goes to ${html}`);
    const { summary, failures, figures } = await playSweep(script, html, seed, 'triage');
    return {
      summary: `${tests.passed} tests passed; ${summary}`,
      failures: [...failed, ...failures],
      figures: { tests, sweep: figures },
    };
  },
};
