/** A sweep of a family of sessions: what is gathered of children, and that a fault in one of them is found as it would be in the first session. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { DEFAULT_LEDGER } from '../../../activities/ledger/call-identity';
import { openLedger } from '../../../activities/ledger/open-ledger';
import { SessionNotFound, type ConversationItem, type Session, type SessionStatus } from '../../../client';
import { familyRunsOf } from '../../../testing/run-chain';
import { checkRun, compareRuns } from '../../../testing/sweep/compare-runs';
import { withSteadyNews } from '../../../testing/sweep/family-evidence';
import { failedTasks, readChildren, readRows } from '../../../testing/sweep/read-run';
import type { ChildEvidence, RunEvidence } from '../../../testing/sweep/run-evidence';
import { BOOKED, rightRun, toolRow } from './run-fixture';

/** News of a child, in the conversation of its parent. */
const news = (child: string, text: string): ConversationItem => ({
  kind: 'state',
  turn: 1,
  step: 1,
  at: Date.parse('2027-01-01T00:00:01Z'),
  cause: { kind: 'handoff', agent: 'clerk', child },
  change: { established: [{ id: `${child}.f1`, text, since: Date.parse('2027-01-01T00:00:01Z') }] },
});

/** A child that books once. `mark` makes its ids those of a run of its own. */
function childOf(path: string, mark: string, more: Partial<ChildEvidence> = {}): ChildEvidence {
  const { conversation } = rightRun(`${mark}-${path.replaceAll('/', '-')}`);
  return { path, agent: 'clerk', status: 'completed', conversation, ...more };
}

const rowOf = (path: string, mark: string) => {
  const id = `t1.s1.c1-${mark}-${path.replaceAll('/', '-')}`;
  return toolRow(`${path}:${id}`, { callKey: `ns/${path}/${id}` });
};

/** The first session's booking, and one of each of three children. */
function family(mark: string, more: Partial<RunEvidence> = {}, children?: readonly ChildEvidence[]): RunEvidence {
  const paths = ['h1', 'h2', 'h2/h1'];
  const run = rightRun(mark);
  return {
    ...run,
    conversation: [...run.conversation, news('h1', `session-${mark}/h1`), news('h2', 'b')],
    children: children ?? paths.map((path) => childOf(path, mark)),
    rows: [...run.rows, ...paths.map((path) => rowOf(path, mark))],
    ...more,
  };
}

const CALM = family('a');
const checks = (run: RunEvidence) => [
  ...new Set([...checkRun(run), ...compareRuns(CALM, run)].map(({ check }) => check)),
];

test('families that differ in ids, and in who came back first, are the same', () => {
  const run = family('b');
  expect(checks(run)).toEqual([]);
  const swapped = [...run.conversation.slice(0, -2), ...run.conversation.slice(-2).reverse()];
  expect(checks({ ...run, conversation: swapped, children: [...run.children].reverse() })).toEqual([]);
});

test('news keep their order where they are of one child, or something is between them', () => {
  const [user] = rightRun('a').conversation as [ConversationItem];
  const [one, other, again] = [news('h2', 'a'), news('h1', 'b'), news('h2', 'c')];
  expect(withSteadyNews([one, other, again])).toEqual([other, one, again]);
  expect(withSteadyNews([one, user, other])).toEqual([one, user, other]);
  // What a child finds out comes in with the outcome of the call that began it, before or behind.
  const note = { kind: 'note', turn: 1, step: 1, audience: 'record', reason: 'handoff', text: 'x', at: 1 } as const;
  expect(withSteadyNews([one, note, user])).toEqual([note, one, user]);
});

const [h1, h2, below] = ['h1', 'h2', 'h2/h1'].map((path) => childOf(path, 'b')) as [
  ChildEvidence,
  ChildEvidence,
  ChildEvidence,
];
const [user, asks, outcome, says] = below.conversation as [
  ConversationItem,
  ConversationItem,
  ConversationItem,
  ConversationItem,
];
const inBelow = (...conversation: ConversationItem[]) => family('b', {}, [h1, h2, { ...below, conversation }]);
const rows = (change: Partial<ReturnType<typeof rowOf>>) =>
  family('b').rows.map((row) => (row.callId.startsWith('h2/h1:') ? { ...row, ...change } : row));

test.each<[what: string, run: RunEvidence, check: string[]]>([
  ['a child that is not there', family('b', {}, [h1, h2]), ['ledger', 'children']],
  ['another agent', family('b', {}, [h1, h2, { ...below, agent: 'x' }]), ['children']],
  ['a lost outcome', inBelow(user, asks, says), ['outcomes', 'children']],
  ['a second outcome', inBelow(user, asks, outcome, outcome, says), ['outcomes', 'children']],
  ['other words', inBelow(user, asks, outcome, { ...says, text: 'no' } as ConversationItem), ['children']],
  ['a lost row', family('b', { rows: family('b').rows.slice(0, -1) }), ['ledger']],
  ['a row that disagrees', family('b', { rows: rows({ outcome: { kind: 'succeeded', result: 1 } }) }), ['ledger']],
  ['a row that is open', family('b', { rows: rows({ state: 'started' }) }), ['ledger']],
  ['a child that works on', family('b', {}, [h1, h2, { ...below, status: 'running' }]), ['status', 'children']],
])('%s is found', (_what, run, expected) => {
  expect(checks(run)).toEqual(expected);
});

