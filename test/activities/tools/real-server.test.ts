/** What only a real server shows: that failures are counted over attempts, delays are kept, and a shutdown drains. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { z } from 'zod';
import { createRegistry, defineAgent, defineTool, type Tool } from '../../../agents';
import { createToolActivity } from '../../../activities/tools/tool-activity';
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import { TestServer } from '../../support/temporal-server';
import { temporaryLedger } from '../ledger/temporary-ledger';
import { inputOf } from './tool-harness';

let server: TestServer;
let connection: Connection;
let native: NativeConnection;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  server = await TestServer.start();
  connection = await Connection.connect({ address: server.address });
  native = await NativeConnection.connect({ address: server.address });
});
afterAll(async () => {
  await native?.close();
  await connection?.close();
  await server?.stop();
});

let count = 0;

/** A worker of its own task queue that serves one tool, and the handle of one call of it. */
async function start(tool: Tool) {
  count += 1;
  const taskQueue = `tools-${process.pid}-${count}`;
  const ledger = await temporaryLedger();
  const registry = createRegistry([defineAgent({ name: 'desk', instructions: 'x', model: 'm', tools: [tool] })]);
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowsPath: require.resolve('./one-call-workflow.ts'),
    activities: { default: createToolActivity({ registry, ledgers: new Map([['default', ledger]]) }) },
    maxHeartbeatThrottleInterval: '1s',
    shutdownGraceTime: '100ms',
    shutdownForceTime: '20s',
    stickyQueueScheduleToStartTimeout: '1s',
  });
  const handle = await new Client({ connection }).workflow.start('oneCall', {
    taskQueue,
    workflowId: taskQueue,
    args: [
      inputOf(tool, tool.effect === 'read' ? undefined : ledger, {
        input: { keyNamespace: taskQueue },
        policy: { heartbeatMs: 3_000, initialIntervalMs: 20 },
      }),
    ],
  });
  return { worker, ledger, result: () => handle.result() as Promise<ToolCallReport>, namespace: taskQueue };
}

const common = { name: 'work', description: 'works', input: z.object({}) };

it('counts failures of a read over its attempts, with nothing but heartbeats to remember them', async () => {
  const body = jest.fn(() => {
    throw new Error('boom');
  });
  const { worker, result } = await start(defineTool({ ...common, effect: 'read', run: body }));
  expect(await worker.runUntil(result())).toMatchObject({
    attempt: 3,
    outcome: { kind: 'failed', reason: 'attempts_exhausted' },
  });
  expect(body).toHaveBeenCalledTimes(3);
});

it('counts failures of an effect in its row and ends unknown, in one outcome', async () => {
  const body = jest.fn(() => {
    throw new Error('boom');
  });
  const { worker, ledger, result, namespace } = await start(defineTool({ ...common, effect: 'idempotent', run: body }));
  expect(await worker.runUntil(result())).toMatchObject({ attempt: 3, ledger: 'ran', outcome: { kind: 'unknown' } });
  expect(await ledger.calls({ sessionNamespace: namespace })).toMatchObject([
    { state: 'unresolved', bodyFailures: 3, fence: 3 },
  ]);
});

it('lets an effect finish and records it while its worker shuts down', async () => {
  let running = () => {};
  const begun = new Promise<void>((resolve) => (running = resolve));
  const aborted: boolean[] = [];
  const tool = defineTool({
    ...common,
    effect: 'idempotent',
    run: async (_args, ctx) => {
      running();
      // Well past the grace time, when the worker tells its activities to stop.
      await sleep(600);
      aborted.push(ctx.signal.aborted);
      return 'done';
    },
  });
  const { worker, ledger, namespace } = await start(tool);
  const ended = worker.run();
  await begun;
  worker.shutdown();
  await ended;
  expect(aborted).toEqual([false]);
  expect(await ledger.calls({ sessionNamespace: namespace })).toMatchObject([
    { state: 'succeeded', outcome: { kind: 'succeeded', result: 'done' }, attempt: 1 },
  ]);
});
