import { z } from 'zod';
import { acceptArguments } from '../../../activities/model/accept-arguments';
import { toolSchema } from '../../../activities/model/tool-schema';
import { defineTool } from '../../../agents';

function accept(effect: 'read' | 'idempotent', input: z.ZodType, text: string) {
  const tool = defineTool({ name: 'tool', description: 'For tests.', effect, input, run: () => null });
  return acceptArguments(tool, toolSchema(tool).parameters, text);
}

const SCHEMA = z.object({
  a: z.number().optional(),
  id: z.string().optional(),
  on: z.boolean().optional(),
  list: z.array(z.number().int()).optional(),
  who: z.object({ name: z.string() }).optional(),
  day: z.iso.date().optional(),
});

describe('changes that lose nothing, for tools with effects too', () => {
  test.each<[string, string, object, object]>([
    ['text to number', '{"a":"5"}', { a: 5 }, { path: 'a', before: '"5"', after: '5' }],
    ['text to boolean', '{"on":"true"}', { on: true }, { path: 'on', before: '"true"', after: 'true' }],
    ['number to its own text', '{"id":12345}', { id: '12345' }, { path: 'id', before: '12345', after: '"12345"' }],
    [
      'a number no double holds, to its own text',
      '{"id":123456789012345678901234567890}',
      { id: '123456789012345678901234567890' },
      { path: 'id' },
    ],
    ['a trailing zero is kept in text', '{"id":12.50}', { id: '12.50' }, { path: 'id' }],
    ['JSON text to the list it holds', '{"list":"[1,2]"}', { list: [1, 2] }, { path: 'list', after: '[1,2]' }],
    ['JSON text to the object it holds', '{"who":"{\\"name\\":\\"Ann\\"}"}', { who: { name: 'Ann' } }, { path: 'who' }],
    ['within a list', '{"list":[1,"2"]}', { list: [1, 2] }, { path: 'list[1]' }],
    ['null for a field that may be left out', '{"a":null,"id":"x"}', { id: 'x' }, { path: 'a', after: '(absent)' }],
    ['midnight to the day', '{"day":"2026-11-21T00:00:00Z"}', { day: '2026-11-21' }, { path: 'day' }],
    ['encoded twice', '"{\\"a\\":1}"', { a: 1 }, { path: '' }],
    ['encoded three times', JSON.stringify(JSON.stringify('{"a":1}')), { a: 1 }, { path: '' }],
    ['a byte order mark', '\ufeff{"a":"1"}', { a: 1 }, { path: 'a' }],
    ['no arguments at all', '', {}, { path: '', after: '{}' }],
  ])('%s', async (_name, text, args, coercion) => {
    const accepted = await accept('idempotent', SCHEMA, text);
    expect(accepted).toMatchObject({ ok: true, args });
    expect(accepted.coercions).toContainEqual(expect.objectContaining(coercion));
  });

  test('null where a default stands is a value of its own, and not dropped', async () => {
    const withDefault = z.object({ a: z.string().optional(), minutes: z.number().default(30) });
    expect(await accept('idempotent', withDefault, '{"minutes":null}')).toMatchObject({ ok: false });
  });

  test('what fits is left alone, and keys are sorted', async () => {
    const accepted = await accept(
      'idempotent',
      z.object({ b: z.union([z.string(), z.number()]), a: z.string() }),
      '{"b":"5","a":"x"}',
    );
    expect(accepted).toMatchObject({ ok: true, coercions: [] });
    expect(accepted.ok && JSON.stringify(accepted.args)).toBe('{"a":"x","b":"5"}');
  });

  test('valid text passes byte for byte', async () => {
    const text = 'NUL \u0000, zero\u200bwidth, \u202eRTL, é and e\u0301, 👩‍👩‍👧';
    expect(await accept('idempotent', SCHEMA, JSON.stringify({ id: text }))).toMatchObject({
      ok: true,
      args: { id: text },
      coercions: [],
    });
  });

  test('recorded is the input form, not what the schema makes of it', async () => {
    const accepted = await accept(
      'idempotent',
      z.object({ at: z.coerce.date(), n: z.number().default(3) }),
      '{"at":"2026-11-21T09:00:00Z"}',
    );
    expect(accepted).toMatchObject({ ok: true, args: { at: '2026-11-21T09:00:00Z' } });
    expect(accepted.ok && accepted.output).toEqual({ at: new Date('2026-11-21T09:00:00Z'), n: 3 });
  });

  test('a list that fits two choices as it is is not changed within, whatever else is wrong', async () => {
    const input = z.object({ tags: z.union([z.array(z.number()), z.array(z.string())]), count: z.number() });
    expect(await accept('idempotent', input, '{"tags":["5"],"count":"3"}')).toMatchObject({
      ok: true,
      args: { tags: ['5'], count: 3 },
    });
  });

  test('a misspelt name is refused where something would be done with the default of the right one', async () => {
    const input = z.object({ slot: z.string(), minutes: z.number().default(30) });
    const misspelt = '{"slot":"tue-9","minuts":60}';
    expect(await accept('idempotent', input, misspelt)).toMatchObject({
      ok: false,
      problem: '"minuts" is not known here; the arguments are: slot, minutes',
    });
    expect(await accept('read', input, misspelt)).toMatchObject({ ok: true });
    expect(await accept('idempotent', z.looseObject({ slot: z.string() }), misspelt)).toMatchObject({ ok: true });
  });

  test('more changes than anyone would read are a refusal', async () => {
    const input = z.object({ list: z.array(z.number()) });
    const list = (count: number) => JSON.stringify({ list: Array.from({ length: count }, () => '1') });
    expect(await accept('idempotent', input, list(1_000))).toMatchObject({ ok: true });
    expect(await accept('idempotent', input, list(1_001))).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/^more than 1000 values are of another type/) as string,
    });
  });

  test('long text in bad syntax is refused at once, since mending it would take seconds', async () => {
    const input = z.looseObject({});
    expect(await accept('read', input, `{"a" "${'b" "'.repeat(20)}"}`)).toMatchObject({ ok: true });
    const began = performance.now();
    expect(await accept('read', input, `{"a" "${'b" "'.repeat(60_000)}"}`)).toMatchObject({ ok: false });
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('the record of a change stays small, however long its path is', async () => {
    const input = z.record(z.string(), z.array(z.number()));
    const text = JSON.stringify({ ['k'.repeat(100_000)]: Array.from({ length: 100 }, () => '1') });
    const wrapped = z.object({ in: input });
    const accepted = await accept('idempotent', wrapped, `{"in":${text}}`);
    expect(accepted.ok).toBe(true);
    expect(JSON.stringify(accepted.coercions).length).toBeLessThan(100 * 300);
  });

  test('a variant is chosen by its discriminator', async () => {
    const union = z.object({
      what: z.union([
        z.object({ kind: z.literal('a'), n: z.number() }),
        z.object({ kind: z.literal('b'), n: z.string() }),
      ]),
    });
    expect(await accept('idempotent', union, '{"what":{"kind":"a","n":"5"}}')).toMatchObject({
      ok: true,
      args: { what: { kind: 'a', n: 5 } },
    });
    expect(await accept('idempotent', union, '{"what":{"kind":"b","n":5}}')).toMatchObject({
      ok: true,
      args: { what: { kind: 'b', n: '5' } },
    });
  });
});

