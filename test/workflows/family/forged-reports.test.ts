/** Reports that are none: a signal may come from anybody who can write to the namespace, and a child from another version. */
import { compileRetryPolicy } from '@temporalio/common';
import { renderState, stateOf } from '../../../activities/model/render-state';
import { isPlainObject, type Json } from '../../../workflows/contracts/json';
import type { ModelDecision } from '../../../workflows/contracts/model';
import { toolRetry } from '../../../workflows/session/activity-options';
import { decodeCarry, encodeCarry } from '../../../workflows/session/carry';
import { familyBlock, familyWaitingBlocks } from '../../../workflows/session/family-page';
import { isChildEnd, isChildResult, isReport, isUndoable } from '../../../workflows/session/report-check';
import { searchValues } from '../../../workflows/session/search-values';
import { apply } from '../../../workflows/session/session-state';
import { NOTHING_SPENT } from '../../../workflows/session/spending';
import { outcomeOf } from '../../../workflows/session/stopped-turn';
import { currentDetails } from '../../../workflows/session/summaries';
import { modelTurn } from '../session/scripted-moves';
import { clone, ticks } from './family-node';
import { FamilyWorld } from './family-world';

const CALL = { callId: 't1.s1.c1-a', tool: 'pay', turn: 1, step: 1, args: { cents: 7 } };
const ITEM = { id: CALL.callId, summary: 'pay', since: 1, unblockedBy: 'decide' };
const TERMS = { reason: 'much', toolHash: 'h', approvals: 1, stages: [{ anyone: true }] };

/** With all that a report may hold. */
const REPORT = {
  child: 'h1',
  seq: 90,
  relayId: 'act:none',
  result: { kind: 'refused', type: 'Refused', message: 'no' },
  accepted: true,
  pending: [
    {
      kind: 'approval',
      ...ITEM,
      approval: { ...CALL, argsHash: 'a', effect: 'read', terms: TERMS, stage: 0, stageSince: 1, approvedBy: [] },
    },
    { kind: 'unresolved', ...ITEM, call: { ...CALL, message: 'nobody knows', row: {} } },
    { kind: 'limit', ...ITEM, child: 'h2', limit: { bound: 'turn.steps', limit: 1, used: 1 } },
  ],
  waits: false,
  needs: 3,
  status: 'running',
  standing: [{ actId: 'x', tool: 'pay', by: 'ada', toolHash: 'h', at: 1 }],
  usage: { ...NOTHING_SPENT, modelCalls: 1 },
  spent: { tokens: 1, microUsd: 1, modelCalls: 1 },
  changes: [
    {
      own: { a: 1 },
      wanted: 'a lamp',
      established: [{ id: 'h1.f1', text: 'it is', since: 1, source: 'x' }],
      refuted: ['h1.f9'],
      done: [{ callId: 'h1:t1.s1.c1-a', agent: 'b', tool: 'pay', text: 'paid', at: 1 }],
      owed: [{ id: 'h1.o1', text: 'call back', by: 'b', since: 1 }],
      met: ['h1.o9'],
    },
  ],
  undoable: [],
} as const;

const JUNK: readonly Json[] = [
  null,
  5,
  -1,
  0.5,
  9e15,
  'x',
  true,
  [],
  {},
  [null],
  [5],
  [{}],
  { a: null },
  { toString: 5 },
];

/** Results that a report may hold in place of its own. */
const RESULTS: readonly Json[] = [
  { kind: 'answered', answer: { kind: 'reply', messageId: 'm-1', turn: 1, text: 'x', partial: 'y', by: 'ada' } },
  { kind: 'answered', answer: { kind: 'stopped', messageId: 'm-1', turn: 1, reason: 'x', message: 'y', text: 'z' } },
  { kind: 'answered', answer: { kind: 'ended', messageId: 'm-1', status: 'stopped', reason: 'x' } },
  { kind: 'done', answer: { kind: 'done', actId: 'a', status: 'running' } },
];

const CALL_TO_UNDO = {
  ...{ callId: 't1.s1.c1-a', tool: 'pay', summary: 'pay', turn: 1, step: 1, undoneInVain: 1 },
  policy: {
    ...{ effect: 'idempotent', attempts: 1, startToCloseMs: 1_000, heartbeatMs: 1_000, backoff: 2, taskQueue: 'there' },
    ...{ initialIntervalMs: 1, maxIntervalMs: 1, rolloutWindowMs: 1, maxResultBytes: 1_000 },
  },
  ledger: { name: 'default', id: 'x' },
  owner: { agent: 'b', sessionId: 's/h1/h1', keyNamespace: 'k/h1/h1', callId: 't1.s1.c1-a' },
};

