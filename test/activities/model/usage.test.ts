/** What a call cost: the provider's counts where they can be right, else an estimate, and the price. */
import { costText } from '../../../activities/model/price';
import { defineAgent } from '../../../agents';
import { chatBody } from './scripted-server';
import { startFixture, type Fixture } from './model-fixture';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.close());

test.each([
  [{ kind: 'unpriced' }, 'unpriced'],
  [{ kind: 'priced', microUsd: 0 }, '$0'],
  [{ kind: 'priced', microUsd: 34 }, '$0.000034'],
  [{ kind: 'priced', microUsd: 1234 }, '$0.001234'],
  [{ kind: 'priced', microUsd: 12_345_678 }, '$12.35'],
] as const)('%j is shown as %s', (cost, text) => {
  expect(costText(cost)).toBe(text);
});

describe('usage and price', () => {
  test.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['negative', { prompt_tokens: -5, completion_tokens: 2 }],
    ['absurd', { prompt_tokens: 1e15, completion_tokens: 2 }],
    ['fractions', { prompt_tokens: 1.5, completion_tokens: 2 }],
    ['text', { prompt_tokens: '812', completion_tokens: '64' }],
  ])('usage that is %s is estimated, and marked', async (_name, usage) => {
    fixture.server.script({ body: { ...chatBody({ text: 'How can I help you today?' }), usage } });
    const turn = await fixture.run();
    expect(turn.usage).toEqual({
      inputTokens: expect.any(Number) as number,
      outputTokens: expect.any(Number) as number,
      estimated: true,
    });
    expect(turn.usage.inputTokens).toBeGreaterThan(50);
    expect(turn.usage.outputTokens).toBeGreaterThan(4);
    expect(turn.tokens).toMatch(/^~\d+→\d+$/);
  });

  test('cached and reasoning tokens count, at their own price', async () => {
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 100,
      prompt_tokens_details: { cached_tokens: 500 },
      completion_tokens_details: { reasoning_tokens: 40 },
    };
    fixture.server.script({ body: chatBody({ text: 'Hi', usage }) });
    expect(await fixture.run()).toMatchObject({
      usage: { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 500, reasoningTokens: 40 },
      billed: { microUsd: 338 },
    });
  });

  test('a model without a price is unpriced, which is not 0', async () => {
    fixture.server.script({ body: chatBody({ text: 'Hi', model: 'llama-of-ours' }) });
    const unpriced = defineAgent({ name: 'receptionist', instructions: 'x', model: 'llama-of-ours' });
    const turn = await fixture.run({}, { agents: [unpriced] });
    expect(turn).toMatchObject({ cost: 'unpriced', billed: { kind: 'unpriced' } });
    expect(turn.provider).not.toHaveProperty('prices');
  });

  test('a long run of one letter does not stop the worker', async () => {
    fixture.server.script({ body: { ...chatBody({ text: 'a'.repeat(200_000) }), usage: undefined } });
    const started = performance.now();
    await fixture.run();
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
