/** What a model call may use is reserved before anything is sent: never more is booked than was allowed, and what does not fit is not sent. */
import { buildChatRequest } from '../../../activities/model/chat-completions';
import { definitionOf, withOutputCap } from '../../../activities/model/definition';
import { defineAgent, type AgentSpec, type ModelPrice } from '../../../agents';
import type { CutOffRequest, DefinitionRecord, ModelCallInput, ModelTurn } from '../../../workflows/contracts/model';
import { chatBody } from './scripted-server';
import { bookAppointment, failureOf, findPatient, hello, startFixture, type Fixture } from './model-fixture';

const PRICE: ModelPrice = { inputMicroUsdPerMillionTokens: 1_000_000, outputMicroUsdPerMillionTokens: 10_000_000 };
const agent = (more: Partial<AgentSpec> = {}) =>
  defineAgent({
    name: 'receptionist',
    instructions: 'You book appointments.',
    model: { name: 'gpt-5-mini', maxOutputTokens: 1_000, price: PRICE },
    tools: [findPatient, bookAppointment],
    ...more,
  });
const plain = agent();
const usage = (input: number, output: number) => ({ prompt_tokens: input, completion_tokens: output });

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

const say = (text = 'Hi', counted = usage(300, 20)) =>
  fixture.server.script({ body: chatBody({ text, usage: counted }) });
const run = (input: Partial<ModelCallInput>, agents = [plain], attempt = 1): Promise<ModelTurn> =>
  fixture.run(input, { agents, info: { attempt } });
const sentCap = (at = -1) =>
  (JSON.parse(fixture.server.seen.at(at)?.body ?? '{}') as { max_completion_tokens?: number }).max_completion_tokens;
/** What the ledger was told that the request may take. */
const booked = (): CutOffRequest[] =>
  [...fixture.ledger.rows.values()].flatMap((row) =>
    row.started.map((one) => one.estimate as unknown as CutOffRequest),
  );
/** What is booked for the input of the fixture's request. */
async function inputTokens(): Promise<number> {
  say();
  await run({ callId: 'probe', allowance: { tokens: 1_000_000 } });
  const [probe] = booked();
  fixture.ledger.rows.clear();
  fixture.server.seen.length = 0;
  return probe?.usage.inputTokens ?? 0;
}

describe('a call with room for the whole answer', () => {
  test('is sent as it is, and booked at the most it may take', async () => {
    say();
    const turn = await run({ allowance: { tokens: 100_000, microUsd: 1_000_000 } });
    expect(turn).not.toHaveProperty('outputCap');
    expect(sentCap()).toBe(1_000);
    const [estimate] = booked();
    expect(estimate?.usage).toMatchObject({ outputTokens: 1_000, estimated: true });
    expect(estimate?.cost).toEqual({
      kind: 'priced',
      microUsd: (estimate?.usage.inputTokens ?? 0) + 10_000,
    });
  });

  test('costs what its declared price says', async () => {
    fixture.server.script({
      body: chatBody({
        text: 'Hi',
        usage: { ...usage(1_000, 100), prompt_tokens_details: { cached_tokens: 600 } },
      }),
    });
    const priced = agent({
      model: {
        name: 'llama-of-ours',
        maxOutputTokens: 1_000,
        price: { ...PRICE, cachedInputMicroUsdPerMillionTokens: 100_000 },
      },
    });
    const turn = await run({}, [priced]);
    expect(turn.billed).toEqual({ kind: 'priced', microUsd: 400 + 60 + 1_000 });
    expect(turn.provider).toMatchObject({ prices: 'declared by the agent' });
  });
});

