/** The history is the trace: every request that was ever sent to a model can be made again from it, byte for byte. */
import { z } from 'zod';
import { defineAgent, defineTool, type AgentSpec } from '../../agents';
import type { SendResult } from '../../client';
import {
  callsTool,
  callsTools,
  failsWith,
  says,
  startScriptedOpenAI,
  type Script,
  type ScriptedOpenAI,
} from '../../testing';
import { isPlainObject } from '../../workflows/contracts';
import { activities, fetchHistory, type History } from './history';
import { rebuildRequests } from './rebuild-requests';
import { PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

const tools = [
  defineTool({
    name: 'look_up',
    description: 'Looks a word up. “Über” – 日本語 – \u2028.',
    effect: 'read',
    input: z.object({ word: z.string().describe('The word'), most: z.number().int().max(9).optional() }),
    run: ({ word }) => ({ word, meaning: `what "${word}" means: 日本 \u0000 🦜`, empty: [], nothing: null }),
  }),
  defineTool({
    name: 'write_down',
    description: 'Writes a word down.',
    effect: 'idempotent',
    input: z.object({ word: z.string(), lines: z.array(z.number()) }),
    run: ({ lines }) => ({ lines: lines.length }),
  }),
  defineTool({
    name: 'read_page',
    description: 'Reads a long page.',
    effect: 'read',
    maxResultBytes: 900_000,
    input: z.object({ page: z.number() }),
    run: ({ page }) => ({ page, text: `${page}é`.repeat(200_000) }),
  }),
];

const common: Pick<AgentSpec, 'tools' | 'limits'> = { tools, limits: { steps: 4, onLimit: 'stop' } };
const agents = [
  defineAgent({
    ...common,
    name: 'chat-fixed',
    instructions: 'You are a dictionary.\nYou are “polite”.',
    model: {
      name: 'gpt-5-mini',
      temperature: 0.2,
      maxOutputTokens: 900,
      parameters: { seed: 7, metadata: { b: 1, a: 2 } },
    },
  }),
  defineAgent({
    ...common,
    name: 'chat-rendered',
    instructions: ({ now, turn, session }) =>
      `It is ${now.toISOString()}, turn ${turn} of ${session.id} for ${session.user}.`,
    model: 'gpt-5-mini',
  }),
  defineAgent({
    ...common,
    name: 'responses-fixed',
    instructions: 'You are a dictionary.',
    model: { name: 'gpt-5-mini', api: 'responses', maxOutputTokens: 900, parameters: { reasoning: { effort: 'low' } } },
  }),
  defineAgent({
    ...common,
    name: 'responses-rendered',
    instructions: ({ now, turn }) => `It is ${now.getTime()}, turn ${turn}.`,
    model: { name: 'gpt-5-mini', api: 'responses' },
  }),
  defineAgent({
    tools,
    name: 'bounded',
    instructions: 'You are a dictionary.',
    model: { name: 'gpt-5-mini', maxOutputTokens: 900 },
    limits: { call: { tokens: 1_200 }, onLimit: 'stop' },
  }),
];

/** True after an odd number of requests that were turned away. */
let throttled = false;

const script: Script = {
  name: 'dictionary',
  turns: [
    {
      user: 'several tools',
      answers: [
        // Two that run, one with a number as text, one that does not exist, one whose arguments do not fit.
        callsTools(
          { tool: 'look_up', arguments: { word: 'a "b" \\ c', most: '3' } },
          { tool: 'write_down', arguments: { lines: [1, 2], word: 'x' } },
          { tool: 'lookup', arguments: { word: 'y' } },
          { tool: 'write_down', arguments: '{"word": 7, "lines": ' },
        ),
        { kind: 'calls', calls: [{ tool: 'look_up', arguments: { word: 'again' } }], text: 'One more.' },
        says('There it is.\n\nAnything else? 🦜'),
      ],
    },
    {
      user: 'cut off',
      answers: [{ kind: 'text', text: 'This is ha', finishReason: 'length' }, says('Now it is whole.')],
    },
    { user: 'stop', answers: [failsWith(400, 'that cannot be done')] },
    {
      user: 'busy',
      answers: [
        () => {
          throttled = !throttled;
          return throttled ? failsWith(429, 'slow down', 0) : says('Sorry for the wait.');
        },
      ],
    },
    {
      user: 'for ever',
      answers: Array.from({ length: 5 }, (_, step) =>
        step < 4 ? callsTool('look_up', { word: `w${step}` }) : says('That is what I found so far.'),
      ),
    },
    {
      user: 'long pages',
      answers: [
        callsTools({ tool: 'read_page', arguments: { page: 1 } }, { tool: 'read_page', arguments: { page: 2 } }),
        says('Read.'),
      ],
    },
  ],
};

/** Begins with a call that fails, so that the first request has no result in history either. */
const CONVERSATION = ['stop', 'several tools', 'cut off', 'stop', 'busy', 'for ever', 'long pages', 'several tools'];

let model: ScriptedOpenAI;
let stage: Stage;

beforeAll(async () => {
  model = await startScriptedOpenAI({ script });
  stage = await startStage({ agents, modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

/** The requests that came since `from`, each once where it was sent again. */
function sentSince(from: number): readonly { path: string; body: string }[] {
  return model
    .requests()
    .slice(from)
    .map(({ path, body }) => ({ path: path.replace(/^\/v1/, ''), body: body.toString('utf8') }))
    .filter((request, index, all) => request.body !== all[index - 1]?.body);
}

async function converse(agent: string): Promise<{ answers: readonly SendResult[]; history: History }> {
  const sessionId = uniqueName(agent);
  const answers: SendResult[] = [];
  for (const text of CONVERSATION) {
    answers.push(await stage.client.send({ sessionId, agent, user: 'ada', text }, { timeoutMs: PATIENCE_MS }));
  }
  return { answers, history: await fetchHistory(stage.temporal, sessionId) };
}

test.each(agents.map(({ name }) => name).filter((name) => name !== 'bounded'))(
  '%s: every request, byte for byte',
  async (agent) => {
    throttled = false;
    const before = model.requests().length;
    const { answers, history } = await converse(agent);
    expect(answers.map((answer) => (answer.kind === 'reply' ? (answer.partial ?? answer.text) : answer.kind))).toEqual([
      'stopped',
      'There it is.\n\nAnything else? 🦜',
      'Now it is whole.',
      'stopped',
      'Sorry for the wait.',
      'turn.steps: 4 of 4 steps used',
      'Read.',
      'There it is.\n\nAnything else? 🦜',
    ]);
    const rebuilt = rebuildRequests(history).map(({ path, body }) => ({ path, body }));
    const sent = sentSince(before);
    expect(rebuilt.map(({ path }) => path)).toEqual(sent.map(({ path }) => path));
    // One by one, so that a difference is shown small.
    for (const [index, request] of sent.entries()) expect(rebuilt[index]).toEqual(request);
    // What the test is about took place.
    expect(sent.length).toBeGreaterThanOrEqual(14);
    expect(model.requests().length - before).toBe(sent.length + 1);
    const inputs = JSON.stringify(sent);
    expect(activities(history).some(({ input }) => isPlainObject(input) && input.readBackTo !== undefined)).toBe(true);
    for (const trait of ['tool_choice', 'There is no tool named', 'turn.steps: 4 of 4 steps used', '日本'])
      expect(inputs).toContain(trait);
  },
);

test('a request that asks for a shorter answer than the definition, since no more is left, is rebuilt as well', async () => {
  const sessionId = uniqueName('bounded');
  const before = model.requests().length;
  const send = (text: string) => stage.client.send({ sessionId, agent: 'bounded', text }, { timeoutMs: PATIENCE_MS });
  for (const text of ['cut off', 'several tools', 'long pages']) await send(text);
  const history = await fetchHistory(stage.temporal, sessionId);
  const rebuilt = rebuildRequests(history).map(({ path, body }) => ({ path, body }));
  expect(rebuilt).toEqual(sentSince(before));
  const turns = activities(history).flatMap(({ result }) => (isPlainObject(result) && result.decision ? [result] : []));
  // Some had less room than the whole answer takes, and some none.
  expect(turns.some(({ outputCap }) => typeof outputCap === 'number' && outputCap < 900)).toBe(true);
  expect(turns.some(({ decision }) => isPlainObject(decision) && decision.kind === 'limit')).toBe(true);
});

test('a conversation that goes on with another worker is rebuilt as well', async () => {
  const agent = 'chat-fixed';
  const sessionId = uniqueName('moved');
  const before = model.requests().length;
  const send = (text: string) => stage.client.send({ sessionId, agent, text }, { timeoutMs: PATIENCE_MS });
  await send('several tools');
  const second = await stage.startWorker({ agents });
  await stage.worker.stop();
  // Nobody has this conversation in memory: it is read back from the workflow.
  await send('cut off');
  await send('several tools');
  const rebuilt = rebuildRequests(await fetchHistory(stage.temporal, sessionId)).map(({ path, body }) => ({
    path,
    body,
  }));
  expect(rebuilt).toEqual(sentSince(before));
  await second.stop();
});
