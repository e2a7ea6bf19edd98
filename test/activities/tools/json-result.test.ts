/** Results: what is JSON passes unchanged, what is not is named by its path, what is too long is cut between characters. */
import * as fc from 'fast-check';
import { toJsonResult } from '../../../activities/tools/json-result';

const LIMIT = 32_768;

class Appointment {
  constructor(readonly id: number) {}
}

const cyclic: Record<string, unknown> = {};
cyclic.self = { cyclic };
let deep: unknown = 1;
for (let level = 0; level < 100_000; level += 1) deep = [deep];
/** Holds itself 2^40 times over, without a cycle. */
let wide: unknown = 'x'.repeat(64);
for (let level = 0; level < 40; level += 1) wide = [wide, wide];

describe('a result', () => {
  it('that is JSON comes out as it went in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|constructor|prototype|\\ud[89ab]/i.test(text));
        expect(await toJsonResult(value, 1_000_000)).toEqual({ kind: 'json', result: JSON.parse(text) as unknown });
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, unknown, unknown]>([
    ['nothing', undefined, null],
    ['absent members', { a: 1, b: undefined }, { a: 1 }],
    ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['an instance of a class of records', [new Appointment(7)], [{ id: 7 }]],
    ['a row without prototype', Object.assign(Object.create(null) as object, { id: 7 }), { id: 7 }],
    ['NUL, BOM, right-to-left and emoji', 'a\0\ufeff\u202e😀', 'a\0\ufeff\u202e😀'],
    ['minus zero', [-0], [0]],
  ])('of %s is accepted', async (_what, value, result) => {
    expect(await toJsonResult(value, LIMIT)).toEqual({ kind: 'json', result });
  });

  it.each<[unknown, RegExp]>([
    [{ price: NaN }, /^result\.price is NaN/],
    [[1, [Infinity]], /^result\[1\]\[0\] is Infinity/],
    [{ id: 1n }, /^result\.id is a bigint/],
    [{ run: () => 1 }, /^result\.run is a function/],
    [[undefined], /^result\[0\] is a undefined/],
    [{ map: new Map([['a', 1]]) }, /^result\.map is a Map.*return plain values/],
    [Buffer.from('x'), /^result is a Buffer/],
    [Promise.resolve(1), /^result is a Promise/],
    [{ text: 'a\ud800b' }, /^result\.text holds half of a surrogate pair/],
    [{ long: `${'x'.repeat(200_000)}\ud800` }, /^result\.long holds half/],
    [{ '\udc00': 1 }, /^a key of result holds half/],
    [
      JSON.parse('{"rows":[{"__proto__":{"isAdmin":true}}]}'),
      /^result\.rows\[0\]\.__proto__ is a key that is not allowed/,
    ],
    [{ a: { constructor: 1 } }, /^result\.a\.constructor is a key that is not allowed/],
    [cyclic, /^result\.self\.cyclic holds itself/],
    [deep, /nested deeper than 64 levels/],
    [
      {
        get broken() {
          throw new Error('no');
        },
      },
      /^result could not be read: no/,
    ],
    [new Date(NaN).getTime() || { at: { toJSON: () => NaN } }, /^result\.at is NaN/],
  ])('%# that is not JSON is named', async (value, words) => {
    expect(await toJsonResult(value, LIMIT)).toEqual({ kind: 'not_json', problem: expect.stringMatching(words) });
    expect('isAdmin' in {}).toBe(false);
  });

  it('that is too long is cut between characters, wherever the limit falls', async () => {
    const text = 'aé€😀"\n'.repeat(200);
    for (let limit = 256; limit < 300; limit += 1) {
      const made = await toJsonResult(text, limit);
      if (made.kind !== 'json' || typeof made.result !== 'string') throw new Error('expected a text');
      expect(made.cutFromBytes).toBe(Buffer.byteLength(JSON.stringify(text)));
      expect(Buffer.byteLength(JSON.stringify(made.result))).toBeLessThanOrEqual(limit);
      expect(Buffer.byteLength(JSON.stringify(made.result))).toBeGreaterThan(limit - 8);
      expect(text.startsWith(made.result)).toBe(true);
      expect(/\p{Surrogate}/u.test(made.result)).toBe(false);
    }
  });

  it('that is an object and too long becomes the beginning of its text', async () => {
    const rows = Array.from({ length: 500 }, (_, id) => ({ id, name: `row ${id}` }));
    const made = await toJsonResult(rows, 1_000);
    if (made.kind !== 'json') throw new Error('expected JSON');
    expect(made.cutFromBytes).toBe(Buffer.byteLength(JSON.stringify(rows)));
    expect(JSON.stringify(rows).startsWith(made.result as string)).toBe(true);
    expect(Buffer.byteLength(JSON.stringify(made.result))).toBeLessThanOrEqual(1_000);
  });

  it('of exactly the limit is not cut', async () => {
    expect(await toJsonResult('x'.repeat(254), 256)).toEqual({ kind: 'json', result: 'x'.repeat(254) });
    expect(await toJsonResult('x'.repeat(255), 256)).toEqual({
      kind: 'json',
      result: 'x'.repeat(254),
      cutFromBytes: 257,
    });
  });

  it('of 200 MB neither fills the memory nor stops the event loop', async () => {
    const huge = 'x'.repeat(200 * 1024 * 1024);
    const before = process.memoryUsage().rss;
    let turns = 0;
    const heart = setInterval(() => (turns += 1), 1);
    const made = await toJsonResult(huge, LIMIT);
    clearInterval(heart);
    expect(made).toMatchObject({ kind: 'json', cutFromBytes: huge.length + 2 });
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
    // Others had their turn all along: time would say nothing on a busy machine.
    expect(turns).toBeGreaterThan(50);
  });

  it('that holds itself many times over is counted only so far', async () => {
    const made = await toJsonResult(wide, 1_000);
    expect(made).toMatchObject({ kind: 'json', cutFromBytes: expect.any(Number) });
  });
});
