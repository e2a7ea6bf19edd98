/** Every planted difference between two runs is found and named; what may differ is not. */
import { checkRun, compareRuns } from '../../../testing/sweep/compare-runs';
import { differences } from '../../../testing/sweep/differences';
import { judge, resumedAfter } from '../../../testing/sweep/judge-case';
import { readPassedPoints } from '../../../testing/sweep/passed-points';
import { parseCase } from '../../../testing/sweep/choose-cases';
import { plainValuesOf } from '../../../testing/sweep/plain-values';
import type { RunEvidence } from '../../../testing/sweep/run-evidence';
import { rightRun, toolRow } from './run-fixture';

const CALM = rightRun('a');
const findings = (run: RunEvidence) => [...checkRun(run), ...compareRuns(CALM, run)];
const checks = (run: RunEvidence) => [...new Set(findings(run).map(({ check }) => check))];
const [user, asks, outcome, says] = rightRun('b').conversation as [
  RunEvidence['conversation'][number],
  RunEvidence['conversation'][number],
  RunEvidence['conversation'][number],
  RunEvidence['conversation'][number],
];
const model = (index: number) => rightRun('b').rows[index] as RunEvidence['rows'][number];
const mine = (more: Parameters<typeof toolRow>[1]) => [model(0), toolRow('t1.s1.c1-b', more), model(2)];
const passing = (...points: string[]) => readPassedPoints(points.map((point) => `5 1 ${point}\n`).join(''));

test('runs that differ in ids, times and random ids alone are the same', () => {
  expect(findings(rightRun('b'))).toEqual([]);
  const told = (mark: string, at: string, uuid: string): RunEvidence =>
    rightRun(mark, { world: { at, ms: Date.parse(at), keys: [uuid, `session-${mark}/t1.s1.c1-${mark}`, uuid] } });
  const one = told('a', '2027-01-01T00:00:01Z', '00000000-0000-4000-8000-000000000001');
  const other = told('b', '2027-01-01T00:00:02.5Z', '00000000-0000-4000-8000-000000000002');
  expect(compareRuns(one, other)).toEqual([]);
});

test('a time that is no time of the run is a value, and so is which of two random ids is where', () => {
  const plain = plainValuesOf(CALM);
  expect(plain({ slot: '2027-03-03T09:00:00Z', year: 2027 })).toEqual({ slot: '2027-03-03T09:00:00Z', year: 2027 });
  const [x, y] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b'];
  expect(plain([x, y, x])).toEqual(['<uuid 1>', '<uuid 2>', '<uuid 1>']);
});

test.each<[what: string, run: RunEvidence, check: string[]]>([
  ['an answer', rightRun('b', { answers: [] }), ['answers']],
  ['a missing item', rightRun('b', { conversation: [user, asks, outcome] }), ['conversation']],
  ['a lost outcome', rightRun('b', { conversation: [user, asks, says] }), ['outcomes', 'conversation']],
  [
    'a second outcome',
    rightRun('b', { conversation: [user, asks, outcome, outcome, says] }),
    ['outcomes', 'conversation'],
  ],
  [
    'a double effect',
    rightRun('b', {
      world: {
        appointments: [
          { id: 7, by: 'session-b' },
          { id: 8, by: 'session-b' },
        ],
      },
    }),
    ['world'],
  ],
  ['a lost effect', rightRun('b', { world: { appointments: [] } }), ['world']],
  ['an open row', rightRun('b', { rows: mine({ state: 'started', settledAt: undefined }) }), ['ledger']],
  ['an unresolved row', rightRun('b', { rows: mine({ state: 'unresolved' }) }), ['ledger']],
  ['a lost row', rightRun('b', { rows: [model(0), model(2)] }), ['ledger']],
  ['a row in two ledgers', rightRun('b', { rows: [...mine({}), toolRow('t1.s1.c1-b')] }), ['ledger']],
  ['a row that disagrees', rightRun('b', { rows: mine({ outcome: { kind: 'succeeded', result: 1 } }) }), ['ledger']],
  ['an end that is none', rightRun('b', { status: 'running' }), ['status']],
  ['a failing task', rightRun('b', { failedTasks: ['nondeterminism'] }), ['workflow tasks']],
  ['a request too many', rightRun('b', { requests: ['first', 'second', 'second'] }), ['model requests']],
])('%s is found', (_what, run, expected) => {
  expect(checks(run)).toEqual(expected);
});

test('a call that somebody gave up on is settled', () => {
  const resolution = { as: 'give_up', actId: 'x', at: 1 } as const;
  expect(checkRun(rightRun('b', { rows: mine({ state: 'unresolved', resolution }) }))).toEqual([]);
});

test('a request may be made again where a worker died before its answer was recorded, and only there', () => {
  const twice = (...points: string[]) =>
    compareRuns(
      CALM,
      rightRun('b', {
        requests: ['first', 'second', 'second'],
        workers: [{ passed: passing(...points), diedAt: 6 }, { passed: [] }],
      }),
    );
  expect(twice('model.before-request[clerk]#1')).toEqual([]);
  expect(twice('model.before-request[clerk]#1', 'model.after-record[clerk]#1')).toMatchObject([
    { check: 'model requests', expected: 'at most 2 (0 cut off)', found: '3' },
  ]);
});

test('differences say where, what was expected and what was found, and are bounded', () => {
  expect(differences({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }], c: null })).toEqual([
    { place: 'a[1].b', expected: '2', found: '3' },
    { place: 'c', expected: 'nothing', found: 'null' },
  ]);
  expect(
    differences(
      [],
      Array.from({ length: 50 }, (_, index) => index),
    ),
  ).toHaveLength(10);
});

describe('the verdict', () => {
  const single = parseCase('tool.after-effect[book]#1');
  const pair = parseCase('tool.after-effect[book]#1+workflow.before-task#1');
  const ended = (evidence: RunEvidence, ...notReached: string[]) =>
    ({ kind: 'ended', result: { evidence, notReached } }) as const;

  test.each([
    ['passed', single, ended(rightRun('b'))],
    ['not_reached', single, ended(rightRun('b'), 'tool.after-effect[book]#1')],
    ['failed', single, ended(rightRun('b', { world: null }), 'tool.after-effect[book]#1')],
    ['failed', single, { kind: 'broken', why: 'worker 2 ended by itself' } as const],
    ['passed', pair, ended(rightRun('b'), 'workflow.before-task#1')],
    ['not_reached', pair, ended(rightRun('b'), ...pair.crashAt)],
  ] as const)('is %s', (verdict, one, end) => {
    expect(judge(CALM, one, end).verdict).toBe(verdict);
  });

  test('says why a run has no end', () => {
    const { findings: found } = judge(CALM, single, { kind: 'broken', why: 'it hung' });
    expect(found).toEqual([{ check: 'run', what: 'the run', expected: 'to end', found: 'it hung' }]);
  });

  test('a resume is the time from a death to what the next worker passed first', () => {
    const next = { passed: readPassedPoints('1500 2 workflow.before-task#1\n1600 2 workflow.after-completion#1\n') };
    expect(resumedAfter({ workers: [{ passed: [], diedAt: 1_000 }, next] })).toEqual([500]);
    expect(resumedAfter({ workers: [{ passed: [], diedAt: 1_000 }, { passed: [] }] })).toEqual([]);
  });
});
