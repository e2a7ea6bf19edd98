/**
 * What a model may write where a tool's name or arguments belong (threats T05, T07, T08, T09): nothing that was not declared runs, no
 * activity is named by a model, and the tools that do run get what was meant or nothing.
 */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import type { ConversationItem } from '../../client';
import { callsTools, says, startScriptedOpenAI, type ScriptedCall, type ScriptedOpenAI } from '../../testing';
import { MODEL_CALL_ACTIVITY, type ToolCallInput, type ToolOutcome } from '../../workflows/contracts';
import { activities, failedTasks, fetchHistory } from './history';
import { PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

const sent: unknown[] = [];

const bank = defineAgent({
  name: 'bank',
  instructions: 'You send money.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'send_money',
      description: 'Sends money.',
      effect: 'idempotent',
      input: z.object({ to: z.string(), cents: z.number().int().min(1).max(100_000), note: z.string().optional() }),
      run: (args) => {
        sent.push(args);
        return { sent: true };
      },
    }),
    defineTool({
      name: 'set_labels',
      description: 'Sets any labels.',
      effect: 'idempotent',
      input: z.object({ labels: z.record(z.string(), z.unknown()) }),
      run: (args) => {
        sent.push(args);
        return Object.assign({}, args.labels);
      },
    }),
  ],
});

let calls: readonly ScriptedCall[] = [];
let model: ScriptedOpenAI;
let stage: Stage;

beforeAll(async () => {
  model = await startScriptedOpenAI({
    script: { name: 'hostile', turns: [{ user: 'go', answers: [() => callsTools(...calls), says('That was all.')] }] },
  });
  stage = await startStage({ agents: [bank], modelUrl: model.url });
});

afterAll(async () => {
  await stage?.stop();
  await model?.stop();
});

interface Told {
  readonly outcomes: readonly ToolOutcome[];
  /** Types of the activities that were scheduled, the model's own calls left out. */
  readonly scheduled: readonly string[];
  readonly inputs: readonly ToolCallInput[];
  readonly items: readonly ConversationItem[];
}

/** A turn in which the model asks for these calls. */
async function turnWith(asked: readonly ScriptedCall[]): Promise<Told> {
  calls = asked;
  sent.length = 0;
  const sessionId = uniqueName('hostile');
  const answer = await stage.client.send({ sessionId, agent: 'bank', text: 'go' }, { timeoutMs: PATIENCE_MS });
  expect(answer).toMatchObject({ kind: 'reply', text: 'That was all.' });
  const items = await stage.client.session(sessionId).wholeTranscript();
  const history = await fetchHistory(stage.temporal, sessionId);
  expect(failedTasks(history)).toEqual([]);
  expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
  const tools = activities(history).filter(({ type }) => type !== MODEL_CALL_ACTIVITY);
  return {
    outcomes: items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : [])),
    scheduled: tools.map(({ type }) => type),
    inputs: tools.map(({ input }) => input as ToolCallInput),
    items,
  };
}

const reasons = (outcomes: readonly ToolOutcome[]) =>
  outcomes.map((outcome) => (outcome.kind === 'rejected' ? outcome.reason : outcome.kind));

test('names that no tool has: rejected with the nearest, and no activity bears them', async () => {
  const names = [
    'sendMoney',
    'functions.send_money',
    's\u0435nd_money',
    '',
    'x'.repeat(10_000),
    '__proto__',
    'constructor',
    'toString',
    '../send_money',
    'model.call',
    'default',
    'send_money\u0000',
    ' send_money',
  ];
  const { outcomes, scheduled, items } = await turnWith(
    names.map((tool) => ({ tool, arguments: { to: 'US133', cents: 500 } })),
  );
  expect(reasons(outcomes)).toEqual(names.map(() => 'unknown_tool'));
  expect(scheduled).toEqual([]);
  expect(sent).toEqual([]);
  for (const outcome of outcomes)
    expect(outcome).toHaveProperty('message', expect.stringContaining('send_money, set_labels'));
  expect(outcomes[0]).toHaveProperty('message', expect.stringContaining('Did you mean "send_money"'));
  // Every call in the conversation has its one outcome, under an id of ours.
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
  expect(asked).toHaveLength(names.length);
  expect(items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []))).toEqual(asked);
});

