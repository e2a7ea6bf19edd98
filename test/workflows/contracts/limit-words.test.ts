import { LIMIT_NAMES } from '../../../workflows/contracts/check-limits';
import { isLimitName, limitAmount, limitLine, limitUnit } from '../../../workflows/contracts/limit-words';
import type { LimitName, LimitState } from '../../../workflows/contracts/limits';

describe('an amount of a bound, as people read it', () => {
  it.each<[LimitName, number, string]>([
    ['turn.steps', 1, '1 step'],
    ['turn.steps', 10, '10 steps'],
    ['session.tokens', 1_234_567, '1,234,567 tokens'],
    ['session.microUsd', 500_000, '$0.5000'],
    ['call.microUsd', 12_345_678, '$12.35'],
    ['turn.toolFailures', 3, '3 failed tool calls'],
    ['detector.toolFailures', 3, '3 times'],
    ['detector.sameCall', 1, 'once'],
    ['turn.wallClockMs', 250, '250 ms'],
    ['turn.wallClockMs', 1_500, '1.5 s'],
    ['turn.wallClockMs', 59_990, '1 min'],
    ['turn.wallClockMs', 90_000, '1 min 30 s'],
    ['turn.wallClockMs', 3_600_000, '1 h'],
    ['session.wallClockMs', 5_400_000, '1 h 30 min'],
    ['session.wallClockMs', 26 * 3_600_000, '1 d 2 h'],
  ])('%s of %d is %s', (bound, amount, words) => {
    expect(limitAmount(bound, amount)).toBe(words);
  });

  it('has a unit for every bound there is', () => {
    for (const bound of LIMIT_NAMES) expect(limitUnit(bound)).toMatch(/^[a-z -]+$/);
  });
});

it.each<[LimitState, string]>([
  [{ bound: 'turn.steps', limit: 10, used: 10 }, 'turn.steps: 10 of 10 steps used'],
  [
    { bound: 'session.microUsd', limit: 100_000, used: 94_000, needed: 12_000 },
    'session.microUsd: $0.0940 of $0.1000 used, the next call may need $0.0120',
  ],
  [{ bound: 'detector.sameCall', limit: 3, used: 3 }, 'detector.sameCall: 3 of 3 noticed'],
  [{ bound: 'turn.wallClockMs', limit: 600_000, used: 61_000 }, 'turn.wallClockMs: 1 min 1 s of 10 min used'],
])('where a bound stands is said in a line: %j', (state, line) => {
  expect(limitLine(state)).toBe(line);
});

it('knows the name of a bound when it sees one', () => {
  expect(LIMIT_NAMES.every(isLimitName)).toBe(true);
  for (const name of ['turn', 'turn.', 'turn.dollars', 'call.steps', 'detector.steps', '', null, ['turn.steps']]) {
    expect(isLimitName(name)).toBe(false);
  }
});