/** The value with each of its members, however deep, replaced by junk, or gone. */
function* spoiled(value: Json, path = ''): Generator<{ readonly path: string; readonly spoiled: Json | undefined }> {
  yield { path: `${path} left out`, spoiled: undefined };
  for (const junk of JUNK) yield { path: `${path} = ${JSON.stringify(junk)}`, spoiled: junk };
  const members: readonly (readonly [string, Json])[] = Array.isArray(value)
    ? value.map((each: Json, index) => [String(index), each] as const)
    : isPlainObject(value)
      ? Object.entries<Json>(value as Record<string, Json>)
      : [];
  for (const [name, member] of members) {
    for (const { path: at, spoiled: other } of spoiled(member, `${path}.${name}`)) {
      const changed = clone(value) as Record<string, Json | undefined>;
      changed[name] = other;
      // What is gone is gone, as on the wire.
      yield { path: at, spoiled: clone(changed as Json) };
    }
  }
}

let world: FamilyWorld;
afterEach(() => world.stop());

/** A session whose user another agent has. */
async function handedOver(): Promise<FamilyWorld> {
  const decide = (isChild: boolean): ModelDecision =>
    isChild
      ? { kind: 'answer', text: 'Here I am.' }
      : {
          kind: 'calls',
          calls: [{ kind: 'transfer', id: 't1.s1.c1-x', tool: 'transfer_to_b', summary: 'to b', to: 'b', brief: {} }],
        };
  const made = new FamilyWorld(
    { model: (input) => ({ kind: 'answered', turn: modelTurn(input, decide(input.child !== undefined)) }) },
    { agent: 'a' },
  );
  expect(await made.say('m-1', 'Hello.')).toMatchObject({ kind: 'reply', text: 'Here I am.' });
  await ticks(5);
  return made;
}

test('whatever a report holds in whatever place: it is refused in words, or harms nothing', async () => {
  world = await handedOver();
  expect(isReport(REPORT)).toBe(true);
  let refused = 0;
  let taken = 0;
  for (const { path, spoiled: report } of spoiled(REPORT)) {
    const { root } = world;
    const take = () => {
      const problem = root.parts.family.family.report(report);
      if (problem !== null) return (refused += 1);
      const doc = stateOf(root.state.items);
      renderState(doc, 500);
      searchValues(root.state).map(String);
      currentDetails(root.state);
      return (taken += familyBlock(root.state).length + familyWaitingBlocks(root.state).length > 0 ? 1 : 0);
    };
    expect({ path, thrown: thrownBy(take) }).toEqual({ path, thrown: undefined });
  }
  // The check is neither asleep nor closed: most of a report has a shape, some of it may be left out.
  expect(refused).toBeGreaterThan(200);
  expect(taken).toBeGreaterThan(50);
  await ticks(20);
  expect(world.broken).toEqual([]);
  expect(await world.say('m-2', 'Still there?')).toMatchObject({ kind: 'reply' });
});

test('whatever its result holds: what an answer becomes is shown, indexed and handed on', async () => {
  world = await handedOver();
  const { state, parts } = world.root;
  const { family } = parts.family;
  let taken = 0;
  for (const whole of RESULTS) {
    expect(isReport({ ...REPORT, result: whole })).toBe(true);
    for (const { path, spoiled: result } of spoiled(whole)) {
      const report = clone({ ...REPORT, result } as Json);
      if (!isReport(report)) continue;
      taken += 1;
      const answer = report.result?.kind === 'answered' ? report.result.answer : undefined;
      const take = () => {
        family.report(report);
        if (!answer) return;
        apply(state, { kind: 'turn_rests', reason: 'x', outcome: outcomeOf(answer) }, 1);
        apply(state, { kind: 'turn_ended', messageId: 'm-1', answer }, 1);
        currentDetails(state);
        expect(typeof (searchValues(state).find(([name]) => name === 'HoldfastOutcome')?.[1] ?? '')).toBe('string');
        expect(decodeCarry(clone(encodeCarry(state)))).not.toHaveProperty('problem');
      };
      expect({ path, thrown: thrownBy(take) }).toEqual({ path, thrown: undefined });
    }
  }
  expect(taken).toBeGreaterThan(40);
});

