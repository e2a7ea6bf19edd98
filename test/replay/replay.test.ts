/**
 * Every kept history replays on today's interpreter: no agent, no tool and no ledger is near, so nothing that a deploy may change (a prompt,
 * a schema, a policy, a tool that is gone) has a part in it.
 */
import { MODEL_CALL_ACTIVITY } from '../../workflows/contracts';
import { activities, failedTasks } from '../session/history';
import { rebuildRequests } from '../session/rebuild-requests';
import { historyFromJson, historyToJson } from './history-json';
import { keptNames, readKept, runsUpTo, scenarioOf } from './kept-histories';
import { replayAll } from './replay';
import { SCENARIOS } from './scenarios';

const names = keptNames();

test('every scenario is kept, and every kept history is of a scenario', () => {
  expect([...new Set(names.map(scenarioOf))].sort()).toEqual(SCENARIOS.map(({ name }) => name).sort());
});

test('every kept history replays', async () => {
  expect(await replayAll(names.map((name) => ({ workflowId: name, history: readKept(name) })))).toEqual({});
});

test('together they show what the interpreter does', () => {
  const histories = names.map(readKept);
  const all = histories.flatMap((history) => activities(history));
  expect(new Set(all.map(({ end }) => end))).toEqual(new Set(['completed', 'failed', 'cancelled', 'open']));
  expect(all.some(({ id }) => id.endsWith('.settle'))).toBe(true);
  const events = histories.flatMap((history) => history.events ?? []);
  const attempts = events.map(({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? 0);
  expect(Math.max(...attempts)).toBeGreaterThan(1);
  // A worker that was killed shows as an attempt that timed out.
  expect(
    events.some(({ activityTaskStartedEventAttributes: started }) => started?.lastFailure?.timeoutFailureInfo),
  ).toBe(true);
  for (const shown of [
    'workflowExecutionUpdateAcceptedEventAttributes',
    'workflowExecutionSignaledEventAttributes',
    'workflowExecutionCompletedEventAttributes',
    'workflowExecutionCanceledEventAttributes',
    'workflowExecutionFailedEventAttributes',
    'upsertWorkflowSearchAttributesEventAttributes',
    'timerFiredEventAttributes',
    'workflowExecutionContinuedAsNewEventAttributes',
  ] as const) {
    expect([shown, events.some((event) => event[shown])]).toEqual([shown, true]);
  }
});

test.each(names)('%s: no workflow task failed, and each request can be rebuilt', (name) => {
  const runs = runsUpTo(name).map(readKept);
  for (const history of runs) expect(failedTasks(history)).toEqual([]);
  const asked = runs.flatMap(activities).filter(({ type, end }) => type === MODEL_CALL_ACTIVITY && end !== 'failed');
  expect(rebuildRequests(...runs).length).toBeGreaterThanOrEqual(asked.length);
});

test('a history that today’s code would not have made is told', async () => {
  const tampered = historyToJson(readKept('receptionist'));
  const text = JSON.stringify(tampered).replaceAll('"name":"list_free_slots"', '"name":"list_all_slots"');
  const history = historyFromJson(JSON.parse(text));
  const problems = await replayAll([{ workflowId: 'tampered', history }], () => 'nowhere');
  expect(problems.tampered).toMatch(/Nondeterminism.*list_free_slots.*\(nowhere\)$/s);
});

describe('a history that cannot be replayed', () => {
  const { events = [] } = readKept('receptionist');
  const firstTask = (events ?? []).findIndex((event) => event.workflowTaskCompletedEventAttributes);
  const named = (some: typeof events) => [{ workflowId: 'cut', history: { events: some } }];

  test.each([
    ['of which the beginning is missing', (events ?? []).slice(1), /its beginning is missing/],
    ['that is empty', [], /its beginning is missing/],
    ['that has not begun, with none beside it', (events ?? []).slice(0, firstTask), /anything to replay/],
    [
      'whose first task failed',
      [...(events ?? []).slice(0, firstTask), { workflowTaskFailedEventAttributes: {} }],
      /its first workflow task failed/,
    ],
  ])('%s is told, and not passed over', async (_, some, problem) => {
    await expect(replayAll(named(some))).rejects.toThrow(problem);
  });
});
