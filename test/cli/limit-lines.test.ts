/** Bounds on the command line: how amounts are typed, and how a bound that was met is shown with the commands that decide on it. */
import pc from 'picocolors';
import { extendedLines } from '../../cli/extend';
import { readLimitAmount, readLimitName, readSessionLimits } from '../../cli/limit-amount';
import { pendingLines } from '../../cli/pending';
import { isStillMet, limitLine, suggestedExtension } from '../../workflows/contracts';
import type { InterveneResult, LimitName, LimitState, PendingItem } from '../../client';

const plain = pc.createColors(false);

describe('an amount as it is typed', () => {
  it.each<[LimitName, string, number]>([
    ['turn.steps', '20', 20],
    ['detector.sameCall', '1', 1],
    ['turn.microUsd', '500000', 500_000],
    ['turn.microUsd', '$0.50', 500_000],
    ['session.microUsd', '$3', 3_000_000],
    // As products of binary fractions these are off by one.
    ['session.microUsd', '$0.000001', 1],
    ['session.microUsd', '8.701231usd', 8_701_231],
    ['session.microUsd', '1.10 USD', 1_100_000],
    ['turn.wallClockMs', '600000', 600_000],
    ['turn.wallClockMs', '10m', 600_000],
    ['call.wallClockMs', '1.5s', 1_500],
  ])('%s %s is %d', (bound, text, amount) => {
    expect(readLimitAmount(bound, text)).toBe(amount);
  });

  it.each<[LimitName, string, RegExp]>([
    ['turn.steps', '0', /turn\.steps takes a whole number of steps from 1, got the text "0"/],
    ['turn.steps', '-3', /got the text "-3"/],
    ['turn.steps', '1.5', /got the text "1\.5"/],
    ['turn.steps', '10m', /whole number of steps/],
    ['turn.steps', '$1', /whole number of steps/],
    ['turn.tokens', '9999999999999999', /from 1 to 1,000,000,000,000/],
    ['turn.microUsd', '0.50', /micro-dollars from 1, e\.g\. 500000 or '\$0\.50', got the text "0\.50"/],
    ['turn.microUsd', '$0.0000001', /whole number of micro-dollars/],
    ['turn.microUsd', '$0', /got the text "\$0"/],
    ['turn.microUsd', '10m', /whole number of micro-dollars/],
    ['turn.wallClockMs', '10 minutes', /ms from 1, e\.g\. 600000 or 10m/],
    ['turn.wallClockMs', '99999d', /ms from 1/],
    ['turn.wallClockMs', '$1', /ms from 1/],
    ['turn.tokens', 'NaN', /got the text "NaN"/],
    ['turn.tokens', '', /got the text ""/],
  ])('%s %j is refused with what was expected', (bound, text, problem) => {
    expect(() => readLimitAmount(bound, text)).toThrow(problem);
  });

  it('is of a bound that there is, else the bounds are named', () => {
    expect(readLimitName('session.toolFailures')).toBe('session.toolFailures');
    expect(() => readLimitName('steps')).toThrow(
      /the text "steps" is no bound; the bounds are: call\.tokens, .*turn\.steps/,
    );
  });
});