test('arguments that would pollute prototypes are refused with the path', async () => {
  const poisoned = [
    '{"to":"a","cents":5,"__proto__":{"isAdmin":true}}',
    '{"to":"a","cents":5,"constructor":{"prototype":{"isAdmin":true}}}',
  ].map((text) => ({ tool: 'send_money', arguments: text }));
  const nested = [
    '{"labels":{"a":{"__proto__":{"isAdmin":true}}}}',
    '{"labels":{"__proto__":{"isAdmin":true}}}',
    '"{\\"labels\\":{\\"__proto__\\":{\\"isAdmin\\":true}}}"',
    '{"labels":"{\\"__proto__\\":{\\"isAdmin\\":true}}"}',
  ].map((text) => ({ tool: 'set_labels', arguments: text }));
  const { outcomes, scheduled } = await turnWith([...poisoned, ...nested]);
  expect(reasons(outcomes)).toEqual(Array.from({ length: 6 }, () => 'invalid_arguments'));
  for (const outcome of outcomes.slice(0, 4))
    expect(outcome).toHaveProperty('message', expect.stringMatching(/__proto__|constructor/));
  expect(scheduled).toEqual([]);
  expect(sent).toEqual([]);
});

test('text around or inside JSON is read where nothing is lost, and never completed', async () => {
  const meant = { to: 'DE1', cents: 700 };
  const json = JSON.stringify(meant);
  const readable = [json, JSON.stringify(json), '{"to":"DE1","cents":"700"}'];
  const refused = [json.slice(0, Math.floor(json.length * 0.8)), `[${json}]`, '{"to":"DE1","cents":700,"cents":900}'];
  const { outcomes, scheduled, inputs } = await turnWith(
    [...readable, ...refused].map((text) => ({ tool: 'send_money', arguments: text })),
  );
  expect(reasons(outcomes)).toEqual(['succeeded', 'succeeded', 'succeeded', ...refused.map(() => 'invalid_arguments')]);
  expect(scheduled).toEqual(readable.map(() => 'send_money'));
  expect(sent).toEqual(readable.map(() => meant));
  expect(inputs.map(({ args }) => args)).toEqual(readable.map(() => meant));
});

test('numbers that cannot be held exactly are refused before the effect', async () => {
  const numbers = [
    '1e400',
    '123456789012345678901234567890',
    '9007199254740993',
    '-5',
    '0',
    '100001',
    '"12,50"',
    '12.5',
    'NaN',
  ];
  const { outcomes, scheduled } = await turnWith(
    numbers.map((number) => ({ tool: 'send_money', arguments: `{"to":"DE1","cents":${number}}` })),
  );
  expect(reasons(outcomes)).toEqual(numbers.map(() => 'invalid_arguments'));
  expect(scheduled).toEqual([]);
  expect(sent).toEqual([]);
});

test('text passes unchanged, whatever it holds', async () => {
  const note =
    'NFC é, NFD e\u0301, 🦜👩‍👩‍👧, \u202eright to left\u202c, \ufeffBOM, zero\u200bwidth, NUL\u0000, "quotes" \\ / \u2028';
  const { outcomes, inputs } = await turnWith([{ tool: 'send_money', arguments: { to: 'DE1', cents: 1, note } }]);
  expect(reasons(outcomes)).toEqual(['succeeded']);
  expect(sent).toEqual([{ to: 'DE1', cents: 1, note }]);
  expect(inputs.map(({ args }) => args.note)).toEqual([note]);
});

test('half of a surrogate pair is refused before the effect', async () => {
  const { outcomes } = await turnWith([{ tool: 'send_money', arguments: '{"to":"DE1","cents":1,"note":"\\ud800"}' }]);
  expect(reasons(outcomes)).toEqual(['invalid_arguments']);
  expect(sent).toEqual([]);
});
