import fc from 'fast-check';
import { readStrictJson, toPlain } from '../../../activities/model/strict-json';

describe('the strict reader takes the texts that JSON.parse takes', () => {
  test('any JSON value, however spaced, reads as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const read = readStrictJson(text);
        if (!read.ok) return /surrogate|not allowed|nested deeper/.test(read.problem);
        // -0 becomes 0, as it does in canonical JSON.
        expect(JSON.stringify(toPlain(read.value))).toBe(JSON.stringify(JSON.parse(text)));
        return true;
      }),
    );
  });

  test('any text near JSON is accepted and refused alike', () => {
    const near = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"',
        '1',
        '-',
        '0',
        '.5',
        'e3',
        'true',
        'null',
        ' ',
        '\\',
        '\n',
      ),
      {
        maxLength: 10,
      },
    );
    fc.assert(
      fc.property(near, (parts) => {
        const text = parts.join('');
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect([text, readStrictJson(text).ok]).toEqual([text, valid]);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('what JSON.parse hides is reported', () => {
  test.each([
    ['{"__proto__":{"isAdmin":true}}', '__proto__ is a key'],
    ['{"a":[{"constructor":{"prototype":{}}}]}', 'a[0].constructor is a key'],
    ['{"a":"\\ud800"}', 'half of a surrogate pair'],
    ['['.repeat(100_000), 'nested deeper than 64'],
  ])('refused: %.40s', (text, problem) => {
    const started = performance.now();
    expect(readStrictJson(text)).toMatchObject({
      ok: false,
      kind: 'refused',
      problem: expect.stringContaining(problem) as string,
    });
    expect(performance.now() - started).toBeLessThan(50);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  test.each(['1e400', '-1e400', '123456789012345678901234567890', '9007199254740993', '1e-400'])(
    'not held exactly: %s',
    (source) => {
      const unsafe: string[] = [];
      const read = readStrictJson(`{"a":[${source}]}`);
      if (read.ok) toPlain(read.value, unsafe);
      expect(unsafe).toEqual(['a[0]']);
    },
  );

  test('equal keys are named by path', () => {
    expect(readStrictJson('{"a":{"b":1,"b":2}}')).toMatchObject({ ok: true, duplicates: ['a.b'] });
  });

  test('a syntax error says where and what was expected', () => {
    expect(readStrictJson('{"a":1,}')).toMatchObject({
      ok: false,
      kind: 'syntax',
      problem: expect.stringMatching(/character 7.*key in double quotes/) as string,
    });
  });
});