test('what is found says whose it is', () => {
  expect(checkRun(inBelow(user, asks, says))).toMatchObject([{ what: 'call h2/h1:t1.s1.c1-b-h2-h1' }]);
  const status = checkRun(family('b', {}, [h1, h2, { ...below, status: 'failed' }]));
  expect(status).toMatchObject([{ check: 'status', what: 'the child h2/h1', found: 'failed' }]);
});

test('children are gathered with theirs; one that was never there is left out', async () => {
  const sessions: Record<string, Partial<SessionStatus>> = {
    's/h1': { status: 'waiting_for_user' },
    's/h2': { status: 'completed', children: [{ child: 'h1', agent: 'tax' }] as never },
    's/h2/h1': { status: 'completed' },
  };
  const sessionOf = (id: string): Session =>
    ({
      child: (path: string) => sessionOf(`${id}/${path}`),
      status: async () => {
        const status = sessions[id];
        if (!status) throw new SessionNotFound(id, 'default');
        return await Promise.resolve(status);
      },
      wholeTranscript: async () => await Promise.resolve([{ kind: 'user', turn: 1, messageId: 'm', text: id }]),
    }) as unknown as Session;
  const children = ['h1', 'h2', 'h3'].map((child) => ({ child, agent: `agent of ${child}` }));
  const found = await readChildren(sessionOf('s'), { children } as unknown as SessionStatus);
  expect(found.map(({ path, agent, status, conversation: [said] }) => [path, agent, status, said])).toEqual([
    ['h1', 'agent of h1', 'waiting_for_user', expect.objectContaining({ text: 's/h1' })],
    ['h2', 'agent of h2', 'completed', expect.objectContaining({ text: 's/h2' })],
    ['h2/h1', 'tax', 'completed', expect.objectContaining({ text: 's/h2/h1' })],
  ]);
});

describe('the rows of a family', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-family-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('are those of the first session and of all below it, each under the id that the first session has for it', async () => {
    const url = join(folder, 'ledger.sqlite');
    const ledger = await openLedger({ name: DEFAULT_LEDGER, url });
    const keys = ['ns/c1', 'ns/h1/c1', 'ns/h1/h2/c1', 'ns/h2/c1.undo', 'ns2/c1', 'ns2/h1/c1'];
    for (const callKey of keys) {
      const claim = await ledger.claimToolCall({
        callKey,
        tenant: '',
        tool: 'book',
        effect: 'idempotent',
        argsHash: 'a'.repeat(64),
        args: {},
        attempt: 1,
        owner: 'here:1',
        leaseMs: 1_000,
        keyValidForMs: 1_000,
      });
      if (claim.kind === 'run') await ledger.settleToolCall({ callKey, fence: claim.fence, outcome: BOOKED });
    }
    await ledger.close();
    const found = await readRows({ [DEFAULT_LEDGER]: url }, 'ns');
    expect(found.map(({ callKey, callId }) => [callKey, callId]).sort()).toEqual([
      ['ns/c1', 'c1'],
      ['ns/h1/c1', 'h1:c1'],
      ['ns/h1/h2/c1', 'h1/h2:c1'],
      ['ns/h2/c1.undo', 'h2:c1.undo'],
    ]);
  });
});

describe('the histories of a family', () => {
  const began = (workflowId: string, runId: string) => ({
    childWorkflowExecutionStartedEventAttributes: { workflowExecution: { workflowId, runId } },
  });
  const failed = (message: string) => ({ workflowTaskFailedEventAttributes: { cause: 0, failure: { message } } });
  const goesOnAs = (newExecutionRunId: string) => ({
    workflowExecutionContinuedAsNewEventAttributes: { newExecutionRunId },
  });
  /** The first session has two runs; each begins the child anew, which has a child, and goes on in another run. */
  const histories: Readonly<Record<string, readonly object[]>> = {
    's r1': [{}, began('s/h1', 'x1'), goesOnAs('r2')],
    's r2': [{ workflowExecutionStartedEventAttributes: { continuedExecutionRunId: 'r1' } }, began('s/h1', 'x2')],
    's/h1 x1': [failed('in the parked one')],
    's/h1 x2': [began('s/h1/h1', 'y1'), goesOnAs('x3')],
    's/h1 x3': [failed('in its second run')],
    's/h1/h1 y1': [failed('below')],
  };
  const temporal = {
    workflow: {
      getHandle: (id: string, runId = 'r2') => ({
        describe: async () => await Promise.resolve({ runId, historyLength: 1, historySize: 1 }),
        fetchHistory: async () => await Promise.resolve({ events: histories[`${id} ${runId}`] }),
      }),
    },
  } as unknown as Client;

  test('are those of all runs of all its members, also of one that was parked and begun again', async () => {
    const runs = await familyRunsOf(temporal, 's');
    expect(runs.map(({ runId }) => runId).sort()).toEqual(['r1', 'r2', 'x1', 'x2', 'x3', 'y1']);
    expect([...(await failedTasks(temporal, 's'))].sort()).toEqual(['below', 'in its second run', 'in the parked one']);
  });
});
