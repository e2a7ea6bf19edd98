/** People in the loop: decisions in many orders, acts at random, and a conversation with approvals in it, killed at every point. */
import path from 'node:path';
import { REFUNDS } from '../support/refunds/script';
import { COMPILED } from '../support/payments/compiled-root';
import { playSweep } from './full-sweep';
import { playTests } from './jest-tests';
import type { Part } from './part';

const TESTS = [
  'test/session/approvals-',
  'test/session/people-',
  'test/workflows/session/people-at-random',
  'test/recovery/approvals-',
];

export const people: Part = {
  name: 'people',
  what: 'approvals in many orders, acts of people at random, and workers killed while people decide',
  run: async ({ folder, seed, say }) => {
    say('decisions in many orders, and acts at random');
    const { failures: failed, ...tests } = await playTests(TESTS, path.join(folder, 'people.json'), seed);
    const script = path.join(COMPILED, 'test/support/refunds/plan.js');
    const html = path.join(folder, 'sweep-people.html');
    say(`every point of a conversation with approvals; the report goes to ${html}`);
    const { summary, failures, figures } = await playSweep(script, html, seed, REFUNDS);
    return {
      summary: `${tests.passed} tests passed; ${summary}`,
      failures: [...failed, ...failures],
      figures: { tests, sweep: figures },
    };
  },
};
