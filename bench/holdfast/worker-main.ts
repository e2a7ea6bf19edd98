/** The Holdfast side's worker, a process of its own: one agent, one idempotent tool, the ledger on unless the tool is to be `read`. */
import { z } from 'zod';
import { defineAgent } from '../../agents/define-agent';
import { defineTool, type ToolContext } from '../../agents/define-tool';
import { sayReady } from '../../testing/managed-process';
import { MAX_STEPS } from '../../workflows/contracts/check-messages';
import { createWorker } from '../../worker/create-worker';
import { BENCH_INSTRUCTIONS, BENCH_MODEL, BENCH_TOOL, BENCH_TOOL_DESCRIPTION, benchResult } from '../stub/conversation';
import { readBenchWorkerSettings, type BenchWorkerSettings } from '../worker-settings';
import { BENCH_AGENT } from './agent-name';

async function main(): Promise<void> {
  const settings = readBenchWorkerSettings();
  const worker = await createWorker({
    agents: [benchAgent(settings)],
    address: settings.address,
    taskQueue: settings.taskQueue,
    ledgerUrl: settings.ledger,
    profile: 'dev',
    maxCachedSessions: settings.maxCachedSessions,
  });
  const running = worker.run();
  sayReady({}, () => process.exit(1));
  await running;
  process.exit(0);
}

function benchAgent({ effectUrl, resultBytes, tool = 'idempotent' }: BenchWorkerSettings) {
  const note = defineTool({
    name: BENCH_TOOL,
    description: BENCH_TOOL_DESCRIPTION,
    input: z.object({ n: z.int() }),
    effect: tool,
    run: async ({ n }, ctx) => {
      if (effectUrl !== undefined) await postEffect(effectUrl, ctx);
      return resultBytes === undefined ? benchResult(n) : noteText(n, resultBytes);
    },
  });
  return defineAgent({
    name: BENCH_AGENT,
    instructions: BENCH_INSTRUCTIONS,
    model: BENCH_MODEL,
    tools: [note],
    limits: { steps: MAX_STEPS },
  });
}

async function postEffect(url: string, ctx: ToolContext): Promise<void> {
  const body = JSON.stringify({ key: ctx.idempotencyKey, session: ctx.session.id });
  const response = await ctx.fetch(url, { method: 'POST', body });
  if (!response.ok) throw new Error(`the destination answered ${response.status}`);
}

/** A text of so many bytes, another for each n. */
function noteText(n: number, bytes: number): string {
  const line = `note ${n}: the customer asked for a quiet room with a view of the garden. `;
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
}

void main();
