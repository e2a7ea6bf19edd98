import { safeLine, safeText } from '../../cli/terminal-text';

describe('text on its way to a terminal', () => {
  it.each([
    ['colour and cursor sequences', '\u001b[2J\u001b[31mpaid\u001b[0m', '\\x1b[2J\\x1b[31mpaid\\x1b[0m'],
    ['a window title', '\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
    ['one-character control sequences', '\u009b31m', '\\x9b31m'],
    ['a carriage return that overwrites the line', 'refused\rdone   ', 'refused\\x0ddone   '],
    ['a backspace', 'no\b\byes', 'no\\x08\\x08yes'],
    ['direction marks', 'pay \u202e001$', 'pay \\u202e001$'],
    ['a byte order mark and a zero-width space', '\ufeffa\u200bb', '\\ufeffa\\u200bb'],
    ['tag characters', 'a\u{e0041}', 'a\\ue0041'],
    ['half of a surrogate pair', 'a\ud800b', 'a\\ud800b'],
  ])('shows %s and does not obey it', (_, text, shown) => {
    expect(safeText(text)).toBe(shown);
  });

  it('leaves everything else as it is', () => {
    const text = 'Grüße,\tنعم 你好 👩‍⚕️\nsecond line';
    expect(safeText(text)).toBe(text);
    expect(safeText('a\r\nb')).toBe('a\nb');
  });

  it('makes one line, cut between characters', () => {
    expect(safeLine('a\n  b\tc')).toBe('a b c');
    expect(safeLine('😀'.repeat(10), 5)).toBe('😀😀😀😀…');
  });
});
