/**
 * A turn that goes on and on: so many steps in one turn, each with a tool result of 2 KB, under the server's own limits. What it writes, whether
 * a step costs at the end what it cost at the beginning, and how long the longest run of it takes to be replayed, beside the floor's.
 * `node dist/bench/continued/main.js [--steps 1000] [--result-bytes 2048] [--warm-up 60] [--replays 5]`
 */
import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import Table from 'cli-table3';
import { runsOf, type SessionRun } from '../../testing/run-chain';
import { workflowBundlePath } from '../../worker/workflow-bundle';
import { bundleFloor } from '../floor/bundle';
import { untilCompleted, withBench, type Bench } from '../setup';
import { replayTime } from './replay-time';
import { modelCallTimes, tenths, type Tenth } from './step-times';

/** Bytes of history a step in total, time a step of the last tenth to that of the first, and s a replay takes per 1,000 events. */
const AIMS = { bytesPerStep: 7 * 1024, lastToFirst: 1.15, secondsPer1000Events: 0.4 } as const;
/** Turns of at least so many steps are to keep the aims of the history. */
const JUDGED_FROM = 1_000;
/** Events of a step of two activities, with their workflow tasks. */
const EVENTS_PER_STEP = 12;

interface Options {
  readonly steps: number;
  readonly resultBytes: number;
  readonly warmUp: number;
  readonly replays: number;
}

async function measure(bench: Bench, { steps, warmUp, replays }: Options) {
  const { client, holdfast, floor, stub, folder } = bench;
  await holdfast.startWorker();
  if (warmUp > 0) {
    await holdfast.start('warm-up', warmUp);
    await untilCompleted(client, 'warm-up');
  }
  stub.takeModelTimes();
  // The last step is the answer.
  await holdfast.start('continued', steps - 1);
  await untilCompleted(client, 'continued');
  const runs = await runsOf(client, 'continued');
  const times = modelCallTimes(runs, (step) => `t1.s${step}.m`);
  if (times.length !== steps) throw new Error(`${times.length} model calls were found, and ${steps} were made`);
  const spent = tenths(times, stub.takeModelTimes());

  const longest = [...runs].sort((one, other) => other.events - one.events)[0] as SessionRun;
  await floor.startWorker();
  await floor.start('floor', Math.max(1, Math.round(longest.events / EVENTS_PER_STEP)));
  await untilCompleted(client, 'floor');
  const [floorRun] = await runsOf(client, 'floor');
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const replay = {
    holdfast: await replayTime(workflowBundlePath(), longest, replays),
    floor: await replayTime(await bundleFloor(folder), floorRun as SessionRun, replays),
  };
  return { runs: runs.map(({ events, bytes }) => ({ events, bytes })), tenths: spent, replay };
}

function report({ steps, resultBytes }: Options, { runs, tenths: spent, replay }: Awaited<ReturnType<typeof measure>>) {
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  const bytesPerStep = Math.round(bytes / steps);
  const [first, last] = [spent[0] as Tenth, spent[9] as Tenth];
  const lastToFirst = {
    median: last.median / first.median,
    medianOwn: last.medianOwn / first.medianOwn,
    mean: last.mean / first.mean,
    meanOwn: last.meanOwn / first.meanOwn,
  };
  console.log(`${steps} steps in one turn with results of ${resultBytes} bytes: finished, in ${runs.length} runs`);
  console.log(`history: ${bytes} bytes in total, ${bytesPerStep} a step (aim: at most ${AIMS.bytesPerStep})`);
  const table = new Table({
    head: ['tenth', 'ms/step', '(median)', 'without the provider', '(median)'],
    style: { head: [], border: [] },
  });
  for (const [index, tenth] of spent.entries()) {
    table.push([index + 1, ...[tenth.mean, tenth.median, tenth.meanOwn, tenth.medianOwn].map((ms) => ms.toFixed(1))]);
  }
  console.log(table.toString());
  console.log(
    `Last tenth to first, medians: ${lastToFirst.median.toFixed(2)} in all, ${lastToFirst.medianOwn.toFixed(2)} without the provider (aim: at most ${AIMS.lastToFirst}); ` +
      `means: ${lastToFirst.mean.toFixed(2)} and ${lastToFirst.meanOwn.toFixed(2)}.`,
  );
  console.log(
    'Continuing as new included. Means also hold what happens to a step now and then: the garbage of requests of 2 MB, the server’s disk. The provider is the stub: it reads and parses the whole request, so its own time grows with the\n' +
      'conversation as any provider’s does. Without it: all but from the first byte of a request to the end of its answer.',
  );
  for (const [name, { events, secondsPer1000Events }] of Object.entries(replay)) {
    console.log(`replay, ${name}: ${secondsPer1000Events.toFixed(3)} s per 1,000 events (${events} events)`);
  }
  const result = { bench: 'continued', steps, resultBytes, aims: AIMS, runs, bytesPerStep, lastToFirst };
  console.log(JSON.stringify({ ...result, tenths: spent, replay }));
  return { bytesPerStep };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '1000' },
      'result-bytes': { type: 'string', default: '2048' },
      'warm-up': { type: 'string', default: '60' },
      replays: { type: 'string', default: '5' },
    },
  });
  const options: Options = {
    steps: Number(values.steps),
    resultBytes: Number(values['result-bytes']),
    warmUp: Number(values['warm-up']),
    replays: Number(values.replays),
  };
  const measured = await withBench({ resultBytes: options.resultBytes }, (bench) => measure(bench, options));
  const { bytesPerStep } = report(options, measured);
  // The times are for people to judge, on a machine they know; what is written is the same everywhere. A short turn is no turn that goes on.
  if (options.steps >= JUDGED_FROM && (bytesPerStep > AIMS.bytesPerStep || measured.runs.length < 2)) {
    console.error('the aims of the history are missed');
    process.exitCode = 1;
  }
}

void main();