describe('a call with less room', () => {
  test('asks for a shorter answer, and history rebuilds the request byte for byte', async () => {
    const input = await inputTokens();
    say();
    const turn = await run({ allowance: { tokens: input + 200 } });
    expect(turn.outputCap).toBe(200);
    expect(sentCap()).toBe(200);
    const record = JSON.parse(JSON.stringify(turn.definition)) as DefinitionRecord;
    expect(record.parameters).toEqual({ max_completion_tokens: 1_000 });
    const rebuilt = buildChatRequest(withOutputCap(record, turn.outputCap), record.instructions ?? '', [hello], 'step');
    expect(JSON.stringify(rebuilt)).toBe(fixture.server.seen[0]?.body);
    expect(booked()[0]?.usage.outputTokens).toBe(200);
  });

  test('spends money to the last micro-dollar that a token fits into', async () => {
    const input = await inputTokens();
    say();
    const turn = await run({ allowance: { microUsd: input + 1_509 } });
    expect(turn.outputCap).toBe(150);
    expect(booked()[0]?.cost).toEqual({ kind: 'priced', microUsd: input + 1_500 });
  });

  test('keeps the cap with the failure where no answer came', async () => {
    const input = await inputTokens();
    fixture.server.script({ status: 500, body: { error: { message: 'no' } } });
    const failure = await failureOf(run({ allowance: { tokens: input + 300 } }));
    expect(failure.details?.[0]).toMatchObject({ sent: { outputCap: 300 } });
  });
});

describe('a call without room', () => {
  test('is not sent and not booked: the decision says what was missing', async () => {
    const input = await inputTokens();
    const turn = await run({ allowance: { tokens: input + 63 } });
    expect(turn).toMatchObject({
      decision: { kind: 'limit', bound: 'tokens', needed: input + 1_000, left: input + 63 },
      usage: { inputTokens: 0, outputTokens: 0 },
      billed: { kind: 'priced', microUsd: 0 },
      base: { length: 1 },
      definition: { agent: 'receptionist' },
      tokens: '0→0',
    });
    expect(turn).not.toHaveProperty('item');
    const poor = await run({ allowance: { tokens: 100_000, microUsd: 5 } });
    expect(poor.decision).toEqual({ kind: 'limit', bound: 'microUsd', needed: input + 10_000, left: 5 });
    const none = await run({ allowance: { tokens: -7 } });
    expect(none.decision).toMatchObject({ kind: 'limit', left: 0 });
    expect(fixture.server.seen).toHaveLength(0);
    expect(fixture.ledger.rows.size).toBe(0);
  });

  test('is answered from the record where an earlier attempt was answered', async () => {
    say('paid for');
    await run({ allowance: { tokens: 100_000 } });
    const again = await run({ allowance: { tokens: 10 } }, [plain], 2);
    expect(again).toMatchObject({ decision: { kind: 'answer', text: 'paid for' }, provider: { replayed: true } });
    expect(fixture.server.seen).toHaveLength(1);
  });
});

describe('earlier attempts that were cut off', () => {
  const dead = () => fixture.server.script((response) => response.destroy());

  test('take their part of the allowance, so that all together stay within it', async () => {
    const input = await inputTokens();
    const allowance = { tokens: 2 * input + 1_400 };
    dead();
    await failureOf(run({ allowance }));
    say();
    const turn = await run({ allowance }, [plain], 2);
    expect([sentCap(0), sentCap(1), turn.outputCap]).toEqual([1_000, 400, 400]);
    const spent = booked().reduce((sum, one) => sum + one.usage.inputTokens + one.usage.outputTokens, 0);
    expect(spent).toBe(allowance.tokens);
  });

  test('leave nothing for a further one where they may have taken all of it', async () => {
    const input = await inputTokens();
    const allowance = { tokens: input + 1_100 };
    dead();
    await failureOf(run({ allowance }));
    const turn = await run({ allowance }, [plain], 2);
    expect(turn).toMatchObject({
      decision: { kind: 'limit', left: 100 },
      cutOff: [{ attempt: 1, usage: { inputTokens: input, outputTokens: 1_000 } }],
    });
    expect(fixture.server.seen).toHaveLength(1);
    expect(booked()).toHaveLength(1);
  });

  test('of which nothing was known are reserved around', async () => {
    const input = await inputTokens();
    const allowance = { tokens: 2 * input + 1_500 };
    dead();
    await failureOf(run({ allowance }));
    // Another attempt of the same number, as after a reset or of a worker that was taken for dead.
    say();
    expect((await run({ allowance })).outputCap).toBe(500);
  });

  test('that the provider refused take nothing', async () => {
    const input = await inputTokens();
    const allowance = { tokens: input + 1_000 };
    fixture.server.script({ status: 429, body: { error: { message: 'slow down' } } });
    await failureOf(run({ allowance }));
    say();
    expect(await run({ allowance }, [plain], 2)).not.toHaveProperty('outputCap');
  });
});

