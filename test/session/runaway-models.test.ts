/**
 * Models that never come to an end by themselves (S, T12): each turn ends within its declared bound in the declared way, with a partial answer
 * and what was done; what it cost stays within its limit to the micro-dollar, whatever the provider says it used.
 */
import { z } from 'zod';
import { defineAgent, defineTool, type AgentDetectors, type AgentLimits } from '../../agents';
import type { ConversationItem, SendResult, SessionLimits, SessionStatus } from '../../client';
import { failedTasks, fetchHistory } from './history';
import {
  LAST_WORDS,
  runAway,
  startRunawayProvider,
  type Bill,
  type RunawayProvider,
  type Way,
} from './runaway-provider';
import { startStage, uniqueName, type Stage } from './stage';

/** One micro-dollar a token in, two a token out: what is spent can be added up by hand. */
const PRICE = { inputMicroUsdPerMillionTokens: 1_000_000, outputMicroUsdPerMillionTokens: 2_000_000 };
const costOf = (prompt: number, completion: number): number => prompt + 2 * completion;

const look = defineTool({
  name: 'look',
  description: 'Looks somewhere.',
  effect: 'read',
  input: z.object({ at: z.string() }),
  run: ({ at }) => `nothing to see at ${at}`,
});

function explorer(name: string, limits: AgentLimits, detectors: AgentDetectors = {}) {
  return defineAgent({
    name,
    // So that the provider can tell sessions apart.
    instructions: ({ session }) => `You explore. Session ${session.id}.`,
    model: { name: 'gpt-5-mini', maxOutputTokens: 1_000, price: PRICE },
    tools: [look],
    limits: { onLimit: 'stop', ...limits },
    detectors,
  });
}

const TURN_USD = 30_000;
const SMALL_TURN_USD = 8_000;
const agents = [
  explorer('patient', { steps: 40, repairs: 20 }),
  explorer('quiet', { steps: 40, repairs: 20 }),
  explorer('brisk', { steps: 6 }),
  explorer('thrifty', { steps: 200, parallelCalls: 12, turn: { microUsd: TURN_USD } }),
  explorer('poor', { parallelCalls: 12, turn: { microUsd: SMALL_TURN_USD } }),
  explorer('saving', { steps: 200, session: { microUsd: TURN_USD } }),
  explorer('frugal', { steps: 200, turn: { tokens: 25_000 } }),
  explorer('careful', { steps: 200, turn: { modelCalls: 5 } }),
  explorer('hurried', { steps: 200, turn: { wallClock: '3s' } }),
];

let provider: RunawayProvider;
let stage: Stage;
beforeAll(async () => {
  provider = await startRunawayProvider();
  stage = await startStage({ agents, modelUrl: provider.url });
});
afterAll(async () => {
  await stage?.stop();
  await provider?.close();
});

interface Ended {
  readonly sessionId: string;
  readonly answer: Extract<SendResult, { kind: 'reply' }>;
  readonly status: SessionStatus;
  readonly items: readonly ConversationItem[];
  /** What the provider truly took, in micro-dollars, and for how many requests. */
  readonly billed: { readonly microUsd: number; readonly requests: number };
}

interface RunOptions {
  readonly sessionId?: string;
  readonly limits?: SessionLimits;
}

async function run(agent: string, way: Way, bill: Bill = 'honest', options: RunOptions = {}): Promise<Ended> {
  const { sessionId = uniqueName(agent), limits } = options;
  const session = stage.client.session(sessionId);
  const answer = await stage.client.send({ sessionId, agent, text: runAway(way, bill), limits }, { timeoutMs: 50_000 });
  if (answer.kind !== 'reply') throw new Error(`expected a reply, got ${JSON.stringify(answer)}`);
  expect(failedTasks(await fetchHistory(stage.temporal, sessionId))).toEqual([]);
  const usages = provider.billed(`You explore. Session ${sessionId}.`);
  const microUsd = usages.reduce(
    (sum, { prompt_tokens, completion_tokens }) => sum + costOf(prompt_tokens, completion_tokens),
    0,
  );
  const [status, items] = [await session.status(), await session.wholeTranscript()];
  expect(status.status).toBe('waiting_for_user');
  return { sessionId, answer, status, items, billed: { microUsd, requests: usages.length } };
}

/** Notes of the detectors, by whom they are for. */
const noticed = ({ items }: Ended): readonly string[] =>
  items.flatMap((item) => (item.kind === 'note' && item.reason === 'detector' ? [item.audience] : []));
const stepsOf = ({ items }: Ended): number => items.filter(({ kind }) => kind === 'assistant').length;

