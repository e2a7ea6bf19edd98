/**
 * A sample of the sweep over the support desk: two transfers, two delegates at once, an approval in a child, and control that comes back. Whoever is killed, whatever
 * of it is in flight, nothing differs from the run in which all lived. The proof kills at every point (`npm run prove -- --only handoffs`).
 */
import path from 'node:path';
import { renderReport } from '../../cli/sweep/render';
import { sweep, type SweepPlan } from '../../testing';
import { LANES, SEED } from '../support/payments/scale';
import { TestServer } from '../support/temporal-server';

/** In `npm test`: of each agent an answer that was not reported, and workflow tasks of the family; an effect that was not recorded is in the demo's test. */
const POINTS = ['model.before-report', 'workflow.after-completion'] as const;

const DIST = path.resolve(__dirname, '../../dist');

test('killed while agents hand over, are asked, wait for people and come back: nothing differs', async () => {
  // The compiled plan: its modules are those that the worker processes load.
  const { sweep: plan } = (await import(path.join(DIST, 'examples/support-desk/sweep.js'))) as { sweep: SweepPlan };
  const { address } = await TestServer.start();
  const report = await sweep({
    agent: 'triage',
    plan,
    address,
    seed: SEED,
    parallel: LANES,
    points: { kind: 'sample', perPoint: 0, each: POINTS, seed: SEED },
    pairs: 0,
    workerScript: path.join(DIST, 'testing/sweep/worker-main.js'),
  });
  console.info(renderReport(report));
  expect(report.calm.findings).toEqual([]);
  expect(report.cases.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  expect(report.held).toBe(true);
  const swept = report.rows.map(({ name }) => name.replace(/\[.*/, ''));
  expect(swept).toEqual(expect.arrayContaining([...POINTS]));
}, 480_000);
