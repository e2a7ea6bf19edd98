/**
 * A sample of the sweep with people in it: calls that wait for approval, one edited, one rejected, one that needs two people, and a session that is
 * paused meanwhile. Wherever the worker is killed, nothing differs from the run in which it lived. The proof kills at every point
 * (`npm run prove -- --only people`).
 */
import path from 'node:path';
import { renderReport } from '../../cli/sweep/render';
import { sweep, type SweepPlan } from '../../testing';
import { FULL, LANES, SEED } from '../support/payments/scale';
import { REFUNDS } from '../support/refunds/script';
import { TestServer } from '../support/temporal-server';

/** In `npm test`: while a decision is checked, between decision and run, and around workflow tasks. */
const POINTS = [
  'approval.after-check',
  'tool.before-intent',
  'workflow.before-task',
  'workflow.after-completion',
] as const;

const DIST = path.resolve(__dirname, '../../dist');

test('killed while approvals wait, as they are decided and before what was approved runs: nothing differs', async () => {
  // The compiled plan: its modules are those that the worker processes load.
  const { sweep: plan } = (await import(path.join(DIST, 'test/support/refunds/plan.js'))) as { sweep: SweepPlan };
  const { address } = await TestServer.start();
  const report = await sweep({
    agent: REFUNDS,
    plan,
    address,
    seed: SEED,
    parallel: LANES,
    points: FULL ? { kind: 'all' } : { kind: 'sample', perPoint: 0, each: POINTS, seed: SEED },
    pairs: FULL ? 30 : 0,
    workerScript: path.join(DIST, 'testing/sweep/worker-main.js'),
  });
  console.info(renderReport(report));
  expect(report.calm.findings).toEqual([]);
  expect(report.cases.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  expect(report.held).toBe(true);
  const swept = report.rows.map(({ name }) => name.replace(/\[.*/, ''));
  expect(swept).toEqual(expect.arrayContaining([...POINTS]));
}, 480_000);
