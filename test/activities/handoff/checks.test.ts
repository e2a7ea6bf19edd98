import { MockActivityEnvironment } from '@temporalio/testing';
import type { ApplicationFailure } from '@temporalio/common';
import { z } from 'zod';
import { createResultCheckActivity } from '../../../activities/handoff/result-check';
import { createStateCheckActivity } from '../../../activities/handoff/state-check';
import { createRegistry, defineAgent, delegateTo } from '../../../agents';
import type { ResultCheckInput, StateCheckInput } from '../../../workflows/contracts/activities';
import { failureOf, quiet } from '../model/model-fixture';

const plain = defineAgent({ name: 'plain', instructions: 'x', model: 'm' });
const orders = defineAgent({
  name: 'orders',
  instructions: 'x',
  model: 'm',
  state: z.object({ order: z.string().regex(/^A-/), note: z.string().optional() }),
  delegates: [
    'plain',
    delegateTo('plain', {
      toolName: 'find_price',
      output: z.object({
        cents: z.number().int(),
        on: z.iso.date().optional(),
        code: z
          .string()
          .transform((code) => code.length)
          .optional(),
      }),
    }),
  ],
});
const loose = defineAgent({
  name: 'loose',
  instructions: 'x',
  model: 'm',
  state: z.looseObject({ a: z.string().optional() }),
});
const registry = createRegistry([plain, orders, loose]);

const SCHEDULED = Date.parse('2026-11-21T10:00:00Z');
const run = <In, Out>(activity: (input: In) => Promise<Out>, input: In, attempt = 1): Promise<Out> =>
  new MockActivityEnvironment({ attempt, scheduledTimestampMs: SCHEDULED }, { logger: quiet }).run(activity, input);
const at = (ms: number) => ({ registry, now: () => SCHEDULED + ms });

const checkState = (input: Partial<StateCheckInput>, waited = 0) =>
  run(createStateCheckActivity(at(waited)), { agent: 'orders', sessionId: 's', own: {}, patch: {}, ...input });
const checkResult = (input: Partial<ResultCheckInput>, waited = 0) =>
  run(createResultCheckActivity(at(waited)), {
    agent: 'orders',
    delegate: 'find_price',
    sessionId: 's',
    callId: 'c',
    value: {},
    ...input,
  });
const refused = (problem: RegExp) => ({ kind: 'refused', problem: expect.stringMatching(problem) as string });

describe('state.check', () => {
  const own = { order: 'A-1', note: 'x' };

  test('takes a patch that leaves what the schema takes', async () => {
    expect(await checkState({ own, patch: { order: 'A-2', note: null } })).toEqual({
      kind: 'accepted',
      patch: { order: 'A-2', note: null },
    });
  });

  test.each<[string, Partial<StateCheckInput>, RegExp]>([
    ['a value', { own, patch: { order: 'B' } }, /^order: /],
    ['a member that is needed', { own, patch: { order: null } }, /^order: is missing/],
    ['a name', { own, patch: { ordr: 'A-1' } }, /"ordr" is not known .*; its members are: order, note/],
    ['an agent without a state', { agent: 'plain', patch: { a: 1 } }, /the agent plain keeps no own part/],
  ])('refuses %s', async (_, input, problem) => {
    expect(await checkState(input)).toEqual(refused(problem));
  });

  test('takes an empty patch of an agent without a state', async () => {
    expect(await checkState({ agent: 'plain' })).toEqual({ kind: 'accepted', patch: {} });
  });

  test.each<[string, Partial<StateCheckInput>, object]>([
    ['what is known is kept', { own, patch: { note: 'y', mood: 'cross' } }, { note: 'y' }],
    ['what does not fit is nothing', { own, patch: { order: 'B', note: 'y' } }, {}],
    ['all is kept where the schema takes any', { agent: 'loose', own: {}, patch: { a: 'x', b: 1 } }, { a: 'x', b: 1 }],
    ['nothing where there is no schema', { agent: 'plain', patch: { a: 1 } }, {}],
  ])('leniently: %s', async (_, input, patch) => {
    expect(await checkState({ ...input, lenient: true })).toEqual({ kind: 'accepted', patch });
  });
});

describe('result.check', () => {
  test('takes what fits, mended where nothing is lost, in the form in which it came', async () => {
    expect(await checkResult({ value: { cents: '12', code: 'abc' } })).toEqual({
      kind: 'accepted',
      value: { cents: 12, code: 'abc' },
    });
  });

  test.each<[unknown, RegExp]>([
    [{ cents: 1.5 }, /^cents: /],
    [{ on: '2026-01-01' }, /^cents: is missing/],
    ['twelve', /expected one JSON object, received a string/],
    [null, /cents: is missing/],
  ])('refuses %j', async (value, problem) => {
    expect(await checkResult({ value: value as null })).toEqual(refused(problem));
  });

  test('takes words that are the JSON of a result', async () => {
    expect(await checkResult({ value: '{"cents": 3}' })).toEqual({ kind: 'accepted', value: { cents: 3 } });
  });

  test('takes anything where words were asked for', async () => {
    expect(await checkResult({ delegate: 'ask_plain', value: 'twelve' })).toEqual({
      kind: 'accepted',
      value: 'twelve',
    });
  });
});

describe.each([
  [
    'state.check',
    (waited: number, attempt: number) =>
      run(createStateCheckActivity(at(waited)), { agent: 'gone', sessionId: 's', own: {}, patch: {} }, attempt),
    'UnknownAgent',
    /no agent named "gone"/,
  ],
  [
    'result.check',
    (waited: number, attempt: number) =>
      run(
        createResultCheckActivity(at(waited)),
        { agent: 'orders', delegate: 'ask_gone', sessionId: 's', callId: 'c', value: 1 },
        attempt,
      ),
    'ToolMissing',
    /the agent orders has no delegation ask_gone/,
  ],
] as const)('%s of what this worker has not', (_, call, type, problem) => {
  test('leaves it to others while a deploy may be in progress', async () => {
    const failure: ApplicationFailure = await failureOf(call(0, 2));
    expect(failure).toMatchObject({ type, nonRetryable: false, nextRetryDelay: 10_000 });
    expect(failure.message).toMatch(problem);
  });

  test('refuses it after that', async () => {
    expect(await call(600_000, 9)).toEqual(refused(problem));
  });
});

describe('an input that cannot be read fails at once', () => {
  const bad: readonly [string, () => Promise<unknown>][] = [
    ['no object', () => run(createStateCheckActivity(at(0)), 7 as never)],
    ['no agent', () => checkState({ agent: 'a b' })],
    ['no own part', () => checkState({ own: [] as never })],
    ['no patch', () => checkState({ patch: undefined })],
    ['poison', () => checkState({ patch: JSON.parse('{"__proto__":1}') as never })],
    ['no delegation', () => checkResult({ delegate: 'a.b' })],
    ['no value', () => checkResult({ value: undefined })],
  ];
  test.each(bad)('%s', async (_, call) => {
    expect(await failureOf(call())).toMatchObject({ type: 'BadActivityInput', nonRetryable: true });
  });
});
