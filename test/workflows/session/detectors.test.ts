import type { DetectorName } from '../../../workflows/contracts/limits';
import type { PlannedCall, ToolOutcome } from '../../../workflows/contracts/tool';
import { afterDecision, afterOutcome, seen, withRungTaken, type Noticing } from '../../../workflows/session/detectors';
import { plannedCall } from './scripted-session';

const step = (...hashes: string[]): PlannedCall[] =>
  hashes.map((argsHash, index) => ({ ...plannedCall(`c${index}`), argsHash }));
const planned = (noticed: Noticing, calls: readonly PlannedCall[]) => afterDecision(noticed, { kind: 'calls', calls });
const steps = (...all: string[][]): Noticing =>
  all.reduce<Noticing>((noticed, hashes) => planned(noticed, step(...hashes)), {});
const count = (noticed: Noticing, name: DetectorName) => seen(noticed, name).count;

const repair = { kind: 'repair', problem: 'p', note: 'n' } as const;
const SUCCEEDED: ToolOutcome = { kind: 'succeeded', result: 1 };
const FAILED: ToolOutcome = { kind: 'failed', reason: 'tool_error', message: 'no' };
const REJECTED: ToolOutcome = { kind: 'rejected', reason: 'unknown_tool', message: 'no' };

describe('sameCall', () => {
  it('counts a call that is made in step after step, whatever else the steps hold and in whatever order', () => {
    expect(count(steps(['a'], ['a'], ['a']), 'sameCall')).toBe(3);
    expect(count(steps(['a', 'x'], ['y', 'a'], ['a', 'z']), 'sameCall')).toBe(3);
  });

  it('takes calls of one step for one, and begins anew when a step goes by without it', () => {
    expect(count(steps(['a', 'a', 'a']), 'sameCall')).toBe(1);
    expect(count(steps(['a'], ['a'], ['b'], ['a']), 'sameCall')).toBe(1);
  });

  it('tells tools and arguments apart, and compares refused calls by the line that shows them', () => {
    const other = step('a').map((call) => ({ ...call, tool: 'cancel' }));
    expect(count(planned(planned({}, step('a')), other), 'sameCall')).toBe(1);
    const refused = (summary: string): PlannedCall[] => [
      {
        kind: 'refused',
        id: 'c',
        tool: 'bok',
        outcome: REJECTED,
        summary,
      },
    ];
    expect(count(planned(planned({}, refused('bok(1)')), refused('bok(1)')), 'sameCall')).toBe(2);
    expect(count(planned(planned({}, refused('bok(1)')), refused('bok(2)')), 'sameCall')).toBe(1);
  });
});

describe('alternatingCalls', () => {
  it('counts pairs of two steps by turns, in any order within a step', () => {
    expect(count(steps(['a'], ['b'], ['a'], ['b']), 'alternatingCalls')).toBe(2);
    expect(count(steps(['a', 'x'], ['b'], ['x', 'a'], ['b'], ['a', 'x'], ['b']), 'alternatingCalls')).toBe(3);
  });

  it('counts neither repeats nor steps that go on', () => {
    expect(count(steps(['a'], ['a'], ['a'], ['a']), 'alternatingCalls')).toBe(0);
    expect(count(steps(['a'], ['b'], ['c'], ['d']), 'alternatingCalls')).toBe(1);
    expect(count(steps(['a'], ['b'], ['a'], ['c']), 'alternatingCalls')).toBe(1);
  });
});

describe('repairStorm and emptyAnswers', () => {
  it('count unusable answers in a row: an empty one neither makes a storm nor ends one', () => {
    const storm = [repair, { ...repair, cause: 'empty' } as const, { ...repair, cause: 'empty' } as const];
    const noticed = storm.reduce<Noticing>(afterDecision, {});
    expect([count(noticed, 'repairStorm'), count(noticed, 'emptyAnswers')]).toEqual([1, 2]);
    const more = afterDecision(noticed, repair);
    expect([count(more, 'repairStorm'), count(more, 'emptyAnswers')]).toEqual([2, 0]);
  });

  it('begin anew with an answer that can be used, and not where nothing was sent', () => {
    const noticed = afterDecision({}, { ...repair, cause: 'empty' });
    expect(afterDecision(noticed, { kind: 'limit', bound: 'tokens', needed: 2, left: 1 })).toEqual(noticed);
    const usable = planned(noticed, step('a'));
    expect([count(usable, 'repairStorm'), count(usable, 'emptyAnswers')]).toEqual([0, 0]);
  });
});

describe('toolFailures', () => {
  const outcomes = (noticed: Noticing, at: number, ...all: ToolOutcome[]) =>
    all.reduce((so, outcome) => afterOutcome(so, at, outcome), noticed);

  it('counts failed and rejected calls in a row, over steps', () => {
    const noticed = outcomes(outcomes({}, 1, FAILED, REJECTED), 2, FAILED);
    expect(count(noticed, 'toolFailures')).toBe(3);
  });

  it('begins anew with a step in which one succeeded, whichever came in first', () => {
    const before = outcomes({}, 1, FAILED, FAILED);
    for (const order of [
      [FAILED, SUCCEEDED, FAILED],
      [SUCCEEDED, FAILED, FAILED],
      [FAILED, FAILED, SUCCEEDED],
    ]) {
      const after = outcomes(before, 2, ...order);
      expect(count(after, 'toolFailures')).toBe(0);
      expect(count(outcomes(after, 3, FAILED), 'toolFailures')).toBe(1);
    }
  });

  it('is not moved by calls of which nobody knows, or that were stopped', () => {
    const before = outcomes({}, 1, FAILED);
    expect(outcomes(before, 2, { kind: 'unknown', message: '?' }, { kind: 'cancelled', message: 'stop' })).toEqual(
      before,
    );
  });
});

describe('once a rung was taken', () => {
  it('as many more are needed for the next', () => {
    const same = withRungTaken(steps(['a'], ['a'], ['a']), 'sameCall', 1);
    expect(seen(same, 'sameCall')).toMatchObject({ count: 0, rungs: 1 });
    expect(
      count(
        [1, 2].reduce((noticed) => planned(noticed, step('a')), same),
        'sameCall',
      ),
    ).toBe(2);

    const pairs = withRungTaken(steps(['a'], ['b'], ['a'], ['b']), 'alternatingCalls', 1);
    const further = ['a', 'b', 'a'].map((hash) => step(hash)).reduce(planned, pairs);
    expect(count(further, 'alternatingCalls')).toBe(1);
    expect(count(planned(further, step('b')), 'alternatingCalls')).toBe(2);
  });
});