describe('refused, in words that name the place', () => {
  const amount = z.object({ amount: z.number().int().min(1), to: z.string() });
  test.each<[string, string, RegExp]>([
    ['a missing field', '{"amount":1}', /to: is missing, expected string/],
    ['a wrong type', '{"amount":true,"to":"x"}', /amount: expected number, received true/],
    ['a number out of bounds', '{"amount":-5,"to":"x"}', /amount: .*>=1, received -5/],
    ['a decimal comma', '{"amount":"12,50","to":"x"}', /amount: expected number, received "12,50"/],
    ['2^53+1', '{"amount":9007199254740993,"to":"x"}', /amount: the number 9007199254740993 cannot be held exactly/],
    ['1e400', '{"amount":1e400,"to":"x"}', /amount: the number 1e400/],
    ['NaN', '{"amount":NaN,"to":"x"}', /not valid JSON at character 10/],
    ['an array', '[{"amount":1}]', /expected one JSON object, received an array/],
    ['two equal keys', '{"amount":1,"amount":2,"to":"x"}', /"amount" is there twice/],
    ['a fence', '```json\n{"amount":1,"to":"x"}\n```', /not valid JSON at character 0/],
    ['prose behind', '{"amount":1,"to":"x"} Done!', /nothing more after the JSON value/],
    ['a trailing comma', '{"amount":1,"to":"x",}', /not valid JSON/],
    ['cut output', '{"amount":100,"to":"acct_1', /the text ends/],
    ['a poisoned key', '{"__proto__":{"isAdmin":true}}', /__proto__ is a key that is not allowed/],
    ['half a surrogate pair', '{"amount":1,"to":"\\ud800"}', /to holds half of a surrogate pair/],
    ['too long', `{"to":"${'x'.repeat(300_000)}"}`, /at most 262144 are taken/],
    ['too deep', `{"to":${'['.repeat(100_000)}`, /nested deeper than 64/],
  ])('%s', async (_name, text, problem) => {
    const accepted = await accept('idempotent', amount, text);
    expect(accepted).toMatchObject({ ok: false, problem: expect.stringMatching(problem) as string });
  });

  test('the choices of an enum are listed', async () => {
    expect(await accept('read', z.object({ k: z.enum(['red', 'blue']) }), '{"k":"green"}')).toMatchObject({
      problem: 'k: expected one of "red", "blue", received "green"',
    });
  });

  test('a schema whose own code throws means not run', async () => {
    const throwing = z.object({
      a: z.string().transform((): string => {
        throw new Error('no such table');
      }),
    });
    expect(await accept('read', throwing, '{"a":"x"}')).toMatchObject({
      ok: false,
      problem: expect.stringContaining('no such table') as string,
    });
  });

  test('wide arguments are bounded before parsing', async () => {
    const wide = `{${Array.from({ length: 1_000_000 }, (_, index) => `"k${index}":1`).join(',')}}`;
    const started = performance.now();
    expect(await accept('idempotent', amount, wide)).toMatchObject({ ok: false });
    expect(performance.now() - started).toBeLessThan(100);
  });
});

