import type { CrashPoint } from '../../../activities/crash-points';
/** Which crashes a sweep makes: stable for a seed, and from what was passed alone. */
import { choosePairs, parseCase, singleCases } from '../../../testing/sweep/choose-cases';
import { readPassedPoints, type PassedPoint } from '../../../testing/sweep/passed-points';

/** A log of a worker that passed these. */
const passed = (...points: string[]): readonly PassedPoint[] =>
  readPassedPoints(points.map((point, index) => `${1_000 + index} 77 ${point}\n`).join(''));

const CALM = passed(
  ...[1, 2, 3, 4].flatMap((hit) => [
    `workflow.before-task#${hit}`,
    `tool.after-effect[book]#${hit}`,
    `tool.after-effect[cancel]#${hit}`,
  ]),
);
const ids = (cases: readonly { readonly id: string }[]): string[] => cases.map(({ id }) => id);
const ALL = { kind: 'all' } as const;

describe('the log of a worker', () => {
  test('is read point by point; a line that was cut off is left out', () => {
    expect(readPassedPoints('12 7 tool.after-effect[book]#2\n13 7 workflow.before-task#1\n14 7 tool.aft')).toEqual([
      { point: 'tool.after-effect', detail: 'book', hit: 2, at: 12 },
      { point: 'workflow.before-task', detail: undefined, hit: 1, at: 13 },
    ]);
  });

  test.each(['hello\n', '12 7 tool.nowhere#1\n'])('with %j in it is refused', (log) => {
    expect(() => readPassedPoints(log)).toThrow(TypeError);
  });
});

describe('single cases', () => {
  test('are all points that both fault-free runs passed, in their order', () => {
    const again = CALM.filter(({ point, hit }) => point !== 'workflow.before-task' || hit < 4);
    expect(ids(singleCases(CALM, again, ALL))).toEqual(
      again.map(({ point, detail, hit }) => `${point}${detail ? `[${detail}]` : ''}#${hit}`),
    );
  });

  test('of a sample are so many of each point and detail, the same for the same seed', () => {
    const sample = (seed: number) => ids(singleCases(CALM, CALM, { kind: 'sample', perPointAndDetail: 2, seed }));
    const names = sample(5).map((id) => id.replace(/#.*/, ''));
    expect(names.sort()).toEqual(
      ['tool.after-effect[book]', 'tool.after-effect[cancel]', 'workflow.before-task'].flatMap((name) => [name, name]),
    );
    expect(sample(5)).toEqual(sample(5));
    expect(new Set(Array.from({ length: 20 }, (_, seed) => sample(seed).join())).size).toBeGreaterThan(3);
  });

  test('of a sample by point are so many of each point, and one of every detail where that is asked for', () => {
    const sample = (each?: readonly CrashPoint[]) =>
      ids(singleCases(CALM, CALM, { kind: 'sample', perPoint: 1, seed: 5, ...(each ? { each } : {}) }));
    expect(sample().map((id) => id.replace(/[[#].*/, ''))).toEqual(
      expect.arrayContaining(['tool.after-effect', 'workflow.before-task']),
    );
    expect(sample()).toHaveLength(2);
    const names = sample(['tool.after-effect']).map((id) => id.replace(/#.*/, ''));
    expect(names.sort()).toEqual(['tool.after-effect[book]', 'tool.after-effect[cancel]', 'workflow.before-task']);
    const none = { kind: 'sample', perPoint: 0, each: ['workflow.before-task'], seed: 5 } as const;
    expect(ids(singleCases(CALM, CALM, none)).map((id) => id.replace(/#.*/, ''))).toEqual(['workflow.before-task']);
  });

  test('what is chosen of one point does not depend on the others', () => {
    const onlyBook = CALM.filter(({ detail }) => detail === 'book');
    const choice = { kind: 'sample', perPointAndDetail: 1, seed: 9 } as const;
    const all = ids(singleCases(CALM, CALM, choice)).filter((id) => id.includes('[book]'));
    expect(ids(singleCases(onlyBook, onlyBook, choice))).toEqual(all);
  });
});

describe('pairs', () => {
  const AFTERMATHS = [
    { crashAt: 'tool.after-effect[book]#1', passed: passed('tool.before-probe[book]#1', 'tool.after-effect[book]#1') },
    { crashAt: 'workflow.before-task#1', passed: passed('workflow.before-task#1', 'tool.after-effect[book]#1') },
    { crashAt: 'workflow.before-task#4', passed: passed() },
  ];

  test('are drawn from what the next worker passed, the same for the same seed, none twice', () => {
    const drawn = ids(choosePairs(AFTERMATHS, CALM, 2, 3));
    expect(ids(choosePairs(AFTERMATHS, CALM, 2, 3))).toEqual(drawn);
    expect(new Set(drawn).size).toBe(drawn.length);
    const possible = AFTERMATHS.flatMap(({ crashAt, passed: after }) =>
      after.map(({ point, detail, hit }) => `${crashAt}+${point}${detail ? `[${detail}]` : ''}#${hit}`),
    );
    expect(possible).toEqual(expect.arrayContaining(drawn));
  });

  test('always hold a point that is only passed after a crash', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      expect(ids(choosePairs(AFTERMATHS, CALM, 1, seed))).toContain(
        'tool.after-effect[book]#1+tool.before-probe[book]#1',
      );
    }
  });

  test('are no more than there are, and none where none are wanted', () => {
    expect(choosePairs(AFTERMATHS, CALM, 100, 1)).toHaveLength(4);
    expect(choosePairs(AFTERMATHS, CALM, 0, 1)).toEqual([]);
    expect(choosePairs([], CALM, 10, 1)).toEqual([]);
  });
});

test('a case is its id', () => {
  expect(parseCase('model.before-report[clerk]#2')).toMatchObject({ kind: 'single' });
  expect(parseCase('tool.after-effect[a]#1+workflow.before-task#2')).toEqual({
    id: 'tool.after-effect[a]#1+workflow.before-task#2',
    kind: 'pair',
    crashAt: ['tool.after-effect[a]#1', 'workflow.before-task#2'],
  });
  for (const wrong of [
    '',
    'a+b',
    'tool.after-effect#1+',
    'workflow.before-task+workflow.before-task+workflow.before-task',
  ]) {
    expect(() => parseCase(wrong)).toThrow(TypeError);
  }
});
