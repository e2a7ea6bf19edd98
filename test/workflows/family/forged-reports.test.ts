/** Reports that are none: a signal may come from anybody who can write to the namespace, and a child from another version. */
import { renderState, stateOf } from '../../../activities/model/render-state';
import { isPlainObject, type Json } from '../../../workflows/contracts/json';
import type { ModelDecision } from '../../../workflows/contracts/model';
import { decodeCarry, encodeCarry } from '../../../workflows/session/carry';
import { familyBlock, familyWaitingBlocks } from '../../../workflows/session/family-page';
import { isChildEnd, isReport } from '../../../workflows/session/report-check';
import { apply } from '../../../workflows/session/session-state';
import { NOTHING_SPENT } from '../../../workflows/session/spending';
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

const JUNK: readonly Json[] = [null, 5, -1, 0.5, 'x', true, [], {}, [null], [5], [{}], { a: null }];

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
