/**
 * How much history a long turn writes: so many steps in one turn, each with a tool result of 2 KB.
 * `node dist/bench/history/main.js [--steps 100] [--result-bytes 2048]`
 */
import { parseArgs } from 'node:util';
import { untilCompleted, withBench } from '../setup';

/** What 100 steps are to stay below, bytes. */
const LIMIT_BYTES = 1024 * 1024;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { steps: { type: 'string', default: '100' }, 'result-bytes': { type: 'string', default: '2048' } },
  });
  const steps = Number(values.steps);
  const resultBytes = Number(values['result-bytes']);
  const measured = await withBench({ resultBytes }, async (bench) => {
    await bench.holdfast.startWorker();
    await bench.holdfast.start('history', steps);
    await untilCompleted(bench.client, 'history');
    const handle = bench.client.workflow.getHandle('history');
    const { historySize, historyLength } = await handle.describe();
    const { events } = await handle.fetchHistory();
    const kinds = new Map<string, number>();
    for (const event of events ?? []) {
      const kind =
        Object.keys(event)
          .find((field) => field.endsWith('EventAttributes'))
          ?.replace('EventAttributes', '') ?? 'other';
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return { bytes: historySize ?? 0, events: historyLength, kinds: Object.fromEntries(kinds) };
  });
  const perStep = { bytes: Math.round(measured.bytes / steps), events: measured.events / steps };
  console.log(
    `${steps} steps with results of ${resultBytes} bytes: ${measured.bytes} bytes of history in ${measured.events} events`,
  );
  console.log(`a step: ${perStep.bytes} bytes, ${perStep.events.toFixed(1)} events`);
  console.log(JSON.stringify({ bench: 'history', steps, resultBytes, ...measured, perStep, limitBytes: LIMIT_BYTES }));
  if (measured.bytes === 0 || measured.bytes >= LIMIT_BYTES) {
    console.error(`the history is to stay below ${LIMIT_BYTES} bytes`);
    process.exitCode = 1;
  }
}

void main();