test('a call that can be undone is kept only where all that is told to Temporal of it can be', async () => {
  world = await handedOver();
  const { state, parts } = world.root;
  const { family } = parts.family;
  expect(isUndoable(CALL_TO_UNDO)).toBe(true);
  const undoable = [...spoiled(CALL_TO_UNDO)].map(({ spoiled: call }) => call ?? null);
  expect(family.report({ ...REPORT, undoable })).toBeNull();
  family.close('h1', 'cancelled');
  expect(state.undoable.length).toBeGreaterThan(10);
  for (const { policy, tool } of state.undoable) {
    expect(typeof tool).toBe('string');
    expect(Math.max(policy.startToCloseMs, policy.heartbeatMs, policy.maxIntervalMs)).toBeLessThan(1e12);
    expect(() => compileRetryPolicy(toolRetry(policy))).not.toThrow();
  }
  expect(decodeCarry(clone(encodeCarry(state)))).not.toHaveProperty('problem');
});

test('whatever a child workflow closes with: it is a result in all that is touched of it, or none', () => {
  const { seq, usage, spent, changes } = REPORT;
  const proposal = {
    callId: 'c',
    tool: 't',
    summary: 's',
    to: 'x',
    brief: {},
    taskQueue: 'q',
    acceptMs: 1,
    grants: {},
  };
  const child = { kind: 'transfer', seq, usage, spent, changes, undoable: [], carry: {}, proposal };
  const result = { status: 'stopped', reason: 'x', message: 'y', answer: 'z', partial: 'p', turns: 1, usage, child };
  expect(isChildResult(result)).toBe(true);
  for (const { path, spoiled: other } of spoiled(result)) {
    expect({ path, thrown: thrownBy(() => isChildResult(other)) }).toEqual({ path, thrown: undefined });
  }
  for (const wrong of [
    { taskQueue: '' },
    { taskQueue: '/_sys/x' },
    { acceptMs: 9e15 },
    { to: '' },
    { grants: { only: 5 } },
  ])
    expect(isChildResult({ ...result, child: { ...child, proposal: { ...proposal, ...wrong } } })).toBe(false);
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

test('a later version may say more', () => {
  const { usage, pending } = REPORT;
  const more = {
    ...REPORT,
    more: 1,
    usage: { ...usage, cachedTokens: { in: 3 } },
    pending: [{ ...pending[0], more: [] }],
  };
  expect(isReport(more)).toBe(true);
  const { cutOffMicroUsd: _, ...fewer } = usage;
  expect(isReport({ ...REPORT, usage: fewer })).toBe(true);
});

test.each([
  ['no number', { seq: 'x' }],
  ['a transfer to nobody', { kind: 'transfer', carry: {}, proposal: { to: 7 } }],
  ['no words', { kind: 'refused' }],
  ['no carry', { kind: 'parked' }],
  ['another kind', { kind: 'elsewhere' }],
  ['a fact that is none', { changes: [{ established: [null] }] }],
])('an end with %s is none', (_what, wrong) => {
  const { seq, usage, spent, changes, undoable } = REPORT;
  const end = { kind: 'over', seq, usage, spent, changes, undoable };
  expect(isChildEnd(end)).toBe(true);
  expect(isChildEnd({ ...end, ...wrong })).toBe(false);
});

test.each([
  ['a count that nobody reaches', { spent: { tokens: 2 ** 53 - 1, microUsd: 0, modelCalls: 0 } }],
  ['a bill that nobody reaches', { usage: { ...NOTHING_SPENT, microUsd: 1e12 + 1 } }],
  ['a number far ahead, which would hide what the child says from then on', { seq: 5_000 }],
])('a report with %s is refused', async (_what, forged) => {
  world = await handedOver();
  const { family } = world.root.parts.family;
  expect(family.report({ ...REPORT, ...forged })).toMatch(/must be what a child says|too far ahead/);
  expect(family.report(REPORT)).toBeNull();
});

test('the highest counts that are taken, of one child after the other: the next run reads what it is handed', async () => {
  world = await handedOver();
  const { state, parts } = world.root;
  const most = 1_000_000_000_000;
  const usage = Object.fromEntries(Object.keys(NOTHING_SPENT).map((name) => [name, most]));
  const spent = { tokens: most, microUsd: most, modelCalls: most };
  const record = parts.family.family.get('h1');
  for (let number = 1; number <= 30_000; number += 1) {
    apply(state, { kind: 'child_spent', spent, usage: usage as unknown as typeof NOTHING_SPENT }, 1);
  }
  expect(parts.family.family.report({ ...REPORT, usage, spent })).toBeNull();
  expect(record.spent.tokens).toBeLessThan(most);
  expect(decodeCarry(clone(encodeCarry(state)))).not.toHaveProperty('problem');
});