describe('syntax is mended for read tools only, and never completed', () => {
  const query = z.object({ q: z.string(), n: z.number().optional() });
  test.each([
    ['a fence', '```json\n{"q":"x"}\n```'],
    ['prose behind', '{"q":"x"} That is all.'],
    ['prose before', 'Sure: {"q":"x"}'],
    ['a trailing comma', '{"q":"x",}'],
    ['bare keys', '{q: "x"}'],
  ])('%s', async (_name, text) => {
    const mended = await accept('read', query, text);
    expect(mended).toMatchObject({ ok: true, args: { q: 'x' } });
    expect(mended.coercions).toHaveLength(1);
    expect(await accept('idempotent', query, text)).toMatchObject({ ok: false });
  });

  test.each(['{"q":"x","n":100', '{"q":"acct_1', '```json\n{"q":"x"', '{"q":"x"} {"q":"y"}'])(
    'not even for read: %s',
    async (text) => {
      expect(await accept('read', query, text)).toMatchObject({ ok: false });
    },
  );

  test('cut at every place, nothing is ever completed', async () => {
    const whole = '{"q":"a {nested} text","n":1234}';
    for (let end = 1; end < whole.length; end += 1) {
      expect(await accept('read', query, whole.slice(0, end))).toMatchObject({ ok: false });
    }
  });
});
