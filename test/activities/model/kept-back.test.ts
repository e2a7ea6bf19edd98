/** What whoever asks others keeps back: it goes with each of the calls, and it is enough for a request with what they said. */
import fc from 'fast-check';
import { definitionOf } from '../../../activities/model/definition';
import { keptBack } from '../../../activities/model/kept-back';
import { reserver } from '../../../activities/model/reservation';
import { defineAgent } from '../../../agents';
import { planOf } from './family-fixture';

const definition = definitionOf(
  defineAgent({
    name: 'desk',
    instructions: 'x',
    model: {
      name: 'gpt-5-mini',
      maxOutputTokens: 2_000,
      price: { inputMicroUsdPerMillionTokens: 1_000_000, outputMicroUsdPerMillionTokens: 10_000_000 },
    },
  }),
);

test('one model call; of tokens and money what is bounded, and nothing of what is not', () => {
  expect(keptBack(definition, undefined, undefined, 2)).toEqual({ modelCalls: 1 });
  expect(keptBack(definition, { tokens: 9_000 }, 700, 2)).toEqual({ modelCalls: 1, tokens: 700 + 1_000 + 1_000 });
  expect(keptBack(definition, { microUsd: 9_000 }, 700, 1)).toEqual({ modelCalls: 1, microUsd: 1_200 + 10_000 });
});

test('no longer an answer than the agent gives', () => {
  const short = definitionOf(
    defineAgent({ name: 'desk', instructions: 'x', model: { name: 'gpt-5-mini', maxOutputTokens: 100 } }),
  );
  expect(keptBack(short, { tokens: 9_000 }, 700, 1)).toEqual({ modelCalls: 1, tokens: 700 + 500 + 100 });
});

test('a request with as much of each as was kept for it is made, with nothing but that left', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20_000 }),
      fc.integer({ min: 1, max: 8 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (input, asked, part) => {
        const { tokens, microUsd } = keptBack(definition, { tokens: 1, microUsd: 1 }, input, asked);
        const grown = input + Math.floor(part * asked * 500);
        expect(reserver(definition, { tokens, microUsd }, grown)([]).kind).toBe('fits');
      },
    ),
  );
});

test('all delegations of an answer say the same, of all of them; no other call does', async () => {
  const asked: number[] = [];
  const keeps = (count: number) => {
    asked.push(count);
    return { modelCalls: 1, tokens: 100 * count };
  };
  const { calls } = await planOf(
    [
      ['ask_clerk', { task: 'a' }],
      ['find_order', { id: 'A-1' }],
      ['ask_clerk', { task: 'b' }],
      ['ask_clerk', {}],
      ['transfer_to_orders', { reason: 'x', request: 'y' }],
    ],
    { keeps },
  );
  expect(asked).toEqual([2]);
  expect(calls.map((call) => ('keeps' in call ? call.keeps : call.kind))).toEqual([
    { modelCalls: 1, tokens: 200 },
    'run',
    { modelCalls: 1, tokens: 200 },
    'refused',
    'transfer',
  ]);
});
