/** What a family knows and owes stays within bounds on every way, and what a child came to is there in whichever run. */
import type { Report } from '../../../workflows/contracts/handoff';
import { utf8Length } from '../../../workflows/contracts/json';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import { MAX_STATE_BYTES, type Deed, type Fact, type Obligation } from '../../../workflows/contracts/state';
import type { PlannedCall } from '../../../workflows/contracts/tool';
import { MAX_REPORT_BYTES } from '../../../workflows/session/activity-options';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { changesIn, takeChanges } from '../../../workflows/session/child-changes';
import { withinBounds } from '../../../workflows/session/report-bounds';
import { newSession, type SessionState } from '../../../workflows/session/session-state';
import { NOTHING_SPENT } from '../../../workflows/session/spending';
import { applyDraft, changeState } from '../../../workflows/session/state-items';
import { approval, ask, calls, idIn, says, SEEN, within } from './casting';
import { ticks } from './family-node';
import { FamilyWorld } from './family-world';

let world: FamilyWorld | undefined;
afterEach(() => world?.stop());

const ENGINE = { kind: 'engine' } as const;
const MODEL = { kind: 'model', callId: 'c' } as const;
const CHILD = { agent: 'b', child: 'h1' };
const LONG = '予'.repeat(400);

const session = (): SessionState => newSession('s', { v: 1, agent: 'a' }, 'ns', 1);
const bytesOf = (value: unknown): number => utf8Length(JSON.stringify(value));
const fact = (id: string, text = LONG): Fact => ({ id, text, since: 1 });
const duty = (id: string, text = LONG): Obligation => ({ id, text, by: 'b', since: 1 });
const deed = (number: number): Deed => ({ callId: `t1.s${number}.c1-x`, agent: 'a', tool: 'book', text: LONG, at: 1 });
const many = <T>(count: number, make: (number: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index + 1));

test('deeds never fill a state: the oldest go, and are in the conversation', () => {
  const state = session();
  for (const done of many(100, deed)) changeState(state, { done: [done] }, ENGINE, 1);
  expect(bytesOf(state.doc)).toBeLessThan(MAX_STATE_BYTES / 2);
  expect(state.doc.done.length).toBeGreaterThan(10);
  expect(state.doc.done.at(-1)).toEqual(deed(100));
  expect(state.items).toHaveLength(100);
  expect(applyDraft(state, { established: [{ text: 'There is room.' }] }, MODEL, 1)).toMatchObject({ kind: 'applied' });
});

test('a state that is too large takes what makes it smaller, or no larger, and nothing else', () => {
  const state = session();
  const owed = many(70, (number) => duty(`o${number}`));
  changeState(state, { owed, established: [fact('f1')] }, ENGINE, 1);
  expect(bytesOf(state.doc)).toBeGreaterThan(MAX_STATE_BYTES);
  expect(applyDraft(state, { established: [{ text: 'more' }] }, MODEL, 1)).toMatchObject({ kind: 'refused' });
  expect(applyDraft(state, { opened: ['more'], met: ['o1'] }, MODEL, 1)).toMatchObject({ kind: 'applied' });
  expect(applyDraft(state, { met: ['o2', 'o3'], refuted: ['f1'] }, MODEL, 1)).toMatchObject({ kind: 'applied' });
  expect(state.doc.established).toEqual([]);
  expect(state.doc.owed).toHaveLength(68);
});

test('of what a child found out, what there is no room for is left out, and the model is told; an obligation never is', () => {
  const state = session();
  changeState(state, { established: many(50, (number) => fact(`f${number}`)) }, ENGINE, 1);
  const established = many(10, (number) => fact(`h1.f${number}`, `${number} ${LONG}`));
  takeChanges(state, CHILD, [{ established, owed: [duty('h1.o1')], refuted: ['f1'], wanted: 'a lamp' }], 1);
  expect(state.doc.established).toHaveLength(49);
  expect(state.doc.owed.map(({ id }) => id)).toEqual(['h1.o1']);
  const notes = state.items.flatMap((item) => (item.kind === 'note' ? [item] : []));
  expect(notes).toEqual([
    expect.objectContaining({ reason: 'state_full', text: expect.stringMatching(/h1\.f1 1 .*h1\.f5.*and 5 more/) }),
  ]);
  // What fits is taken as ever, and without the agent's own part.
  takeChanges(state, CHILD, [{ established: [fact('h1.f11', 'short')], own: { mine: 1 } }], 1);
  expect(state.doc.established.at(-1)).toEqual(fact('h1.f11', 'short'));
  expect(state.doc.own).toEqual({});
  // Texts of another version, or of somebody else, are kept as long as its own.
  takeChanges(state, CHILD, [{ owed: [duty('h1.o2', 'x'.repeat(100_000))] }], 1);
  expect(state.doc.owed.at(-1)?.text).toHaveLength(500);
});

