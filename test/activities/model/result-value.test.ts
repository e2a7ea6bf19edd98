/** The check by the JSON Schema alone refuses nothing that the delegator's own schema takes. */
import { z } from 'zod';
import { resultCheck } from '../../../activities/model/result-value';
import { openSchema } from '../../../activities/model/tool-schema';
import type { JsonObject } from '../../../workflows/contracts/json';
import { asDelegate, clerk, planOf } from './family-fixture';

const takes = (schema: JsonObject, value: unknown): boolean => resultCheck(schema).safeParse(value).success;
const letters = z.string().regex(/^\p{L}+$/u);

test.each<[string, z.ZodType, unknown]>([
  ['letter case', z.object({ iban: z.string().regex(/^[A-Z]{2}\d+$/i) }), { iban: 'de12' }],
  ['letters of all scripts', z.object({ name: letters }), { name: 'Jörg' }],
  ['emoji', z.object({ mood: z.emoji() }), { mood: '😀' }],
  ['a date that is coerced', z.object({ on: z.coerce.date() }), { on: '2026-01-01' }],
  ['within a list', z.object({ names: z.array(letters) }), { names: ['Jörg'] }],
  ['within a tuple', z.object({ pair: z.tuple([letters, letters]) }), { pair: ['Jörg', 'é'] }],
  ['within a choice', z.object({ name: z.union([z.number(), letters]) }), { name: 'é' }],
  ['within what may be null', z.object({ at: z.object({ name: letters }).nullable() }), { at: { name: 'é' } }],
  ['within both', z.object({ at: z.object({ a: letters }).and(z.object({ b: letters })) }), { at: { a: 'é', b: 'é' } }],
  ['names of a record', z.object({ by: z.record(letters, letters) }), { by: { é: 'é' } }],
  ['names of a loose record', z.object({ by: z.looseRecord(letters, z.number()) }), { by: { é: 1, b2: 'x' } }],
  [
    'a part with a name',
    (() => {
      const part = z.object({ name: letters }).meta({ id: 'ResultPart' });
      return z.object({ a: part, b: part });
    })(),
    { a: { name: 'é' }, b: { name: 'é' } },
  ],
  ['one of two patterns', z.object({ x: z.xor([z.string().regex(/^a/), z.string().regex(/^b/)]) }), { x: 'bc' }],
  [
    'one of two shapes',
    z.object({
      x: z.discriminatedUnion('k', [z.object({ k: z.literal('a'), name: letters }), z.object({ k: z.literal('b') })]),
    }),
    { x: { k: 'a', name: 'é' } },
  ],
])('%s', (_, output, value) => {
  expect(output.safeParse(value).success).toBe(true);
  expect(takes(openSchema({ name: 'x', input: output }), value)).toBe(true);
});

test('members that are named so are held to their schemas, and so is all else', () => {
  const output = z.object({ pattern: z.number(), format: z.object({ format: z.string() }), kind: z.enum(['pattern']) });
  const schema = openSchema({ name: 'x', input: output });
  const value = { pattern: 1, format: { format: 'a' }, kind: 'pattern' };
  expect(takes(schema, value)).toBe(true);
  expect(takes(schema, { ...value, pattern: 'x' })).toBe(false);
  expect(takes(schema, { ...value, format: {} })).toBe(false);
  expect(takes(schema, { ...value, kind: 'x' })).toBe(false);
  expect(takes({ type: 'object', properties: { a: { const: { pattern: 'x' } } } }, { a: 1 })).toBe(false);
  expect(takes({ type: 'object', properties: { a: { type: 'string', minLength: 3 } } }, { a: 'é' })).toBe(false);
});

test('the model’s result is planned, and the model is told the schema as it was declared', async () => {
  const output = z.object({ iban: z.string().regex(/^[A-Z]{2}\d+$/i) });
  const result = openSchema({ name: 'x', input: output });
  const { calls } = await planOf([['give_result', { iban: 'de12' }]], {
    agent: clerk,
    child: { ...asDelegate, result },
  });
  expect(calls[0]).toMatchObject({ kind: 'result', value: { iban: 'de12' } });
  expect(result).toMatchObject({ properties: { iban: { pattern: '^[A-Z]{2}\\d+$' } } });
});
