/** What a workflow is told of by a query is taken in again with the task that brings it. */
import { OwnTasks } from '../../workflows/own-tasks';

const signal = { signalWorkflow: {} };
const update = { doUpdate: {} };
const query = { queryWorkflow: {} };
const begin = { initializeWorkflow: {} };
const activity = { resolveActivity: {} };

type Told = readonly [historyLength: number, begun: string, jobs: readonly object[], isReplaying?: boolean];

/** Tells a run of all of this. @returns whether the last of it fails its task. */
function fails(...all: readonly Told[]): boolean {
  const own = new OwnTasks();
  for (const [index, [historyLength, begun, jobs, isReplaying = false]] of all.entries()) {
    try {
      own.check({ historyLength, begun, jobs, isReplaying });
    } catch (error) {
      expect([index, (error as Error).message]).toEqual([
        all.length - 1,
        'what a query had brought before its task is taken in again with its task',
      ]);
      return true;
    }
  }
  return false;
}

const BEGUN: Told = [3, '1.0', [begin]];
/** A signal that a query brought: it came in, and a task was scheduled. */
const EARLY: Told = [7, '1.0', [signal]];

test('one task after the other is taken in', () => {
  expect(fails(BEGUN, [8, '2.0', [signal]], [14, '3.0', [signal, signal]], [19, '4.0', [update]])).toBe(false);
  expect(fails(BEGUN, [9, '2.0', [activity]], [16, '3.0', [activity, signal]])).toBe(false);
});

test('a task that brings more than the query had brought fails', () => {
  expect(fails(BEGUN, EARLY, [7, '1.0', [query]], [8, '2.0', [update]])).toBe(true);
  expect(fails(BEGUN, EARLY, [9, '2.0', [signal]])).toBe(true);
  expect(fails([3, '1.0', [begin], true], EARLY, [8, '2.0', [update]])).toBe(true);
  // Each of these had begun, which is an event that nobody is told of.
  expect(fails(BEGUN, EARLY, [16, '2.0', [activity, activity, activity, activity]])).toBe(true);
});

test('a second query that brings more fails, and one that does not is answered', () => {
  expect(fails(BEGUN, EARLY, [9, '1.0', [signal]])).toBe(true);
  expect(fails(BEGUN, EARLY, [7, '1.0', [query]], [7, '1.0', [query]])).toBe(false);
  // The first came while a task was under way that was broken off.
  expect(fails(BEGUN, [10, '2.0', [signal]], [11, '2.0', [signal]])).toBe(true);
  // That was a task, which was completed and left an event.
  expect(fails(BEGUN, [8, '2.0', [signal]], [12, '2.0', [signal]], [12, '2.0', [query]])).toBe(false);
});

test('where the task brings no more, the workflow is not told of it, and goes on', () => {
  // The task began, was completed, left an event; then another one.
  expect(fails(BEGUN, EARLY, [14, '3.0', [signal]])).toBe(false);
});

test('a query that brings nothing is answered, and so is one after it', () => {
  expect(fails(BEGUN, [3, '1.0', [query]], [6, '1.0', [query]], [9, '2.0', [signal]])).toBe(false);
});

test('what a task had told that was broken off is taken in again with the next one', () => {
  // A signal, a task that was scheduled, began and was broken off, and was scheduled again; then a query; then that task, with an update.
  expect(fails(BEGUN, [10, '2.0', [signal]], [11, '3.0', [update]])).toBe(true);
  // The query came while the first task was under way.
  expect(fails(BEGUN, [8, '2.0', [signal]], [11, '3.0', [update]])).toBe(true);
});

test('no task fails for what was replayed before it, so that none fails for ever', () => {
  expect(fails(BEGUN, [10, '2.0', [signal], true], [11, '3.0', [update]])).toBe(false);
  expect(fails(BEGUN, [7, '1.0', [signal], true], [8, '2.0', [update], true])).toBe(false);
});

test('two activations of one task are taken in', () => {
  expect(fails(BEGUN, [8, '2.0', [signal]], [8, '2.0', [activity]])).toBe(false);
});

test('a task that only refused may be dropped, and another one take its place in history', () => {
  expect(fails(BEGUN, [7, '2.0', [update]], [7, '2.5', [update]], [8, '3.0', [signal]])).toBe(false);
});
