/** A turn that meets a bound asks a person, on a real server: over runs of the session, against a deadline, and with what a stop costs. */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import type { ContinueAfter, SendResult, Session } from '../../client';
import { MODEL_CALL_ACTIVITY, MODEL_SETTLE_ACTIVITY } from '../../workflows/contracts';
import { runsOf, type SessionRun } from '../../testing/run-chain';
import { activities, failedTasks } from './history';
import { LAST_WORDS, runAway, startRunawayProvider, type RunawayProvider, type Way } from './runaway-provider';
import { eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

const look = defineTool({
  name: 'look',
  description: 'Looks somewhere.',
  effect: 'read',
  input: z.object({ at: z.string() }),
  run: ({ at }) => `nothing to see at ${at}`,
});
const explorer = (name: string, askFor?: '1s') =>
  defineAgent({
    name,
    instructions: ({ session }) => `You explore. Session ${session.id}.`,
    model: {
      name: 'gpt-5-mini',
      maxOutputTokens: 1_000,
      price: { inputMicroUsdPerMillionTokens: 1_000_000, outputMicroUsdPerMillionTokens: 2_000_000 },
    },
    tools: [look],
    limits: { steps: 2, onLimit: 'ask', ...(askFor ? { askFor } : {}) },
    detectors: { sameCall: false },
  });

let provider: RunawayProvider;
let stage: Stage;
beforeAll(async () => {
  provider = await startRunawayProvider();
  stage = await startStage({ agents: [explorer('asking'), explorer('hasty', '1s')], modelUrl: provider.url });
});
afterAll(async () => {
  await stage?.stop();
  await provider?.close();
});

interface Opened {
  readonly session: Session;
  readonly send: () => Promise<SendResult>;
}

function open(agent: string, way: Way, continueAfter?: ContinueAfter): Opened {
  const session = stage.client.session(uniqueName(agent));
  const first = { sessionId: session.id, agent, text: runAway(way), messageId: 'm-1' };
  const options = continueAfter ? { continueAfter } : {};
  return { session, send: () => stage.client.send({ ...first, ...options }, { timeoutMs: PATIENCE_MS }) };
}

/** Resolves once the session waits for more steps than `limit`. */
function asks({ session }: Opened, limit: number): Promise<true> {
  return eventually(`the question about ${limit} steps`, async () => {
    const [pending] = await session.pending();
    return pending?.limit?.limit === limit && pending.limit.used === limit ? true : undefined;
  });
}

async function inspect({ id }: Session): Promise<readonly SessionRun[]> {
  const runs = await runsOf(stage.temporal, id);
  for (const { history } of runs) expect(failedTasks(history)).toEqual([]);
  expect(await stage.replayAll(runs.map(({ runId: workflowId, history }) => ({ workflowId, history })))).toEqual({});
  return runs;
}

test('a turn that asks goes on once a person extends its bound', async () => {
  const opened = open('asking', 'goes on');
  const { session, send } = opened;
  expect(await send()).toMatchObject({
    kind: 'waiting_for_human',
    pending: [{ kind: 'limit', limit: { bound: 'turn.steps', limit: 2, used: 2 } }],
  });
  expect(await session.status()).toMatchObject({ status: 'waiting_for_human' });
  expect(await session.extend('turn.steps', 3)).toMatchObject({ limit: { bound: 'turn.steps', limit: 5 } });
  await asks(opened, 5);
  await session.stop();
  expect(await send()).toMatchObject({ kind: 'stopped' });
  await inspect(session);
});

test('nobody is waited for past the deadline', async () => {
  const { session, send } = open('hasty', 'goes on');
  const asked = await send();
  expect(asked).toMatchObject({ kind: 'waiting_for_human', pending: [{ until: expect.any(Number) as number }] });
  const answer = await eventually('the last answer', async () => {
    const given = await send();
    return given.kind === 'reply' ? given : undefined;
  });
  expect(answer).toMatchObject({
    text: LAST_WORDS,
    partial: 'turn.steps: 2 of 2 steps used; nobody extended it in time',
  });
  await inspect(session);
});

test('the next run asks on, with the same deadline, and takes what was said to either', async () => {
  const opened = open('asking', 'goes on', { updates: 2 });
  const { session, send } = opened;
  await send();
  const [before] = await session.pending();
  await send();
  await eventually('another run', async () => ((await session.status()).run === 1 ? undefined : true));
  await asks(opened, 2);
  expect(await session.pending()).toEqual([before]);
  expect(await session.extend('turn.steps', 1)).toMatchObject({ limit: { limit: 3 } });
  await asks(opened, 3);
  await session.end();
  expect(await send()).toMatchObject({ kind: 'ended' });
  const runs = await inspect(session);
  const asked = runs.flatMap(({ history }) => activities(history).filter(({ type }) => type === MODEL_CALL_ACTIVITY));
  expect(asked).toHaveLength(3);
});

test('a model call that is broken off is booked at what it may have cost', async () => {
  const { session, send } = open('asking', 'hangs');
  const answer = send();
  const taken = () => provider.taken(`You explore. Session ${session.id}.`);
  await eventually('the request at the provider', () => (taken() > 0 ? true : undefined));
  await session.stop();
  expect(await answer).toMatchObject({ kind: 'stopped' });
  const { microUsd, cutOffMicroUsd, modelCalls } = (await session.status()).usage;
  // What the answer may have had is most of it.
  expect(microUsd).toBeGreaterThan(2 * 1_000);
  expect([cutOffMicroUsd, modelCalls]).toEqual([microUsd, 1]);
  const [run] = await inspect(session);
  expect(activities(run?.history ?? {}).map(({ type }) => type)).toEqual([MODEL_CALL_ACTIVITY, MODEL_SETTLE_ACTIVITY]);
});
