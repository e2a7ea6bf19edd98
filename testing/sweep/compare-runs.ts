/** What must hold after a run of a sweep, by itself and beside the run without faults. Plain functions from evidence to findings. */
import { differences, type Difference } from './differences';
import {
  callIds,
  conversationsOf,
  familyCallId,
  namedCalls,
  withSteadyNews,
  type FamilyConversation,
} from './family-evidence';
import { groupBy } from './group-by';
import { plainValuesOf } from './plain-values';
import type { ChildEvidence, RunEvidence, WorkerTrace } from './run-evidence';

/** Something that is not as it should be. */
export interface Finding {
  readonly check: CheckName;
  /** Where, in words. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

export type CheckName =
  /** Every message has the answer of the fault-free run. */
  | 'answers'
  /** So has the conversation, but for ids and times. */
  | 'conversation'
  /** The same children, as they were, with the conversations that they had. */
  | 'children'
  /** The world's snapshot is that of the fault-free run. */
  | 'world'
  /** Each call of the conversation has exactly one outcome. */
  | 'outcomes'
  /** Nothing is left open in the ledger, and it says what the conversation says. */
  | 'ledger'
  /** The session waits for its user, or has completed; no child works on, waits for a person or failed. */
  | 'status'
  /** No workflow task failed. */
  | 'workflow tasks'
  /** No model call was made again whose answer had been recorded. */
  | 'model requests'
  /** The run itself: it did not end, a worker ended by itself, nobody could say what became of a call. */
  | 'run';

/** Everything that is wrong with one run by itself. */
export function checkRun(run: RunEvidence): readonly Finding[] {
  return [
    ...conversationsOf(run).flatMap(outcomeFindings),
    ...ledgerFindings(run),
    ...statusFindings(run),
    ...taskFindings(run),
  ];
}

/** Everything that is wrong with a run beside the one without faults. */
export function compareRuns(calm: RunEvidence, run: RunEvidence): readonly Finding[] {
  const [plainCalm, plain] = [plainValuesOf(calm), plainValuesOf(run)];
  const same = (check: CheckName, expected: unknown, found: unknown): readonly Finding[] =>
    differences(plainCalm(expected), plain(found)).map((difference) => asFinding(check, difference));
  return [
    ...same('answers', calm.answers, run.answers),
    ...same('conversation', withSteadyNews(calm.conversation), withSteadyNews(run.conversation)),
    ...same('world', calm.world, run.world),
    ...same('ledger', recordedCalls(calm), recordedCalls(run)),
    ...same('children', byPath(calm.children), byPath(run.children)),
    ...requestFindings(calm, run),
  ];
}

/** By their paths: the order of starts is the same in each run, and that of ends is not. */
function byPath(children: readonly ChildEvidence[]): Readonly<Record<string, Omit<ChildEvidence, 'path'>>> {
  return Object.fromEntries(
    children
      .toSorted((one, other) => (one.path < other.path ? -1 : 1))
      .map(({ path, ...rest }) => [path, { ...rest, conversation: withSteadyNews(rest.conversation) }]),
  );
}

const asFinding = (check: CheckName, { place, expected, found }: Difference): Finding => ({
  check,
  what: place === '' ? check : `${check} at ${place}`,
  expected,
  found,
});

function outcomeFindings({ path, conversation }: FamilyConversation): readonly Finding[] {
  const asked = callIds(conversation);
  const answered = conversation.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
  return [...new Set([...asked, ...answered])].flatMap((id) => {
    const [asks, outcomes] = [asked, answered].map((ids) => ids.filter((other) => other === id).length);
    if (asks === 1 && outcomes === 1) return [];
    return [
      finding(
        'outcomes',
        `call ${familyCallId(path, id)}`,
        'asked for once, one outcome',
        `asked for ${asks} times, ${outcomes} outcomes`,
      ),
    ];
  });
}

function ledgerFindings(run: RunEvidence): readonly Finding[] {
  const { rows } = run;
  const open = rows.filter(
    ({ state, resolution }) => state === 'started' || (state === 'unresolved' && resolution?.as !== 'give_up'),
  );
  const tools = rows.filter((row) => row.kind === 'tool');
  const outcomes = new Map(
    conversationsOf(run).flatMap(({ path, conversation }) =>
      conversation.flatMap((item) =>
        item.kind === 'outcome' ? [[familyCallId(path, item.callId), item.outcome] as const] : [],
      ),
    ),
  );
  return [
    ...open.map(({ callId, state }) => finding('ledger', `row of ${callId}`, 'settled', state)),
    ...[...groupBy(rows, (row) => row.callKey)]
      .filter(([, same]) => same.length > 1)
      .map(([key, same]) => finding('ledger', `rows of ${key}`, 'one', `${same.length}, in several ledgers`)),
    ...tools.flatMap(({ callId, outcome }) => {
      if (!outcomes.has(callId)) return [];
      return differences(outcomes.get(callId), outcome).map(({ place, expected, found }) =>
        finding(
          'ledger',
          `outcome of ${callId}${place === '' ? '' : ` at ${place}`}`,
          `${expected}, as in the conversation`,
          found,
        ),
      );
    }),
  ];
}

/** The calls that the ledgers have, under names that are the same in every run: a record that is lost shows. */
function recordedCalls(run: RunEvidence): readonly string[] {
  const names = new Map(namedCalls(run).map(({ path, callId, name }) => [familyCallId(path, callId), name]));
  return run.rows
    .map(({ kind, callId, tool }) => {
      if (kind === 'model') return `model call ${callId}`;
      const id = callId.replace(/\.undo$/, '');
      return `${tool} ${names.get(id) ?? id}${id === callId ? '' : '.undo'}`;
    })
    .sort();
}

function statusFindings({ status, children }: RunEvidence): readonly Finding[] {
  const isRight = status === 'waiting_for_user' || status === 'completed';
  return [
    ...(isRight ? [] : [finding('status', 'the session', 'waiting_for_user or completed', status)]),
    ...children
      .filter((child) => NOT_AT_REST.has(child.status))
      .map((child) => finding('status', `the child ${child.path}`, 'waiting_for_user, or closed', child.status)),
  ];
}

const NOT_AT_REST: ReadonlySet<ChildEvidence['status']> = new Set(['running', 'waiting_for_human', 'failed']);

function taskFindings({ failedTasks }: RunEvidence): readonly Finding[] {
  return failedTasks.map((failure) => finding('workflow tasks', 'a workflow task', 'none fails', failure));
}

/**
 * A request is made again only where a worker died between making it and recording the answer: so many more than in the
 * fault-free run may have been made, in all and of each content.
 */
function requestFindings(calm: RunEvidence, run: RunEvidence): readonly Finding[] {
  const cutOff = run.workers.reduce((sum, worker) => sum + requestsCutOff(worker), 0);
  const most = calm.requests.length + cutOff;
  if (run.requests.length > most) {
    return [
      finding('model requests', 'requests in all', `at most ${most} (${cutOff} cut off)`, String(run.requests.length)),
    ];
  }
  if (run.requests.length < calm.requests.length) {
    return [
      finding('model requests', 'requests in all', `at least ${calm.requests.length}`, String(run.requests.length)),
    ];
  }
  return [];
}

/** Requests that a worker had begun, and not recorded the answer of, when it died. */
function requestsCutOff({ passed, diedAt }: WorkerTrace): number {
  if (diedAt === undefined) return 0;
  const count = (point: string): number => passed.filter((one) => one.point === point).length;
  return Math.max(0, count('model.before-request') - count('model.after-record'));
}

/** A finding, built. */
export function finding(check: CheckName, what: string, expected: string, found: string): Finding {
  return { check, what, expected, found };
}
