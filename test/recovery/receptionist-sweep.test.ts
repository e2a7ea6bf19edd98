/**
 * A sample of what `npm run sweep` does in full: the receptionist, killed at each kind of point; after the effect of each of its tools, which are of
 * all effect classes; and at the points that are only passed after a crash (probes, decisions of people). `npm run prove` kills at every point of every tool.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { renderReport } from '../../cli/sweep/render';
import { RECEPTIONIST } from '../../examples/receptionist/agent';
import { sweep, type SweepPlan } from '../../testing';
import { TestServer } from '../support/temporal-server';

const DIST = path.resolve(__dirname, '../../dist');
const SEED = 7;
const CALL = ['before-report', 'after-report'];
const LEASED = ['before-intent', 'after-intent', 'after-record', ...CALL];
/** Where it is open whether the effect happened. */
const EACH_CLASS = ['tool.after-effect'] as const;

test('killed at each kind of point, after an effect of each class, and after a crash: nothing differs', async () => {
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
    points: { kind: 'sample', perPoint: 1, each: [...EACH_CLASS], seed: SEED },
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
    ...['before-request', 'after-request', 'after-record', ...CALL].map((place) => `model.${place}[${RECEPTIONIST}]`),
    ...['before-task', 'before-completion', 'after-completion'].map((place) => `workflow.${place}`),
    ...['book_appointment', 'move_appointment', 'take_deposit', 'send_text_message'].flatMap((tool) =>
      EACH_CLASS.map((point) => `${point}[${tool}]`),
    ),
    ...LEASED.map((place) => `tool.${place}`),
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