describe('limits of a new session, as flags', () => {
  it('become the limits that the client takes', () => {
    expect(readSessionLimits(['turn.steps=20', 'turn.tokens=5', 'session.microUsd=$0.50'], 'stop')).toEqual({
      turn: { steps: 20, tokens: 5 },
      session: { microUsd: 500_000 },
      onLimit: 'stop',
    });
    expect(readSessionLimits()).toBeUndefined();
    expect(readSessionLimits([], 'ask')).toEqual({ onLimit: 'ask' });
  });

  it.each([
    [['turn.steps'], undefined, /--limit takes <bound>=<amount>/],
    [['=3'], undefined, /--limit takes <bound>=<amount>/],
    [['turn.dollars=3'], undefined, /no bound/],
    [['detector.sameCall=3'], undefined, /detectors are the agent's own/],
    [['turn.steps=many'], undefined, /whole number of steps/],
    [[], 'pause', /--on-limit takes ask or stop, got the text "pause"/],
  ] as const)('%j %s is refused', (limits, onLimit, problem) => {
    expect(() => readSessionLimits(limits, onLimit)).toThrow(problem);
  });
});

describe('a bound that was met', () => {
  const met: LimitState = { bound: 'turn.microUsd', limit: 100_000, used: 94_000, needed: 120_000 };
  /** By the clock of this machine. */
  const at = (hours: number, minutes: number) => new Date(2026, 2, 14, hours, minutes).getTime();
  const item: PendingItem = {
    kind: 'limit',
    id: 'turn.microUsd',
    summary: limitLine(met),
    since: at(9, 30),
    unblockedBy: 'intervene',
    limit: met,
    until: at(12, 0),
  };
  const linesOf = (each: PendingItem) => pendingLines([each], 's-1', { address: 'there:7233' }, plain, {}, at(9, 34));

  it('is shown with how long it waits and the exact commands that go on', () => {
    expect(linesOf(item)).toEqual([
      'limit turn.microUsd $0.0940 of $0.1000 used, the next call may need $0.1200 since 2026-03-14 09:30 (4 min ago)',
      '  waits until 2026-03-14 12:00 (in 2 h 26 min), then the turn ends with what it has',
      '  go on, with more:            holdfast extend s-1 turn.microUsd 114000 --address there:7233',
      '                               (in place of the number how many micro-dollars are added)',
      '  stop the turn:               holdfast stop s-1 --address there:7233',
    ]);
  });

  it('is offered as much again as it is', () => {
    const steps = { ...item, limit: { bound: 'turn.steps', limit: 10, used: 10 }, until: undefined } as const;
    expect(linesOf(steps).join('\n')).toContain('waits until somebody decides');
    expect(linesOf(steps).join('\n')).toContain('holdfast extend s-1 turn.steps 10 --address');
  });

  it('is offered enough to go on where far more was used than it allows: a tool took its time', () => {
    const time = { ...item, limit: { bound: 'turn.wallClockMs', limit: 60_000, used: 500_000 } } as const;
    const amount = suggestedExtension(time.limit);
    expect(linesOf(time).join('\n')).toContain(`holdfast extend s-1 turn.wallClockMs ${amount} `);
    expect(isStillMet({ ...time.limit, limit: time.limit.limit + amount })).toBe(false);
  });

  it.each<[LimitState, boolean]>([
    [{ bound: 'turn.steps', limit: 10, used: 10 }, true],
    [{ bound: 'turn.steps', limit: 11, used: 10 }, false],
    // One is kept for the last answer.
    [{ bound: 'turn.modelCalls', limit: 11, used: 10 }, true],
    [{ bound: 'turn.modelCalls', limit: 1, used: 0 }, false],
    [{ bound: 'call.tokens', limit: 100, used: 0, needed: 100 }, false],
    [{ bound: 'call.tokens', limit: 99, used: 0, needed: 100 }, true],
    [{ bound: 'detector.sameCall', limit: 4, used: 5 }, false],
  ])('%j keeps the next step from being made: %s', (limit, met) => {
    expect(isStillMet(limit)).toBe(met);
  });

  it.each<[string, LimitState | undefined, readonly string[]]>([
    ['enough', { ...met, limit: 214_000 }, ['turn.microUsd: $0.0940 of $0.2140 used, the next call may need $0.1200']],
    [
      'not enough',
      { ...met, limit: 213_999 },
      [
        'turn.microUsd: $0.0940 of $0.2140 used, the next call may need $0.1200',
        'this is not enough yet for the turn to go on',
      ],
    ],
    ['told by an older worker', undefined, ['turn.microUsd is extended by $0.1140']],
  ])('and extended: %s', (_, limit, lines) => {
    const done: InterveneResult = { kind: 'done', actId: 'a', status: 'running', ...(limit && { limit }) };
    expect(extendedLines(done, 'turn.microUsd', 114_000)).toEqual(lines);
  });

  it('and extended while the turn waits for another one: that a person is still needed', () => {
    const limit = { bound: 'session.tokens', limit: 20, used: 5 } as const;
    const done: InterveneResult = { kind: 'done', actId: 'a', status: 'waiting_for_human', limit };
    expect(extendedLines(done, 'session.tokens', 10)).toEqual([
      'session.tokens: 5 of 20 tokens used',
      'a person is still needed: see holdfast pending',
    ]);
  });
});
