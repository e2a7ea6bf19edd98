/**
 * How soon work goes on after a worker was killed: so many sessions at once, all in a tool call whose effect is done and that nothing
 * has recorded, then SIGKILL and a new worker at once, as a supervisor would start it. Measured from the kill to each session's next
 * recorded outcome, for Holdfast and for the floor with the same timeouts; and what became of the effects.
 * `node dist/bench/resume/main.js [--sessions 20] [--rounds 3]`
 */
import { parseArgs } from 'node:util';
import type { Client } from '@temporalio/client';
import Table from 'cli-table3';
import { median } from '../../testing/median';
import { untilCompleted, withBench, type Bench, type Side, type SideName } from '../setup';

/** What Holdfast's median is to stay at or below, ms. */
const AIM_MS = 5_000;
const STEPS = 3;

interface Round {
  readonly side: SideName;
  /** From the kill to the next recorded outcome, ms, one per session. */
  readonly resumes: readonly number[];
  /** From the kill until the new worker was ready, ms. */
  readonly restartMs: number;
  /** Executions that reached the destination, and how many of them under a key that it had seen. */
  readonly executions: number;
  readonly repeats: number;
  readonly keys: number;
}

async function runRound(bench: Bench, side: Side, round: number, sessions: number): Promise<Round> {
  const ids = Array.from({ length: sessions }, (_, index) => `${side.name}-resume-${round}-${index}`);
  const before = bench.stub.effects.length;
  const worker = await side.startWorker();
  bench.stub.hold();
  await Promise.all(ids.map((id) => side.start(id, STEPS)));
  await bench.stub.untilHeld(sessions);
  const killedAt = Date.now();
  const killed = worker.kill();
  bench.stub.release();
  await killed;
  const next = await side.startWorker();
  const restartMs = Date.now() - killedAt;
  await Promise.all(ids.map((id) => untilCompleted(bench.client, id)));
  const resumes = await Promise.all(
    ids.map(async (id) => (await nextOutcomeAt(bench.client, id, killedAt)) - killedAt),
  );
  await next.stop();
  const rows = bench.stub.effects.slice(before);
  const keys = new Set(rows.map((row) => row.key)).size;
  return { side: side.name, resumes, restartMs, executions: rows.length, keys, repeats: rows.length - keys };
}

/** When the first activity completed after the kill, by the server's clock, which is this machine's. */
async function nextOutcomeAt(client: Client, id: string, killedAt: number): Promise<number> {
  const { events } = await client.workflow.getHandle(id).fetchHistory();
  for (const event of events ?? []) {
    if (!event.activityTaskCompletedEventAttributes || !event.eventTime) continue;
    const at = Number(event.eventTime.seconds) * 1000 + Number(event.eventTime.nanos ?? 0) / 1e6;
    if (at > killedAt) return at;
  }
  throw new Error(`${id} has no outcome after the kill`);
}

function print(rounds: readonly Round[], sessions: number): boolean {
  const table = new Table({
    head: [
      'side',
      'sessions',
      'median ms',
      'slowest ms',
      'new worker ready',
      'executions',
      'distinct',
      'repeats by key',
    ],
    style: { head: [], border: [] },
  });
  const results = (['floor', 'holdfast'] as const).map((side) => {
    const mine = rounds.filter((round) => round.side === side);
    const resumes = mine.flatMap((round) => round.resumes);
    const sum = (pick: (round: Round) => number) => mine.reduce((total, round) => total + pick(round), 0);
    return {
      side,
      sessions: resumes.length,
      medianMs: Math.round(median(resumes)),
      slowestMs: Math.round(Math.max(...resumes)),
      restartMs: Math.round(median(mine.map((round) => round.restartMs))),
      executions: sum((round) => round.executions),
      distinct: sum((round) => round.keys),
      repeats: sum((round) => round.repeats),
    };
  });
  for (const result of results) table.push(Object.values(result));
  console.log(table.toString());
  console.log(`From SIGKILL to the next recorded outcome; the aim is a median of ${AIM_MS} ms or below.`);
  console.log(JSON.stringify({ bench: 'resume', aimMs: AIM_MS, sessionsAtOnce: sessions, results }));
  // A second key for one call would be a second effect at the destination.
  return results.every(({ side, sessions: count, distinct }) => side === 'floor' || distinct === count * STEPS);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { sessions: { type: 'string', default: '20' }, rounds: { type: 'string', default: '3' } },
  });
  const sessions = Number(values.sessions);
  const rounds = await withBench({ effects: true }, async (bench) => {
    const done: Round[] = [];
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      for (const side of [bench.floor, bench.holdfast]) {
        console.error(`round ${round}: ${side.name}`);
        done.push(await runRound(bench, side, round, sessions));
      }
    }
    return done;
  });
  if (!print(rounds, sessions)) {
    console.error('an effect was applied under two keys');
    process.exitCode = 1;
  }
}

void main();
