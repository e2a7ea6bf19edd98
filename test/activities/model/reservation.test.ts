/** The sums of a reservation, for any amounts. */
import fc from 'fast-check';
import { definitionOf } from '../../../activities/model/definition';
import { reserver } from '../../../activities/model/reservation';
import { defineAgent } from '../../../agents';
import type { CutOffRequest } from '../../../workflows/contracts/model';

const plain = defineAgent({
  name: 'receptionist',
  instructions: 'x',
  model: {
    name: 'gpt-5-mini',
    maxOutputTokens: 1_000,
    price: { inputMicroUsdPerMillionTokens: 1_000_000, outputMicroUsdPerMillionTokens: 10_000_000 },
  },
});

test('whatever is left and whatever was cut off: what is reserved fits, and one token more would not', () => {
  const definition = definitionOf(plain);
  const money = (input: number, output: number) => Math.round((input * 1_000_000 + output * 10_000_000) / 1_000_000);
  const amount = fc.integer({ min: 0, max: 20_000 });
  fc.assert(
    fc.property(
      amount,
      amount,
      fc.integer({ min: 1, max: 2_000 }),
      fc.array(fc.tuple(amount, amount), { maxLength: 3 }),
      (tokens, microUsd, input, before) => {
        const cutOff = before.map(([used, cost], index): CutOffRequest => ({
          attempt: index + 1,
          usage: { inputTokens: used, outputTokens: 0, estimated: true },
          cost: { kind: 'priced', microUsd: cost },
        }));
        const reserved = reserver(definition, { tokens, microUsd }, input)(cutOff);
        const left = {
          tokens: tokens - before.reduce((sum, [used]) => sum + used, 0),
          microUsd: microUsd - before.reduce((sum, [, cost]) => sum + cost, 0),
        };
        const fits = (output: number) => input + output <= left.tokens && money(input, output) <= left.microUsd;
        if (reserved.kind === 'exceeds') return expect(fits(64)).toBe(false);
        const output = reserved.usage.outputTokens;
        expect(fits(output)).toBe(true);
        expect(output === 1_000 || !fits(output + 1)).toBe(true);
        expect(reserved.outputCap).toBe(output === 1_000 ? undefined : output);
        return undefined;
      },
    ),
    { numRuns: 500, seed: 11 },
  );
});
