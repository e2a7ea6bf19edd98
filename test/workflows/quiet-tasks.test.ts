/** Each task that brought something leaves a command. */
import { QuietTasks } from '../../workflows/quiet-tasks';

const NOTHING = expect.objectContaining({ modifyWorkflowProperties: expect.anything() }) as object;
const signal = { signalWorkflow: {} };
const update = { doUpdate: {} };
const query = { queryWorkflow: {} };
const refused = { updateResponse: { rejected: {} } };
const accepted = { updateResponse: { accepted: {} } };
const activity = { scheduleActivity: {} };

type Task = readonly [jobs: readonly object[], commands: readonly object[]];

/** @returns for each task, whether it was given a command. */
function given(...tasks: readonly Task[]): readonly boolean[] {
  const quiet = new QuietTasks();
  return tasks.map(([jobs, commands], task) => {
    quiet.takeIn(jobs, task);
    const all = quiet.conclude(commands);
    const isGiven = all.length > commands.length;
    expect(all).toEqual(isGiven ? [...commands, NOTHING] : commands);
    return isGiven;
  });
}

const BEGUN: Task = [[{ initializeWorkflow: {} }], [activity]];
const QUIET: Task = [[signal], []];

test('a task without a command is given one', () => {
  expect(given(BEGUN, QUIET, [[signal], [activity]], QUIET, QUIET)).toEqual([false, true, false, true, true]);
});

test('the first of a run is never without one', () => {
  expect(given([[{ initializeWorkflow: {} }], []])).toEqual([true]);
  expect(given([[{ initializeWorkflow: {} }, update], [refused]])).toEqual([true]);
});

test('what is not in history needs none: updates that are refused, and queries', () => {
  const asked: Task = [[query], [{ respondToQuery: {} }]];
  expect(given(BEGUN, [[update], [refused]], asked)).toEqual([false, false, false]);
});

test('a refused update makes no command of what came with it', () => {
  expect(given(BEGUN, [[signal, update], [refused]])).toEqual([false, true]);
});

test('an update that was taken in is in history, and so is its end', () => {
  expect(given(BEGUN, [[update], [accepted]])).toEqual([false, false]);
  expect(given(BEGUN, [[signal], [{ updateResponse: { completed: {} } }]])).toEqual([false, false]);
});

test('what is begun and called off at once may leave nothing', () => {
  const begun = { startTimer: { seq: 1 } };
  const calledOff = { cancelTimer: { seq: 1 } };
  const sure = { upsertWorkflowSearchAttributes: {} };
  expect(given([[signal], [begun, calledOff]])).toEqual([true]);
  expect(given([[signal], [calledOff]])).toEqual([true]);
  expect(given([[signal], [begun]])).toEqual([false]);
  expect(given([[signal], [calledOff, sure]])).toEqual([false]);
});

test('that a patch is known tells nothing: only a replay is told of it', () => {
  expect(given(BEGUN, [[{ notifyHasPatch: {} }], []])).toEqual([false, false]);
});

test('a task that comes in several activations leaves one', () => {
  const quiet = new QuietTasks();
  quiet.takeIn([signal], 7);
  quiet.takeIn([query], 7);
  expect(quiet.conclude([])).toEqual([NOTHING]);
  quiet.takeIn([signal], 7);
  expect(quiet.conclude([])).toEqual([]);
  quiet.takeIn([signal], 12);
  expect(quiet.conclude([activity])).toEqual([activity]);
  quiet.takeIn([signal], 12);
  expect(quiet.conclude([])).toEqual([]);
  quiet.takeIn([signal], 15);
  expect(quiet.conclude([])).toEqual([NOTHING]);
});

test('fields that are null are not set, as in messages of protobuf', () => {
  expect(given(BEGUN, [[{ signalWorkflow: null, doUpdate: {} }], [refused]])).toEqual([false, false]);
});