test.each<[Way, string, string, number]>([
  ['loops', 'patient', 'sameCall', 2 * 3],
  ['alternates', 'patient', 'alternatingCalls', 2 * 2 * 3],
  ['is cut short', 'patient', 'repairStorm', 2 * 2],
  ['says nothing', 'quiet', 'emptyAnswers', 2 * 2],
])(
  'a model that %s is told so once, and then its turn ends with what it has',
  async (way, agent, detector, mostSteps) => {
    const ended = await run(agent, way);
    expect(ended.answer.partial).toContain(`detector.${detector}`);
    expect(noticed(ended)).toEqual(['model', 'record']);
    expect(ended.billed.requests).toBeLessThanOrEqual(mostSteps + 1);
    if (way === 'says nothing') expect(ended.answer.text).toContain('I could not finish this');
    else expect(ended.answer.text).toBe(LAST_WORDS);
    expect(ended.status.usage.microUsd).toBe(ended.billed.microUsd);
  },
);

test('a model that goes on ends at its steps, with what it has', async () => {
  const ended = await run('brisk', 'goes on');
  expect(ended.answer).toMatchObject({ text: LAST_WORDS, partial: expect.stringContaining('turn.steps') });
  expect(ended.status.usage).toMatchObject({ toolCalls: 6, modelCalls: 7 });
  expect(noticed(ended)).toEqual([]);
});

test('model calls are bounded, the last answer included', async () => {
  const ended = await run('careful', 'goes on');
  expect(ended.answer).toMatchObject({ text: LAST_WORDS, partial: expect.stringContaining('turn.modelCalls') });
  expect(ended.billed.requests).toBe(5);
});

test.each<Way>(['goes on', 'goes on twelvefold'])('a turn of a model that %s costs at most its bound', async (way) => {
  const ended = await run('thrifty', way);
  expect(ended.answer.partial).toContain('turn.microUsd');
  expect(ended.status.usage.microUsd).toBe(ended.billed.microUsd);
  expect(ended.billed.microUsd).toBeLessThanOrEqual(TURN_USD);
  // It is used, not saved: what is left is less than one more step and its answer could cost.
  expect(ended.billed.microUsd).toBeGreaterThan(TURN_USD / 2);
  expect(stepsOf(ended)).toBeGreaterThan(2);
});

test('twelve sessions at once, each within its own bound', async () => {
  const ended = await Promise.all(Array.from({ length: 12 }, () => run('poor', 'goes on twelvefold')));
  for (const { status, billed, answer } of ended) {
    expect(answer.partial).toContain('turn.microUsd');
    expect(status.usage.microUsd).toBe(billed.microUsd);
    expect(billed.microUsd).toBeLessThanOrEqual(SMALL_TURN_USD);
  }
});

test('a bound of the session holds over its turns, and a later one is answered at once', async () => {
  const sessionId = uniqueName('saving');
  await run('saving', 'goes on', 'honest', { sessionId });
  const { answer, status, billed } = await run('saving', 'goes on', 'honest', { sessionId });
  expect(answer.partial).toContain('session.microUsd');
  expect(status.usage.microUsd).toBe(billed.microUsd);
  expect(billed.microUsd).toBeLessThanOrEqual(TURN_USD);
});

test('tokens are bounded', async () => {
  const { answer, status } = await run('frugal', 'goes on');
  expect(answer.partial).toContain('turn.tokens');
  expect(status.usage.inputTokens + status.usage.outputTokens).toBeLessThanOrEqual(25_000);
});

test.each<Bill>(['negative', 'absent', 'huge', 'nonsense'])(
  'a bill that is %s is not believed: the turn ends at its bound all the same',
  async (bill) => {
    const { answer, status, billed } = await run('thrifty', 'goes on', bill);
    const { microUsd, inputTokens, outputTokens } = status.usage;
    expect(answer.partial).toContain('turn.microUsd');
    for (const count of [microUsd, inputTokens, outputTokens]) expect(Number.isSafeInteger(count)).toBe(true);
    expect(microUsd).toBeLessThanOrEqual(TURN_USD);
    // What was booked in its place is no less than what was truly used.
    expect(microUsd).toBeGreaterThanOrEqual(billed.microUsd);
  },
);

test('a model that hangs, at once or later, is given up when the time of its turn is over', async () => {
  const ways: readonly (readonly [Way, SessionLimits | undefined])[] = [
    ['hangs later', undefined],
    // Before the first answer came, a session knows its own limits only.
    ['hangs', { turn: { wallClockMs: 3_000 }, onLimit: 'stop' }],
  ];
  // Both have to pass that time, which they do together.
  const ran = await Promise.all(ways.map(([way, limits]) => run('hurried', way, 'honest', { limits })));
  for (const { answer, status } of ran) {
    expect(answer.partial).toContain('turn.wallClockMs');
    expect(answer.text).toContain('I could not finish this');
    // The request that was cut off may be billed, and is booked at its estimate.
    expect(status.usage.cutOffMicroUsd).toBeGreaterThan(0);
  }
});
