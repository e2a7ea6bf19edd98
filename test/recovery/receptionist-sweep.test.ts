/**
 * A sample of what `npm run sweep` does in full: the receptionist, killed after the effect of each of its tools, which are of all effect classes; with an answer of
 * the model that nobody has recorded; after a workflow task; and at the points that are only passed after a crash (probes, decisions of people). `crash-points` kills
 * at each kind of point of one booking, `refunds-sweep` while people decide, and `npm run prove` at every point of every tool.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { renderReport } from '../../cli/sweep/render';
import { RECEPTIONIST } from '../../examples/receptionist/agent';
import { sweep, type SweepPlan } from '../../testing';
import { LANES } from '../support/payments/scale';
import { TestServer } from '../support/temporal-server';

const DIST = path.resolve(__dirname, '../../dist');
const SEED = 7;
/** Where it is open what happened. */
const POINTS = ['tool.after-effect', 'model.after-request', 'workflow.after-completion'] as const;

test('killed after an effect of each class, in a model call, after a workflow task, and after a crash: nothing differs', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'holdfast-receptionist-sweep-'));
  const reportFile = path.join(folder, 'report.html');
  // The compiled plan: its modules are those that the worker processes load.
  const { sweep: plan } = (await import(path.join(DIST, 'examples/receptionist/sweep.js'))) as { sweep: SweepPlan };
  const { address } = await TestServer.start();
  const report = await sweep({
    agent: RECEPTIONIST,
    // Without the second request for the deposit, which adds no point of a new kind.
    plan: { ...plan, messages: plan.messages.filter((message) => !/charge my card again/.test(message)) },
    address,
    seed: SEED,
    parallel: LANES,
    points: { kind: 'sample', perPoint: 0, each: POINTS, seed: SEED },
    pairs: 1,
    reportFile,
    workerScript: path.join(DIST, 'testing/sweep/worker-main.js'),
  });
  console.info(renderReport(report));
  expect(report.calm.findings).toEqual([]);
  expect(report.cases.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
  expect(report.held).toBe(true);

  const swept = report.rows.map(({ name }) => name);
  const expected = [
    `model.after-request[${RECEPTIONIST}]`,
    'workflow.after-completion',
    ...['book_appointment', 'move_appointment', 'take_deposit', 'send_text_message'].map(
      (tool) => `tool.after-effect[${tool}]`,
    ),
  ];
  expect(expected.filter((name) => !swept.some((one) => one.startsWith(name)))).toEqual([]);
  const seconds = new Set(report.cases.flatMap(({ crashAt }) => crashAt.slice(1).map((point) => point.split('#')[0])));
  expect([...seconds]).toEqual(
    expect.arrayContaining(['tool.before-probe[take_deposit]', 'tool.after-probe[take_deposit]']),
  );
  expect(report.figures.workersKilled).toBeGreaterThanOrEqual(expected.length);
  expect(report.figures.resumedAfterMs).toBeGreaterThan(0);
  expect(readFileSync(reportFile, 'utf8')).toContain('every run passed');
  rmSync(folder, { recursive: true, force: true });
}, 480_000);
