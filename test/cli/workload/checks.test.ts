import { checkRun, type CheckResult } from '../../../cli/workload/checks';
import type { RunEvidence, SessionEvidence } from '../../../cli/workload/evidence';
import type { JournalRow } from '../../../cli/workload/journal';
import { median, quantile } from '../../../testing/median';
import { figuresOf, renderReport } from '../../../cli/workload/report';
import { finalAnswer } from '../../../cli/workload/scripted-provider';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import { loadFixture, put, withChange } from './fixture';

const workload = loadFixture();
/** Path of the first call's outcome in the evidence. */
const OUTCOME = 'sessions.0.conversation.2.outcome';

/** What a run without any fault leaves behind. */
function goodEvidence(): RunEvidence {
  const sessions = workload.tasks.map((task): SessionEvidence => {
    const calls = task.calls.flatMap((call, place): ConversationItem[] => {
      const [step, id] = [place + 1, `t1.s${place + 1}.c1-0000000${place}`];
      return [
        {
          kind: 'assistant',
          turn: 1,
          step,
          agent: 'workload',
          text: null,
          calls: [{ id, tool: call.tool, arguments: JSON.stringify(call.args) }],
        },
        {
          kind: 'outcome',
          turn: 1,
          step,
          callId: id,
          tool: call.tool,
          outcome: { kind: 'succeeded', result: call.observation },
        },
      ];
    });
    const usage = {
      modelCalls: task.calls.length + 1,
      toolCalls: task.calls.length,
      inputTokens: 10,
      outputTokens: 5,
      microUsd: 100,
      unpricedCalls: 0,
      cutOffMicroUsd: 0,
    };
    return {
      taskId: task.id,
      sessionId: `session-${task.id}`,
      end: {
        kind: 'ended',
        result: { status: 'completed', reason: 'task_done', answer: finalAnswer(task), turns: 1, usage },
      },
      conversation: [{ kind: 'user', turn: 1, messageId: 'm', text: task.instruction }, ...calls],
      recent: [],
      usage,
    };
  });
  const journal = workload.tasks.flatMap((task) =>
    task.calls.map((call, place): JournalRow => ({
      ...{ seq: 0, at: 0, attempt: 1, worker: 1, decision: 'applied' },
      ...{
        key: `${task.id}/${place}`,
        task: task.id,
        call: place,
        tool: call.tool,
        args: call.args,
        mutates: call.mutates,
      },
    })),
  );
  return { sessions, journal, kills: [], elapsedMs: 2000 };
}

const problemsOf = (results: readonly CheckResult[]): string[] =>
  results.flatMap(({ failures }) => failures.map(({ problem }) => problem));

/** Problems after a change of the evidence. */
const after = (path: string, change: (before: unknown) => unknown, killsWanted = false): string[] =>
  problemsOf(checkRun(workload, withChange(goodEvidence(), path, change), { killsWanted }));

const mutation = goodEvidence().journal[1] as JournalRow;
const also = (more: unknown) => (list: unknown) => [...(list as unknown[]), more];
const withoutLast = (list: unknown) => (list as unknown[]).slice(0, -1);
const secondOutcome = goodEvidence().sessions[0]?.conversation[2];

describe('the checks of a run', () => {
  it('hold for what a run without faults leaves behind, and say how much they looked at', () => {
    const results = checkRun(workload, goodEvidence(), { killsWanted: false });
    expect(problemsOf(results)).toEqual([]);
    expect(results.map(({ looked }) => looked)).toEqual([3, 5, 5, 2, 2]);
  });

  it.each<[string, string, (before: unknown) => unknown, RegExp]>([
    ['a session that stopped', 'sessions.0.end.result.status', put('stopped'), /it ended stopped \(task_done\)/],
    [
      'an end that could not be read',
      'sessions.0.end',
      put({ kind: 'error', message: 'gone' }),
      /could not be read: gone/,
    ],
    ['a partial answer', 'sessions.0.end.result.partial', put('steps limit'), /its answer is partial: steps limit/],
    ['a task without a session', 'sessions', withoutLast, /the task has no session/],
    [
      'an observation with another byte',
      `${OUTCOME}.result`,
      (text) => `${text as string} `,
      /call 0 \(get_order\): expected .*\(56 bytes\), got .*\(57 bytes\)/,
    ],
    ['an observation that became an object', `${OUTCOME}.result`, put({ order_id: '#W1' }), /got not a text but/],
    [
      'a failed call',
      OUTCOME,
      put({ kind: 'failed', reason: 'tool_error', message: 'no' }),
      /call 0 \(get_order\) is failed: no/,
    ],
    [
      'a call with other arguments',
      'sessions.0.conversation.1.calls.0.arguments',
      put('{"order_id":"#W9"}'),
      /call 0: expected get_order/,
    ],
    ['a lost outcome', 'sessions.0.conversation', withoutLast, /was asked for 1 times and has 0 outcomes/],
    ['a second outcome', 'sessions.0.conversation', also(secondOutcome), /was asked for 1 times and has 2 outcomes/],
    ['an output left out', 'sessions.0.end.result.answer', put('cancelled'), /the answer lacks "12.50"/],
    ['a mutation left out', 'journal.1.mutates', put(false), /cancel_order of call 1 was applied 0 times/],
    [
      'a mutation under a second key',
      'journal',
      also({ ...mutation, key: 'other' }),
      /applied 2 times \(keys shop-0\/1, other\)/,
    ],
    [
      'a mutation with other arguments',
      'journal.1.args.order_id',
      put('#W9'),
      /cancel_order of call 1 was applied with other arguments/,
    ],
    [
      'a mutation nobody asked for',
      'journal',
      also({ ...mutation, call: 7 }),
      /call 7, which is no mutation of the workload, was applied 1 times/,
    ],
  ])('fail for %s', (_what, path, change, expected) => {
    expect(after(path, change)).toEqual(expect.arrayContaining([expect.stringMatching(expected)]));
  });

  it('let a repeat that the journal recognised pass', () => {
    expect(after('journal', also({ ...mutation, decision: 'deduped', attempt: 2 }))).toEqual([]);
  });

  it('fail for a run that was to kill workers and killed none', () => {
    expect(after('kills', put([]), true)).toEqual([expect.stringMatching(/over before the first kill/)]);
  });
});

describe('the report of a run', () => {
  it('counts what happened', () => {
    const evidence = { ...goodEvidence(), kills: [{ at: 0, pid: 1, modelCalls: 2, toolCalls: 3, restartMs: 1500 }] };
    expect(figuresOf(evidence)).toMatchObject({
      ...{
        sessions: 3,
        steps: 8,
        toolCalls: 5,
        sessionsPerSecond: 1.5,
        stepsPerSecond: 4,
        inputTokens: 30,
        outputTokens: 15,
      },
      ...{ microUsd: 300, kills: 1, inFlight: { modelCalls: 2, toolCalls: 3 }, deduped: 0, restartMs: 1500 },
    });
  });

  it('names the session of each failure', () => {
    const evidence = withChange(goodEvidence(), 'sessions.1.end.result.status', put('stopped'));
    const text = renderReport(figuresOf(evidence), checkRun(workload, evidence, { killsWanted: false }));
    expect(text).toMatch(/FAILED every session ended completed \(3\)/);
    expect(text).toMatch(/session-shop-1/);
  });

  it('takes the middle of an odd number of values and the mean of the two of an even one', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), quantile([0, 10], 0.9)]).toEqual([2, 2.5, 9]);
    expect(() => median([])).toThrow(RangeError);
  });
});
