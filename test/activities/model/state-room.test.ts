import fc from 'fast-check';
import { countTokens } from 'gpt-tokenizer';
import { renderState } from '../../../activities/model/render-state';
import { EMPTY_STATE, type StateDoc } from '../../../workflows/contracts/state';

const count = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });
const since = Date.parse('2026-11-21T10:05:59Z');
const owed = (...texts: readonly string[]): StateDoc['owed'] =>
  texts.map((text, index) => ({ id: `o${index + 1}`, text, by: 'orders', since }));
const told = (state: Partial<StateDoc>, most = 1_500): string => renderState({ ...EMPTY_STATE, ...state }, most) ?? '';

const CYRILLIC = 'Клиент должен получить возврат средств за поврежденную лампу, и мы должны ему позвонить. ';
const LONG: readonly (readonly [string, string])[] = [
  ['Latin', 'a call back about the refund of the broken lamp, '.repeat(40)],
  ['Cyrillic', CYRILLIC.repeat(6)],
  ['CJK', '客戶想要退款。'.repeat(70)],
  ['emoji', '😀'.repeat(250)],
];

describe('what has no room as a whole', () => {
  test.each(LONG)('one long entry hides no others: it is cut, and that is said (%s)', (_, long) => {
    const text = told({ owed: owed('call back on Monday', 'send a receipt', long.repeat(3)) });
    expect(text).toContain('- o1: "call back on Monday" (by orders,');
    expect(text).toContain('- o2: "send a receipt" (by orders,');
    expect(text).toMatch(/^- o3: ".{30,}"… \(by orders, 2026-11-21T10:05Z\)$/m);
    expect(text).toMatch(/\nLeft out, since there is no room for it: the rest of texts with … behind them\.$/);
    expect(text).not.toMatch(/\p{Surrogate}|\\ud8/u);
  });

  test.each(LONG)('short entries are there beside many long ones, whatever is newer (%s)', (_, long) => {
    const text = told({
      owed: owed('call back', ...Array.from({ length: 12 }, () => long.slice(0, 490)), 'a receipt'),
    });
    expect(text).toContain('- o1: "call back" (by orders,');
    expect(text).toContain('- o14: "a receipt" (by orders,');
  });

  test('one text takes a quarter at most, unless it is all that there is', () => {
    const long = LONG[2]?.[1] ?? '';
    const line = /^The user wants: "(.*)"…$/m;
    const alone = line.exec(told({ wanted: long }))?.[1] ?? '';
    const one = line.exec(told({ wanted: long, owed: owed('x') }))?.[1] ?? '';
    expect(alone.length).toBeGreaterThan(400);
    expect(one.length).toBeGreaterThan(100);
    expect(one.length).toBeLessThanOrEqual(375 / 3);
  });

  test('nothing is cut where all has room', () => {
    const long = LONG[0]?.[1].slice(0, 490) ?? '';
    const text = told({ wanted: long, owed: owed(long) });
    expect(text).not.toContain('…');
    expect(text).not.toContain('Left out');
  });

  test('a large own part leaves room to facts and deeds', () => {
    const text = told({
      own: { list: Array.from({ length: 300 }, (_, index) => `item number ${index}`) },
      established: [
        { id: 'f1', text: 'the lamp was paid', since },
        { id: 'f2', text: CYRILLIC, since },
      ],
      done: [{ callId: 'c1', agent: 'orders', tool: 'refund', text: 'refund(x): paid', at: since }],
    });
    expect(text).toContain('- f1: "the lamp was paid" (');
    expect(text).toContain(`- f2: "${CYRILLIC}" (`);
    expect(text).toContain('- c1: "refund(x): paid" (refund of orders,');
    expect(text).toMatch(/^Own part: \{"list":\["item number 0",.{400,}…$/m);
    expect(text).toMatch(/\nLeft out, since there is no room for it: the rest of the own part\.$/);
  });

  test('many facts leave room to the newest deeds', () => {
    const text = told({
      established: Array.from({ length: 200 }, (_, index) => ({
        id: `f${index}`,
        text: `fact number ${index}`,
        since,
      })),
      done: [{ callId: 'c1', agent: 'orders', tool: 'refund', text: 'refund(x): paid', at: since }],
    });
    expect(text).toContain('- f199: ');
    expect(text).toContain('- c1: ');
  });
});

const words = fc.oneof(
  fc.string({ maxLength: 500, minLength: 1 }),
  fc.string({ unit: 'grapheme', maxLength: 120, minLength: 1 }),
  fc.lorem({ maxCount: 40 }),
  fc.constantFrom(...LONG.map(([, long]) => long)),
  fc.constantFrom('退款'.repeat(200), '{"a":[1,2,{"b":null}]}'.repeat(20), 'q'.repeat(500), '\u202e\n"\\'.repeat(100)),
);
const times = fc.integer({ min: 0, max: since });
const listOf = <T extends object>(entry: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(entry, { maxLength: 30 });
const states: fc.Arbitrary<StateDoc> = fc.record({
  own: fc.dictionary(fc.string({ maxLength: 10 }), words, { maxKeys: 20 }),
  wanted: words,
  established: listOf(fc.record({ id: fc.constant('f1'), text: words, source: words, since: times })),
  done: listOf(
    fc.record({ callId: fc.constant('t1.s1.c1-00000000'), agent: words, tool: words, text: words, at: times }),
  ),
  owed: listOf(fc.record({ id: fc.constant('o1'), text: words, by: fc.constant('orders'), since: times })),
});

/** All that a line may be; data is in JSON strings alone. */
const STRING = '"(?:[^"\\\\]|\\\\.)*"';
const NAME = `(?:[\\w:./-]+|${STRING})…?`;
const LINES = new RegExp(
  [
    'The state of this session, kept by the engine: .*',
    'Still owed:|Established:|Done:',
    `The user wants: ${STRING}…?`,
    'Own part: \\{.*(?:\\}|…)',
    `- o1: ${STRING}…? \\(by orders, [0-9TZ:-]+\\)`,
    `- f1: ${STRING}…? \\(from ${NAME}, [0-9TZ:-]+\\)`,
    `- t1.s1.c1-00000000: ${STRING}…? \\(${NAME} of ${NAME}, [0-9TZ:-]+\\)`,
    'Left out, since there is no room for it: .*\\.',
  ]
    .map((line) => `^(?:${line})$`)
    .join('|'),
  'u',
);

test('whatever the state and the bound: within the bound, the same each time, and what is left out or cut is said', () => {
  fc.assert(
    fc.property(states, fc.integer({ min: 200, max: 3_000 }), (state, most) => {
      const text = renderState(state, most) as string;
      expect(count(text)).toBeLessThanOrEqual(most);
      expect(renderState(structuredClone(state), most)).toBe(text);
      const lines = text.split('\n');
      expect(lines.filter((line) => !LINES.test(line))).toEqual([]);
      const last = lines.at(-1) ?? '';
      const shown = ['o1', 'f1', 't1.s1.c1-00000000'].map((id) => text.split(`\n- ${id}: `).length - 1);
      const all = [state.owed, state.established, state.done].map(({ length }) => length);
      for (const [index, kind] of ['owed', 'facts', 'done'].entries()) {
        const left = (all[index] as number) - (shown[index] as number);
        if (left > 0) expect(last).toContain(`${left} ${kind}`);
        else expect(last).not.toMatch(new RegExp(`^Left out.* \\d+ ${kind}`));
      }
      const isCut = lines.some(
        (line) => line !== last && new RegExp(`^(?:- \\S+: (?:UNDONE: )?|The user wants: )${STRING}…`, 'u').test(line),
      );
      expect(last.includes('the rest of texts with … behind them')).toBe(isCut);
    }),
    { numRuns: 120 },
  );
});

test('whatever its length and script: of a few obligations each is there', () => {
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 6 }), states, (texts, state) => {
      const lines = told({ ...state, owed: owed(...texts) }, 1_500).split('\n');
      expect(lines.filter((line) => /^- o\d: /.test(line))).toHaveLength(texts.length);
    }),
    { numRuns: 100 },
  );
});
