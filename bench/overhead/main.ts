/**
 * What a step costs: a Holdfast session beside a bare workflow that makes the same two activities a step and the same requests to
 * the same stub. Both run in turns within one run, on one server, so that whatever slows the machine down slows both.
 * `node dist/bench/overhead/main.js [--steps 10,50,200] [--rounds 15,9,5]`
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { median, quantile } from '../../testing/median';
import { phasesOf, type Phases } from './phases';
import { untilCompleted, withBench, type Bench, type Side, type SideName } from '../setup';

/** What the ratio is to stay at or below. */
const AIM = 1.15;
/** Runs of each side before anything is measured: code is compiled, caches are warm. */
const WARM_UPS = 3;

interface Row {
  readonly steps: number;
  readonly rounds: number;
  /** Medians, ms a step. */
  readonly floor: number;
  readonly holdfast: number;
  readonly ratio: number;
  /** Quartiles of each side, ms a step. */
  readonly spread: Readonly<Record<SideName, readonly [number, number]>>;
  /** Of the last round of each side. */
  readonly phases: Readonly<Record<SideName, Phases>>;
}

/** ms a step of one run, from the server's own times of start and close. */
async function measure(bench: Bench, side: Side, id: string, steps: number): Promise<number> {
  await side.start(id, steps);
  await untilCompleted(bench.client, id);
  const { startTime, closeTime } = await bench.client.workflow.getHandle(id).describe();
  if (!closeTime) throw new Error(`${id} has no time of close`);
  return (closeTime.getTime() - startTime.getTime()) / steps;
}

async function measureLength(bench: Bench, steps: number, rounds: number): Promise<Row> {
  const values: Record<SideName, number[]> = { floor: [], holdfast: [] };
  for (let round = 1; round <= rounds; round += 1) {
    // Who goes first changes each round: neither always follows the other's garbage.
    const order = round % 2 === 0 ? [bench.floor, bench.holdfast] : [bench.holdfast, bench.floor];
    for (const side of order)
      values[side.name].push(await measure(bench, side, `${side.name}-${steps}-${round}`, steps));
  }
  const [floor, holdfast] = [median(values.floor), median(values.holdfast)];
  const quartiles = (side: SideName) => [quantile(values[side], 0.25), quantile(values[side], 0.75)] as const;
  const spread = { floor: quartiles('floor'), holdfast: quartiles('holdfast') };
  const phases = {
    floor: await phasesOf(bench.client, `floor-${steps}-${rounds}`),
    holdfast: await phasesOf(bench.client, `holdfast-${steps}-${rounds}`),
  };
  return { steps, rounds, floor, holdfast, ratio: holdfast / floor, spread, phases };
}

function print(rows: readonly Row[]): void {
  const style = { head: [], border: [] };
  const table = new Table({ head: ['steps', 'rounds', 'floor ms/step', 'Holdfast ms/step', 'ratio'], style });
  const ms = (row: Row, side: SideName) =>
    `${row[side].toFixed(1)} (${row.spread[side].map((value) => value.toFixed(1)).join(' to ')})`;
  for (const row of rows)
    table.push([row.steps, row.rounds, ms(row, 'floor'), ms(row, 'holdfast'), row.ratio.toFixed(3)]);
  console.log(table.toString());
  console.log(`Medians (quartiles); the aim is a ratio of ${AIM} or below at each length.\n`);
  const where = new Table({
    head: ['steps', 'side', 'workflow task ms', 'model activity ms', 'tool activity ms'],
    style,
  });
  for (const { steps, phases } of rows) {
    for (const side of ['floor', 'holdfast'] as const) {
      const { workflowTask, modelActivity, toolActivity } = phases[side];
      where.push([steps, side, ...[workflowTask, modelActivity, toolActivity].map((value) => value.toFixed(1))]);
    }
  }
  console.log(where.toString());
  console.log(
    'Where the time goes: medians of the last round (a step has two workflow tasks, one model and one tool activity).',
  );
  console.log(JSON.stringify({ bench: 'overhead', aim: AIM, rows }));
}

const numbers = (text: string): number[] => text.split(',').map(Number);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { steps: { type: 'string', default: '10,50,200' }, rounds: { type: 'string', default: '15,9,5' } },
  });
  const rounds = numbers(values.rounds);
  const rows = await withBench({}, async (bench) => {
    await Promise.all([bench.floor.startWorker(), bench.holdfast.startWorker()]);
    for (let round = 1; round <= WARM_UPS; round += 1) {
      for (const side of [bench.floor, bench.holdfast]) await measure(bench, side, `${side.name}-warm-${round}`, 20);
    }
    const measured: Row[] = [];
    for (const [index, steps] of numbers(values.steps).entries()) {
      console.error(`measuring ${steps} steps`);
      measured.push(await measureLength(bench, steps, rounds[index] ?? rounds.at(-1) ?? 5));
    }
    return measured;
  });
  print(rows);
}

void main();
