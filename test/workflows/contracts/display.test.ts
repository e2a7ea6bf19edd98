import { dollars, inertJson, inertLine, inertMarkdown } from '../../../workflows/contracts';

describe('money', () => {
  it.each([
    [0, '$0'],
    [1, '$0.000001'],
    [667, '$0.000667'],
    [1_000, '$0.0010'],
    [1_200, '$0.0012'],
    [1_020, '$0.001020'],
    [1_234, '$0.001234'],
    [10_000, '$0.0100'],
    [15_300, '$0.0153'],
    [2_500_000, '$2.50'],
    [12_345_678, '$12.35'],
  ])('%d micro-dollars are %s', (microUsd, text) => {
    expect(dollars(microUsd)).toBe(text);
  });
});

describe('foreign text', () => {
  it('keeps plain text in any script as it is', () => {
    const text = 'Kovács Mária, 09:00 (okafor) 予約 📅';
    expect(inertLine(text)).toBe(text);
    expect(inertMarkdown('Kovács Mária, 09:00 予約 📅')).toBe('Kovács Mária, 09:00 予約 📅');
  });

  it('shows what could act on a display', () => {
    expect(inertLine('a\u001b[2J\nb\u202ec\u200bd\u2028e\ud800f\u00ad')).toBe(
      'a\\u001b[2J\\u000ab\\u202ec\\u200bd\\u2028e\\ud800f\\u00ad',
    );
  });

  it.each([10, 200])('is cut at %d, never in the middle of a character', (max) => {
    for (const text of ['x'.repeat(5_000), '📅'.repeat(500), '\u202e'.repeat(500), `x${'📅'.repeat(500)}`]) {
      const shown = inertLine(text, max);
      expect(shown.length).toBeLessThanOrEqual(max);
      expect(shown).toMatch(/…$/);
      expect(shown).not.toMatch(/\p{Surrogate}/u);
    }
    expect(inertLine('x'.repeat(max), max)).toBe('x'.repeat(max));
  });

  it('is no markup in a markdown page: no emphasis, HTML, table cell, link, address or second line', () => {
    expect(inertMarkdown('[click](http://evil) <b> `a` **b** | c |\n# d')).toBe(
      '\\[click\\]\\(http&#58;//evil\\) &#60;b&#62; \\`a\\` \\*\\*b\\*\\* \\| c \\| \\# d',
    );
    expect(inertMarkdown('www.evil.example WWW.x a@b.example &lt;')).toBe(
      'www&#46;evil.example WWW&#46;x a&#64;b.example &#38;lt;',
    );
    expect(inertMarkdown('$5 and 3$, 2027-03-02 --force')).toBe('\\$5 and 3\\$, 2027-03-02 \\--force');
  });
});

describe('JSON of others', () => {
  it.each([
    [{ a: 1, b: [true, null, 'x, y: z'], c: {} }, '{"a": 1, "b": [true, null, "x, y: z"], "c": {}}'],
    [
      { '`': '``` \u202e \u001b \n \u007f \ud800' },
      '{"\\u0060": "\\u0060\\u0060\\u0060 \\u202e \\u001b \\n \\u007f \\ud800"}',
    ],
    ['say "a, b: c"', '"say \\"a, b: c\\""'],
  ])('is itself when it is copied, in one line that may be broken: %j', (value, text) => {
    expect(inertJson(value)).toBe(text);
    expect(JSON.parse(inertJson(value))).toEqual(value);
    expect(JSON.parse(inertJson(value, 2))).toEqual(value);
    expect(inertJson(value, 2).replaceAll('\n', '')).not.toMatch(/[`\p{Cc}\u202e]/u);
  });

  it('takes its time but no more where it is long', () => {
    const long = { quotes: '"\\'.repeat(60_000), wide: Array.from({ length: 20_000 }, (_, index) => index) };
    expect(JSON.parse(inertJson(long))).toEqual(long);
  });
});
