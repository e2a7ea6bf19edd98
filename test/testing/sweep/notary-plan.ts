/** For `holdfast sweep notary --script dist/test/testing/sweep/notary-plan.js`. */
import path from 'node:path';
import { notaryPlan } from './notary-world';

export const sweep = notaryPlan(path.join(__dirname, 'notary.js'), process.env.NOTARY_FORGETS === '1');
