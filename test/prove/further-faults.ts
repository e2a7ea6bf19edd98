/** The tests of faults around payments, played in full: every point with every class on both ledgers, and crowds in place of a few. */
import path from 'node:path';
import { playTests } from './jest-tests';
import type { Part } from './part';

/** Those that have more to play than in a plain test run. */
const TESTS = ['test/recovery/payments-', 'test/recovery/small-cache', 'test/recovery/crash-points'];

export const furtherFaults: Part = {
  name: 'faults',
  what: 'workers stopped past their lease, links cut, ledgers away, disks full, clocks wrong, sessions reset',
  run: async ({ folder, seed, say }) => {
    say('the tests of further faults, in full');
    const { failures, ...figures } = await playTests(TESTS, path.join(folder, 'faults.json'), seed);
    const { passed, failed, skipped } = figures;
    return { summary: `${passed} tests passed, ${failed} failed, ${skipped} were skipped`, failures, figures };
  },
};
