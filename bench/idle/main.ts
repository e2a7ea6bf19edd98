/**
 * Sessions that are open and wait for their users: what so many of them cost a worker that remembers only some, and how long one that it has
 * forgotten takes to answer again, beside one that it remembers.
 * `node dist/bench/idle/main.js [--sessions 10000] [--cached 200] [--wake 50] [--at-once 20]`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { SessionClient } from '../../client';
import { quantile } from '../../testing/median';
import { inLanes } from '../../testing/sweep/in-lanes';
import { BENCH_AGENT } from '../holdfast/agent-name';
import { withBench, type Bench } from '../setup';
import { benchMessage } from '../stub/conversation';
import { residentMb } from './memory';

interface Options {
  readonly sessions: number;
  readonly cached: number;
  readonly wake: number;
  readonly atOnce: number;
}

/** Code is compiled and caches are warm after so many sessions. */
const WARM_UP = 40;
/** How long the worker is left alone before its memory is measured at rest, ms. */
const REST_MS = 5_000;
const SAMPLE_EVERY_MS = 500;
const ANSWER_WITHIN_MS = 60_000;

/** One short turn; what it took, ms. */
async function talk(client: SessionClient, sessionId: string): Promise<number> {
  const beganAt = performance.now();
  const message = { sessionId, agent: BENCH_AGENT, text: benchMessage(0) };
  const answer = await client.send(message, { timeoutMs: ANSWER_WITHIN_MS });
  if (answer.kind !== 'reply') throw new Error(`${sessionId} answered ${JSON.stringify(answer)}`);
  return performance.now() - beganAt;
}

async function measure({ sessions: client, holdfast }: Bench, { sessions, cached, wake, atOnce }: Options) {
  const { pid } = await holdfast.startWorker({ maxCachedSessions: cached });
  const ids = Array.from({ length: sessions }, (_, index) => `idle-${index}`);
  const warm = Array.from({ length: WARM_UP }, (_, index) => `warm-${index}`);
  await inLanes(warm, atOnce, async (id) => void (await talk(client, id)));
  await sleep(REST_MS);
  const before = residentMb(pid);
  let peak = before;
  const sampling = setInterval(() => (peak = Math.max(peak, residentMb(pid))), SAMPLE_EVERY_MS);
  const beganAt = performance.now();
  try {
    let opened = 0;
    await inLanes(ids, atOnce, async (id) => {
      await talk(client, id);
      opened += 1;
      if (opened % 1000 === 0) console.error(`${opened} sessions are open`);
    });
  } finally {
    clearInterval(sampling);
  }
  const openedPerSecond = (sessions / (performance.now() - beganAt)) * 1000;
  await sleep(REST_MS);
  const after = residentMb(pid);
  // The first ones were forgotten long ago; a moment later the same ones are remembered.
  const woken = ids.slice(0, wake);
  const forgotten = await oneByOne(client, woken);
  const remembered = await oneByOne(client, woken.slice(-Math.min(wake, Math.floor(cached / 2))));
  return { memoryMb: { before, peak, after }, openedPerSecond, wakeMs: { forgotten, remembered } };
}

async function oneByOne(client: SessionClient, ids: readonly string[]) {
  const took: number[] = [];
  for (const id of ids) took.push(await talk(client, id));
  return { p50: quantile(took, 0.5), p95: quantile(took, 0.95), of: took.length };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sessions: { type: 'string', default: '10000' },
      cached: { type: 'string', default: '200' },
      wake: { type: 'string', default: '50' },
      'at-once': { type: 'string', default: '20' },
    },
  });
  const options: Options = {
    sessions: Number(values.sessions),
    cached: Number(values.cached),
    wake: Number(values.wake),
    atOnce: Number(values['at-once']),
  };
  const measured = await withBench({ tool: 'read' }, (bench) => measure(bench, options));
  const { memoryMb, wakeMs, openedPerSecond } = measured;
  const { sessions, cached } = options;
  console.log(
    `${sessions} open sessions on one worker that remembers ${cached}; ${openedPerSecond.toFixed(0)} were opened a second`,
  );
  const table = new Table({ head: ['', 'MB of the worker'], style: { head: [], border: [] } });
  table.push(['before', memoryMb.before.toFixed(0)]);
  table.push(['at most, while they were opened', memoryMb.peak.toFixed(0)]);
  table.push(['after, at rest', memoryMb.after.toFixed(0)]);
  console.log(table.toString());
  const wakes = new Table({ head: ['a message to a session', 'p50 ms', 'p95 ms'], style: { head: [], border: [] } });
  wakes.push(['that was forgotten', wakeMs.forgotten.p50.toFixed(0), wakeMs.forgotten.p95.toFixed(0)]);
  wakes.push(['that is remembered', wakeMs.remembered.p50.toFixed(0), wakeMs.remembered.p95.toFixed(0)]);
  console.log(wakes.toString());
  console.log(JSON.stringify({ bench: 'idle', ...options, ...measured }));
}

void main();