test('what a child reports is what its changes came to: one change, without the own part', () => {
  const state = session();
  const own = { secret: 'x'.repeat(20_000) };
  for (const number of many(100, (each) => each)) {
    changeState(state, { own: { ...own, number }, established: [fact(`f${number}`)] }, MODEL, 1);
    if (number > 1) changeState(state, { refuted: [`f${number - 1}`] }, MODEL, 1);
  }
  changeState(state, { owed: [duty('o1'), duty('o2')] }, MODEL, 1);
  changeState(state, { owed: [{ ...duty('o2'), by: 'a' }], met: ['o1'], wanted: 'a lamp' }, MODEL, 1);
  const [change, ...more] = changesIn(state.doc, state.items);
  expect(more).toEqual([]);
  expect(change).toEqual({
    wanted: 'a lamp',
    established: [fact('f100')],
    refuted: many(99, (number) => `f${number}`),
    owed: [{ ...duty('o2'), by: 'a' }],
    met: ['o1'],
  });
  // Told on top of an earlier report, it comes to the same.
  const parent = session();
  takeChanges(parent, CHILD, changesIn(state.doc, state.items.slice(0, 50)), 1);
  takeChanges(parent, CHILD, changesIn(state.doc, state.items.slice(50)), 1);
  expect({ ...parent.doc, own: {} }).toEqual({ ...state.doc, own: {} });
  expect(changesIn(state.doc, [])).toEqual([]);
});

test('a report is never too large to be sent, and what people and others rely on stays in it', () => {
  const report: Report = {
    child: 'h1',
    seq: 1,
    result: {
      kind: 'answered',
      answer: { kind: 'reply', text: '予'.repeat(500_000), turn: 1, messageId: 'm-1' },
    },
    accepted: true,
    pending: [],
    waits: false,
    status: 'running',
    usage: NOTHING_SPENT,
    spent: { tokens: 0, microUsd: 0, modelCalls: 0 },
    changes: [{ established: many(900, (number) => fact(`f${number}`)), owed: [duty('o1')] }],
    undoable: many(500, (number) => ({ callId: `c${number}`, summary: LONG })),
  };
  const sent = withinBounds(report);
  expect(bytesOf(sent)).toBeLessThanOrEqual(MAX_REPORT_BYTES);
  expect(sent.changes).toEqual([{ owed: [duty('o1')] }]);
  expect(sent.undoable?.at(-1)).toMatchObject({ callId: 'c500' });
  expect(sent.result).toMatchObject({ answer: { partial: 'cut: the whole answer has 500000 characters' } });
  const { undoable: _, result: __, ...small } = report;
  expect(withinBounds({ ...small, changes: [] })).toEqual({ ...small, changes: [] });
});

const gives = (input: ModelCallInput): PlannedCall => {
  return { kind: 'result', id: idIn(input), tool: 'give_result', summary: 'r', value: { total: 7 } };
};

/** A delegation with a result of a shape; `second` is what the delegate's model answers in its second step, if it gets there. */
function typed(first: (input: ModelCallInput) => ModelResult): FamilyWorld {
  return new FamilyWorld(
    {
      model: (input) => {
        if (input.child) return first(input);
        if (input.step > 1) return says(input, JSON.stringify(input.items));
        return calls(input, { ...ask(input, 1, 'desk'), result: { type: 'object' } } as PlannedCall);
      },
    },
    { agent: 'front' },
  );
}

test('a result that was given is there in the next run', async () => {
  world = typed((input) =>
    input.step === 1 ? calls(input, gives(input), approval(input, 2)) : says(input, 'I have given it.'),
  );
  const answer = world.say('m-1', 'hello');
  await ticks(40);
  world.root.suggest();
  await ticks(80);
  expect(world.root.states).toHaveLength(2);
  const act = { actId: 'd', callId: 'h1:t1.s1.c2-x', decision: 'approve', argsHash: SEEN, by: 'ada' } as const;
  expect(await within(world, world.decide(act))).toMatchObject({ kind: 'done' });
  const told = await within(world, world.say('m-1', 'hello'));
  expect(told).toMatchObject({ kind: 'reply', text: expect.stringContaining('"result":{"total":7}') as string });
  void answer;
});

test('words are no result where one of a shape was asked for', async () => {
  world = typed((input) => says(input, 'It is seven.'));
  const told = await within(world, world.say('m-1', 'hello'));
  const text = told?.kind === 'reply' ? told.text : '';
  expect(text).toContain('"kind":"failed"');
  expect(text).toContain('without the result that it was asked for');
  expect(text).toContain('What it has: It is seven.');
});
