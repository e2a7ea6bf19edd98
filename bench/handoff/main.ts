/**
 * What a handoff costs: from the model's answer with the call to the first request of the child's model, beside a bare workflow that starts a bare child
 * and makes the same requests to the same stub. Both run in turns within one run, on one server, so that whatever slows the machine down slows both.
 * `node dist/bench/handoff/main.js [--rounds 40] [--warm-up 20]`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { median, quantile } from '../../testing/median';
import { withBench, type Bench, type SideName } from '../setup';
import type { Kind } from './cast';
import { PHASES, type Phases } from './phases';
import { measure, sidesOf, type Family, type Run } from './sides';
import { startHandoffStub, type HandoffStub } from './stub';

/** What the ratio of the times to the child's first request is to stay at or below, for a transfer. */
const AIM = 1.3;
/** What a run leaves behind on the server is done after so long, ms. */
const REST_MS = 100;

const KINDS: readonly Kind[] = ['transfer', 'delegation'];
const SIDES: readonly SideName[] = ['floor', 'holdfast'];

interface Figure {
  /** Medians, ms. */
  readonly floor: number;
  readonly holdfast: number;
  readonly ratio: number;
  /** Median of the ratios of each round, whose runs follow one another: a machine that is busier in one round than in the next does not sway it. */
  readonly ratioByRound: number;
  /** Quartiles of each side, ms. */
  readonly spread: Readonly<Record<SideName, readonly [number, number]>>;
}

interface Row {
  readonly kind: Kind;
  readonly toChild: Figure;
  readonly whole: Figure;
  /** Medians of all rounds. */
  readonly phases: Readonly<Record<SideName, Phases>>;
}

type Runs = Readonly<Record<SideName, Run[]>>;

function figure(runs: Runs, pick: (run: Run) => number): Figure {
  const values = { floor: runs.floor.map(pick), holdfast: runs.holdfast.map(pick) };
  const [floor, holdfast] = [median(values.floor), median(values.holdfast)];
  const quartiles = (side: SideName) => [quantile(values[side], 0.25), quantile(values[side], 0.75)] as const;
  const spread = { floor: quartiles('floor'), holdfast: quartiles('holdfast') };
  const ratios = values.holdfast.map((took, round) => took / (values.floor[round] ?? NaN));
  return { floor, holdfast, ratio: holdfast / floor, ratioByRound: median(ratios), spread };
}

function medianPhases(runs: readonly Run[]): Phases {
  const medians = PHASES.map((phase) => [phase, median(runs.map(({ phases }) => phases[phase]))] as const);
  return Object.fromEntries(medians) as Phases;
}

/** @param warmUps runs of each side and kind before anything is measured, at least one: code is compiled, caches are warm, the floor knows the requests. */
async function measureAll(bench: Bench, stub: HandoffStub, rounds: number, warmUps: number): Promise<readonly Row[]> {
  const sides = await sidesOf(bench, stub);
  // Sessions stay open: on a server of one's own those of an earlier time may still be there.
  const time = Date.now().toString(36);
  const runOnce = async (side: Family, kind: Kind, round: string): Promise<Run> => {
    const run = await measure(bench, stub, side, `${side.name}-${kind}-${time}-${round}`, kind);
    await sleep(REST_MS);
    return run;
  };
  const warmUp = async (side: Family) => {
    for (let round = 1; round <= warmUps; round += 1)
      for (const kind of KINDS) await runOnce(side, kind, `warm-${round}`);
  };
  const workers = [await sides.holdfast.startWorker()];
  try {
    // What Holdfast asks the model now is what the floor asks from its beginning on.
    await warmUp(sides.holdfast);
    workers.push(await sides.floor.startWorker());
    await warmUp(sides.floor);
    console.error(`measuring ${rounds} rounds`);
    const runs: Readonly<Record<Kind, Runs>> = {
      transfer: { floor: [], holdfast: [] },
      delegation: { floor: [], holdfast: [] },
    };
    for (let round = 1; round <= rounds; round += 1) {
      for (const kind of KINDS) {
        // Who goes first changes each round: neither always follows the other's garbage.
        const order = round % 2 === 0 ? [sides.floor, sides.holdfast] : [sides.holdfast, sides.floor];
        for (const side of order) runs[kind][side.name].push(await runOnce(side, kind, String(round)));
      }
    }
    return KINDS.map((kind) => ({
      kind,
      toChild: figure(runs[kind], ({ toChild }) => toChild),
      whole: figure(runs[kind], ({ whole }) => whole),
      phases: { floor: medianPhases(runs[kind].floor), holdfast: medianPhases(runs[kind].holdfast) },
    }));
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

const WORDS: Readonly<Record<Kind, readonly [toChild: string, whole: string]>> = {
  transfer: ["a transfer, to the child's first model call", "a transfer, to the user's answer"],
  delegation: [
    "a delegation, to the child's first model call",
    "a delegation, to the model call with the child's answer",
  ],
};

function print(rounds: number, rows: readonly Row[]): void {
  const style = { head: [], border: [] };
  const ms = (measured: Figure, side: SideName) =>
    `${measured[side].toFixed(1)} (${measured.spread[side].map((value) => value.toFixed(1)).join(' to ')})`;
  const table = new Table({
    head: ["from the model's call", 'floor ms', 'Holdfast ms', 'ratio', 'by round', 'aim'],
    style,
  });
  for (const { kind, toChild, whole } of rows) {
    for (const [words, measured] of [
      [WORDS[kind][0], toChild],
      [WORDS[kind][1], whole],
    ] as const) {
      const aim = measured === rows[0]?.toChild ? `≤ ${AIM}` : '';
      table.push([
        words,
        ms(measured, 'floor'),
        ms(measured, 'holdfast'),
        measured.ratio.toFixed(3),
        measured.ratioByRound.toFixed(3),
        aim,
      ]);
    }
  }
  console.log(table.toString());
  const ratio = rows[0]?.toChild.ratio ?? NaN;
  const isMet = ratio <= AIM;
  console.log(
    `Medians (quartiles) of ${rounds} rounds; the aim is a ratio of ${AIM} or below to a transfer's first model call: ${isMet ? 'met' : `missed, it is ${ratio.toFixed(3)}`}.\n`,
  );
  const where = new Table({ head: ['ms', ...PHASES], style });
  for (const { kind, phases } of rows)
    for (const side of SIDES)
      where.push([`${kind}, ${side}`, ...PHASES.map((phase) => phases[side][phase].toFixed(1))]);
  console.log(where.toString());
  console.log("Where the time to the child's first model call goes: medians, one phase after the other.");
  console.log(JSON.stringify({ bench: 'handoff', aim: AIM, isMet, rounds, rows }));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '40' }, 'warm-up': { type: 'string', default: '20' } },
  });
  const rounds = Number(values.rounds);
  const rows = await withBench({}, async (bench) => {
    const stub = await startHandoffStub();
    try {
      return await measureAll(bench, stub, rounds, Math.max(1, Number(values['warm-up'])));
    } finally {
      await stub.close();
    }
  });
  print(rounds, rows);
}

void main();
