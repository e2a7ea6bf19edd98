/**
 * A sample of the sweep with a session that continues as new every few steps: the worker is killed around the storing of the conversation and around
 * workflow tasks, and the answers, the conversation over all runs and the world are what they are without a crash. The proof kills at each kind of
 * point of a call, too.
 */
import path from 'node:path';
import { renderReport } from '../../cli/sweep/render';
import { RECEPTIONIST } from '../../examples/receptionist/agent';
import { sweep, type SweepPlan } from '../../testing';
import { FULL, LANES, SEED } from '../support/payments/scale';
import { TestServer } from '../support/temporal-server';

const DIST = path.resolve(__dirname, '../../dist');
/** In `npm test` a question between two letters is enough; the proof has the whole conversation. */
const MESSAGES = FULL ? undefined : 3;
const POINTS = [
  'conversation.before-store',
  'conversation.after-store',
  'workflow.before-completion',
  'workflow.after-completion',
] as const;

test('killed around the storing of the conversation and between the runs: nothing differs', async () => {
  const { sweep: plan } = (await import(path.join(DIST, 'examples/receptionist/sweep-continued.js'))) as {
    sweep: SweepPlan;
  };
  const { address } = await TestServer.start();
  const report = await sweep({
    agent: RECEPTIONIST,
    plan: { ...plan, messages: plan.messages.slice(0, MESSAGES) },
    address,
    seed: SEED,
    parallel: LANES,
    points: FULL
      ? { kind: 'sample', perPointAndDetail: 4, seed: SEED }
      : { kind: 'sample', perPoint: 0, each: POINTS, seed: SEED },
    pairs: FULL ? 10 : 0,
    workerScript: path.join(DIST, 'testing/sweep/worker-main.js'),
  });
  console.info(renderReport(report));
  expect(report.calm.findings).toEqual([]);
  expect(report.cases.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  expect(report.held).toBe(true);
  const swept = report.rows.map(({ name }) => name.replace(/\[.*/, ''));
  expect(swept).toEqual(expect.arrayContaining([...POINTS]));
}, 480_000);
