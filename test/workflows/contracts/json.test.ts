import fc from 'fast-check';
import {
  canonicalJson,
  findLoneSurrogate,
  findPoison,
  fingerprint,
  isPlainObject,
  utf8Length,
} from '../../../workflows/contracts/json';

describe('canonical JSON', () => {
  it('is the same text for the same value, whatever the order of its keys', () => {
    expect(canonicalJson({ b: [1, { d: undefined, c: null }], a: 'ü' })).toBe('{"a":"ü","b":[1,{"c":null}]}');
  });

  it('means the same value as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('refuses numbers that JSON cannot hold', () => {
    for (const value of [NaN, Infinity, [-Infinity]]) expect(() => canonicalJson(value)).toThrow(RangeError);
  });
});

describe('what must not come in', () => {
  it.each([
    ['{"__proto__":{"isAdmin":true}}', '__proto__'],
    ['{"a":[{"constructor":{}}]}', 'a[0].constructor'],
    ['{"a":{"prototype":1}}', 'a.prototype'],
  ])('finds the polluting key in %s', (text, path) => {
    expect(findPoison(JSON.parse(text))).toBe(`${path} is a key that is not allowed`);
  });

  it('finds nesting deeper than 64 before anything recursive meets it', () => {
    expect(findPoison(JSON.parse('['.repeat(64) + ']'.repeat(64)))).toBeNull();
    expect(findPoison(JSON.parse('['.repeat(5000) + ']'.repeat(5000)))).toMatch(/nested deeper than 64 levels/);
  });

  it('tells plain objects from others', () => {
    expect([{}, Object.create(null) as object, JSON.parse('{}')].every(isPlainObject)).toBe(true);
    expect([null, [], new Date(), new Map(), 'x'].some(isPlainObject)).toBe(false);
  });
});

describe('text', () => {
  it('has the length in bytes that Buffer gives it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it('with half a surrogate pair is found', () => {
    expect(findLoneSurrogate('a👍b')).toBe(-1);
    expect(findLoneSurrogate('a\udc4d')).toBe(1);
    expect(findLoneSurrogate('👍\ud83d')).toBe(2);
  });

  it('that differs has another fingerprint', () => {
    const prints = new Set(Array.from({ length: 10_000 }, (_, index) => fingerprint(`message ${index}`)));
    expect(prints.size).toBe(10_000);
  });
});
