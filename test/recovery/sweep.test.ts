/**
 * Sweeps of a small agent that find something: where the register forgets its keys, the deed that was entered twice, and how to see
 * it again. One that finds nothing is in receptionist-sweep.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { repeatCommand } from '../../cli/sweep/command';
import { renderReport } from '../../cli/sweep/render';
import { sweep, type SweepOptions, type SweepReport } from '../../testing';
import { eventually } from '../support/eventually';
import { TestServer } from '../support/temporal-server';
import { NOTARY, notaryPlan } from '../testing/sweep/notary-world';

const DIST = path.resolve(__dirname, '../../dist');
const AGENTS = path.join(DIST, 'test/testing/sweep/notary.js');
const SEED = 11;
const AFTER_EFFECT = 'tool.after-effect[enter]#2';

let address: string;
beforeAll(async () => {
  ({ address } = await TestServer.start());
});

async function sweepNotary(forgets: boolean, more: Partial<SweepOptions>): Promise<SweepReport> {
  const report = await sweep({
    agent: NOTARY,
    plan: notaryPlan(AGENTS, forgets),
    address,
    seed: SEED,
    parallel: 4,
    workerScript: path.join(DIST, 'testing/sweep/worker-main.js'),
    repeatWith: (caseId, seed) => repeatCommand(NOTARY, { script: 'plan.js' }, seed, caseId, { env: {} }),
    ...more,
  });
  if (report.folder !== undefined) rmSync(report.folder, { recursive: true, force: true });
  return report;
}

test('an effect that happens twice is found, and shown with the command that repeats it', async () => {
  const report = await sweepNotary(true, { only: AFTER_EFFECT });
  expect(report).toMatchObject({ held: false, calm: { findings: [] }, figures: { cases: 1, failed: 1 } });
  expect(report.cases[0]?.findings).toEqual([
    { check: 'world', what: 'world at [2]', expected: 'nothing', found: '"a ship"' },
  ]);
  const text = renderReport(report);
  expect(text).toContain(`FAILED ${AFTER_EFFECT}`);
  expect(text).toContain(`holdfast sweep notary --script plan.js --seed ${SEED} --only '${AFTER_EFFECT}'`);
}, 120_000);

test('a world that is not the same twice is told before anybody is killed', async () => {
  let opened = 0;
  const plan = notaryPlan(AGENTS, false);
  const openWorld: typeof plan.openWorld = async (at) => {
    const world = await plan.openWorld(at);
    opened += 1;
    const number = opened;
    return { ...world, snapshot: async () => number };
  };
  const report = await sweepNotary(false, { plan: { ...plan, openWorld } });
  expect(report).toMatchObject({ held: false, cases: [], calm: { findings: [{ check: 'world' }] } });
  expect(opened).toBe(2);
}, 120_000);

test('a sweep that is stopped says so and leaves no worker behind', async () => {
  const stop = new AbortController();
  const plan = notaryPlan(AGENTS, false);
  let opened = 0;
  const openWorld: typeof plan.openWorld = async (at) => {
    opened += 1;
    // The third run is the first with a crash.
    if (opened === 3) stop.abort();
    return plan.openWorld(at);
  };
  const report = await sweepNotary(false, { plan: { ...plan, openWorld }, signal: stop.signal });
  expect(report).toMatchObject({ held: false, cases: [] });
  expect(report.stopped).toBeDefined();
  await eventually('all workers to be gone', () => workersOfMine().length === 0);
}, 120_000);

function workersOfMine(): readonly string[] {
  // Exits with 1 where there is no child at all.
  const { stdout } = spawnSync('ps', ['-o', 'args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes('sweep/worker-main'));
}
