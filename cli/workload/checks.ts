/** What must hold after a run. Plain functions from evidence to failures; a failure names the session, so that it can be looked at. */
import type { AssistantCall, OutcomeItem } from '../../workflows/contracts/conversation';
import { canonicalJson } from '../../workflows/contracts/json';
import type { RunEvidence, SessionEvidence } from './evidence';
import type { JournalRow } from './journal';
import { isGoldCall, type Workload, type WorkloadCall, type WorkloadTask } from './workload-file';

export interface Failure {
  /** Absent where it is of no one session. */
  readonly sessionId?: string;
  readonly taskId?: string;
  readonly problem: string;
}

export interface CheckResult {
  readonly check: string;
  /** How many things were looked at. */
  readonly looked: number;
  readonly failures: readonly Failure[];
}

export interface CheckOptions {
  /** The run was asked to kill workers: one that ended before the first kill has shown nothing. */
  readonly killsWanted: boolean;
}

/** Runs every check. */
export function checkRun(workload: Workload, evidence: RunEvidence, options: CheckOptions): readonly CheckResult[] {
  const byTask = new Map(evidence.sessions.map((session) => [session.taskId, session]));
  const eachSession = (
    check: string,
    count: (task: WorkloadTask) => number,
    look: (task: WorkloadTask, session: SessionEvidence) => readonly string[],
  ): CheckResult => ({
    check,
    looked: workload.tasks.reduce((sum, task) => sum + count(task), 0),
    failures: workload.tasks.flatMap((task) => {
      const session = byTask.get(task.id);
      if (!session) return [{ taskId: task.id, problem: 'the task has no session' }];
      return look(task, session).map((problem) => ({ taskId: task.id, sessionId: session.sessionId, problem }));
    }),
  });
  return [
    eachSession('every session ended completed', () => 1, endProblems),
    eachSession(
      'every observation is the recorded one, byte for byte, in order',
      (task) => task.calls.length,
      observationProblems,
    ),
    eachSession('every call has exactly one outcome', (task) => task.calls.length, outcomeProblems),
    eachSession('every answer holds the outputs', (task) => task.outputs.length, answerProblems),
    mutationCheck(workload, evidence.journal, byTask),
    ...(options.killsWanted ? [killCheck(evidence)] : []),
  ];
}

function endProblems(_task: WorkloadTask, { end }: SessionEvidence): readonly string[] {
  if (end.kind === 'error') return [`its end could not be read: ${end.message}`];
  const { status, reason, message, partial } = end.result;
  if (status !== 'completed') return [`it ended ${status} (${reason})${message === undefined ? '' : `: ${message}`}`];
  return partial === undefined ? [] : [`its answer is partial: ${partial}`];
}

function observationProblems(task: WorkloadTask, { conversation }: SessionEvidence): readonly string[] {
  const outcomes = conversation.filter((item): item is OutcomeItem => item.kind === 'outcome');
  const asked = new Map(askedCalls(conversation).map((call) => [call.id, call]));
  const length = Math.max(task.calls.length, outcomes.length);
  return Array.from({ length }, (_, place) =>
    observationProblem(place, task.calls[place], outcomes[place], asked),
  ).filter((problem) => problem !== undefined);
}

function observationProblem(
  place: number,
  gold: WorkloadCall | undefined,
  item: OutcomeItem | undefined,
  asked: ReadonlyMap<string, AssistantCall>,
): string | undefined {
  const here = `call ${place}`;
  if (!gold) return `${here}: the workload has no such call, the conversation has one of ${item?.tool}`;
  if (!item) return `${here} (${gold.tool}) has no outcome in the conversation`;
  const call = asked.get(item.callId);
  if (!call || !isGoldCall(gold, call.tool, JSON.parse(call.arguments))) {
    return `${here}: expected ${gold.tool}(${canonicalJson(gold.args)}), the conversation has ${call?.tool}(${call?.arguments})`;
  }
  if (item.outcome.kind !== 'succeeded')
    return `${here} (${gold.tool}) is ${item.outcome.kind}: ${item.outcome.message}`;
  const { result } = item.outcome;
  if (result === gold.observation) return undefined;
  const got = typeof result === 'string' ? result : JSON.stringify(result);
  return `${here} (${gold.tool}): expected ${show(gold.observation)}, got ${typeof result === 'string' ? '' : 'not a text but '}${show(got)}`;
}

const show = (text: string): string => `${JSON.stringify(text.slice(0, 80))} (${Buffer.byteLength(text)} bytes)`;

function outcomeProblems(_task: WorkloadTask, { conversation }: SessionEvidence): readonly string[] {
  const asked = askedCalls(conversation).map((call) => call.id);
  const answered = conversation.filter((item) => item.kind === 'outcome').map((item) => item.callId);
  const problems = [...new Set([...asked, ...answered])].map((id) => {
    const [asks, answers] = [asked, answered].map((ids) => ids.filter((other) => other === id).length);
    return asks === 1 && answers === 1
      ? undefined
      : `call ${id} was asked for ${asks} times and has ${answers} outcomes`;
  });
  return problems.filter((problem) => problem !== undefined);
}

function askedCalls(conversation: SessionEvidence['conversation']): readonly AssistantCall[] {
  return conversation.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []) : []));
}

function answerProblems(task: WorkloadTask, { end }: SessionEvidence): readonly string[] {
  const text = end.kind === 'ended' ? (end.result.answer ?? '') : '';
  return task.outputs
    .filter((output) => !text.includes(output))
    .map((output) => `the answer lacks ${JSON.stringify(output)}`);
}

/** Every gold mutation applied once, under one key, and nothing else applied. */
function mutationCheck(
  workload: Workload,
  journal: readonly JournalRow[],
  sessions: ReadonlyMap<string, SessionEvidence>,
): CheckResult {
  const gold = new Map<string, WorkloadCall>();
  for (const task of workload.tasks) {
    task.calls.forEach((call, place) => {
      if (call.mutates) gold.set(`${task.id}\n${place}`, call);
    });
  }
  const applied = new Map<string, JournalRow[]>();
  for (const row of journal) {
    if (!row.mutates || row.decision !== 'applied') continue;
    const place = `${row.task}\n${row.call}`;
    applied.set(place, [...(applied.get(place) ?? []), row]);
  }
  const failures = [...new Set([...gold.keys(), ...applied.keys()])].flatMap((place): Failure[] => {
    const [taskId = '', index = ''] = place.split('\n');
    const rows = applied.get(place) ?? [];
    const call = gold.get(place);
    const right = rows.every((row) => isGoldCall(call, row.tool, row.args));
    if (rows.length === 1 && right) return [];
    const what = call ? `${call.tool} of call ${index}` : `call ${index}, which is no mutation of the workload,`;
    const how = call && rows.length > 0 && !right ? 'with other arguments' : `${rows.length} times`;
    const keys = rows.length === 0 ? '' : ` (keys ${rows.map((row) => row.key).join(', ')})`;
    return [{ taskId, sessionId: sessions.get(taskId)?.sessionId, problem: `${what} was applied ${how}${keys}` }];
  });
  return { check: 'every mutation of the workload was executed exactly once', looked: gold.size, failures };
}

function killCheck({ kills }: RunEvidence): CheckResult {
  const failures = [
    { problem: 'the run was over before the first kill: give a shorter --kill-every or a longer --model-latency' },
  ];
  return { check: 'at least one worker was killed', looked: kills.length, failures: kills.length > 0 ? [] : failures };
}