describe("an agent's own bounds", () => {
  const own = agent({ limits: { call: { tokens: 9_000 }, turn: { tokens: 10_000 }, session: { microUsd: 800 } } });

  test('count at the first call, when the session does not know them yet', async () => {
    const turn = await run({}, [own]);
    expect(turn.decision).toMatchObject({ kind: 'limit', bound: 'microUsd', left: 800 });
  });

  test('are left to the session once it knows them', async () => {
    say();
    const known = await run({ definitionHash: definitionOf(own).hash }, [own]);
    expect(known.decision).toMatchObject({ kind: 'answer' });
  });
});

describe('a bound that cannot be enforced', () => {
  test.each<[string, Partial<AgentSpec>, NonNullable<ModelCallInput['allowance']>, RegExp]>([
    ['tokens, answers of any length', { model: 'gpt-5-mini' }, { tokens: 5_000 }, /needs model\.maxOutputTokens/],
    [
      'money, no price',
      { model: { name: 'llama-of-ours', maxOutputTokens: 50 } },
      { microUsd: 50 },
      /needs a price for the model "llama-of-ours"/,
    ],
  ])('is said, and nothing is sent: %s', async (_what, more, allowance, words) => {
    const failure = await failureOf(run({ allowance }, [agent(more)]));
    expect(failure).toMatchObject({ type: 'LimitNotEnforceable', nonRetryable: true });
    expect(failure.message).toMatch(words);
    expect(failure.message).toMatch(/nothing was sent/);
    expect(fixture.server.seen).toHaveLength(0);
    expect(fixture.ledger.rows.size).toBe(0);
  });
});

describe('the stronger model', () => {
  const two = agent({ strongerModel: { name: 'gpt-5', maxOutputTokens: 2_000 } });

  test('is asked where the session says so, with a definition of its own', async () => {
    say();
    const turn = await run({ stronger: true, definitionHash: definitionOf(two).hash }, [two]);
    expect(JSON.parse(fixture.server.seen[0]?.body ?? '')).toMatchObject({
      model: 'gpt-5',
      max_completion_tokens: 2_000,
    });
    expect(turn.definition).toMatchObject({ model: 'gpt-5', instructions: 'You book appointments.' });
    expect(turn.definitionHash).toBe(definitionOf(two, true).hash);
    expect(turn.definitionHash).not.toBe(definitionOf(two).hash);
  });

  test('is the agent’s only one where it declares none', async () => {
    say();
    const turn = await run({ stronger: true });
    expect(turn.definitionHash).toBe(definitionOf(plain).hash);
  });
});

describe('usage that cannot be right', () => {
  test.each([
    ['more input than any context window holds', usage(3_000_000, 10)],
    ['more output than was asked for', usage(300, 1_101)],
  ])('is counted by ourselves, and marked: %s', async (_what, counted) => {
    say('Hello there.', counted);
    const { usage: found } = await run({});
    expect(found.estimated).toBe(true);
    expect(found.inputTokens).toBeLessThan(1_000);
    expect(found.outputTokens).toBeLessThan(10);
  });

  test('is taken where a gateway may have added to the prompt', async () => {
    say('Hello there.', usage(90_000, 1_100));
    expect((await run({})).usage).toEqual({ inputTokens: 90_000, outputTokens: 1_100 });
  });
});

test('an empty answer is sent back, and said to be empty', async () => {
  say('  ');
  expect((await run({})).decision).toMatchObject({ kind: 'repair', cause: 'empty' });
  fixture.server.script({ body: 'not JSON' });
  expect((await run({ callId: 't1.s2.m' })).decision).not.toHaveProperty('cause');
});
