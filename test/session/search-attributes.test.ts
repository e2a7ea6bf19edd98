/** Sessions are found by what they are and where they stand; a worker refuses a namespace that could not hold that. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { callsTool, says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { SEARCH_ATTRIBUTES } from '../../workflows/contracts';
import { createWorker } from '../../worker/create-worker';
import { caught, eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

const agentName = uniqueName('found').slice(0, 60);
const agent = defineAgent({
  name: agentName,
  instructions: 'You answer.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'look',
      description: 'Looks.',
      effect: 'read',
      input: z.object({}),
      run: () => ({ seen: true }),
    }),
  ],
});

let model: ScriptedOpenAI;
let stage: Stage;

beforeAll(async () => {
  model = await startScriptedOpenAI({
    script: {
      name: 'found',
      turns: [{ user: 'look', answers: [callsTool('look', {}), says('I looked.')] }],
      fallback: () => ({ kind: 'text', text: 'Yes.', usage: { inputTokens: 1_000_000, outputTokens: 1_000 } }),
    },
  });
  stage = await startStage({ agents: [agent], modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

/** Workflow ids that the server finds, once it finds `count` (its index lags a little). */
async function find(query: string, count: number): Promise<readonly string[]> {
  return eventually(`${count} sessions for ${query}`, async () => {
    const ids: string[] = [];
    for await (const { workflowId } of stage.temporal.workflow.list({ query })) ids.push(workflowId);
    return ids.length === count ? ids : undefined;
  });
}

async function upserts(workflowId: string): Promise<number> {
  const { events } = await stage.temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.upsertWorkflowSearchAttributesEventAttributes).length;
}

test('by agent, tenant, status and cost, through a whole life', async () => {
  const mine = `HoldfastAgent = '${agentName}'`;
  const sessionId = uniqueName('cheap');
  const dear = uniqueName('dear');
  const send = (id: string, text: string) =>
    stage.client.send({ sessionId: id, agent: agentName, tenant: 'north', text }, { timeoutMs: PATIENCE_MS });
  await send(sessionId, 'look');
  await send(dear, 'think hard');

  expect([...(await find(`${mine} AND HoldfastStatus = 'waiting_for_user'`, 2))].sort()).toEqual(
    [sessionId, dear].sort(),
  );
  expect(await find(`${mine} AND HoldfastTenant = 'north' AND HoldfastCostUsd > 0.1`, 1)).toEqual([dear]);
  expect(await stage.client.listSessions({ agent: agentName })).toMatchObject([
    { agent: agentName, status: 'waiting_for_user' },
    { agent: agentName, status: 'waiting_for_user' },
  ]);

  await stage.client.session(sessionId).end();
  await stage.client.session(dear).cancel();
  expect(await find(`${mine} AND HoldfastStatus = 'completed' AND ExecutionStatus = 'Completed'`, 1)).toEqual([
    sessionId,
  ]);
  expect(await find(`${mine} AND HoldfastStatus = 'cancelled' AND ExecutionStatus = 'Canceled'`, 1)).toEqual([dear]);
  expect(await find(`${mine} AND HoldfastStatus = 'waiting_for_user'`, 0)).toEqual([]);
});

test('an unknown agent is found as stopped', async () => {
  const sessionId = uniqueName('stopped');
  await stage.client.send({ sessionId, agent: 'nobody', text: 'hello' }, { timeoutMs: PATIENCE_MS });
  expect(await find(`WorkflowId = '${sessionId}' AND HoldfastStatus = 'stopped'`, 1)).toEqual([sessionId]);
});

test('a session started by hand is found too', async () => {
  const workflowId = uniqueName('by-hand');
  await stage.temporal.workflow.start('agentSession', {
    workflowId,
    taskQueue: stage.taskQueue,
    args: [{ v: 1, agent: agentName, tenant: 'by-hand', message: { messageId: 'm-1', text: 'hello' } }],
  });
  expect(
    await find(
      `HoldfastAgent = '${agentName}' AND HoldfastTenant = 'by-hand' AND HoldfastStatus = 'waiting_for_user'`,
      1,
    ),
  ).toEqual([workflowId]);
});

test('at most two upserts a turn', async () => {
  const sessionId = uniqueName('upserts');
  const turns = 3;
  for (let turn = 0; turn < turns; turn += 1) {
    await stage.client.send({ sessionId, agent: agentName, text: 'look' }, { timeoutMs: PATIENCE_MS });
  }
  expect(await upserts(sessionId)).toBeLessThanOrEqual(2 * turns);
});

test('a worker refuses a namespace without them, with the commands that create them', async () => {
  const namespace = uniqueName('bare');
  const folder = mkdtempSync(path.join(tmpdir(), 'bare-'));
  await stage.temporal.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  try {
    const error = await eventually('the namespace to be known', async () => {
      const refused = await caught(
        createWorker({
          agents: [agent],
          address: stage.address,
          namespace,
          taskQueue: stage.taskQueue,
          ledgerUrl: path.join(folder, 'ledger.sqlite'),
        }),
      );
      return /not found/i.test(refused.message) ? undefined : refused;
    });
    for (const [name, type] of Object.entries(SEARCH_ATTRIBUTES)) {
      expect(error.message).toContain(
        `temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
