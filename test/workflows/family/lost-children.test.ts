/** What is known of a child that does not come back: what it did can be undone, once, by whoever is there. */
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { importUndoable } from '../../../workflows/session/child-news';
import type { UndoableCall } from '../../../workflows/session/undoable-call';
import { POLICY } from '../session/scripted-moves';
import { approval, ask, calls, says } from './casting';
import { ticks, type FamilyNode } from './family-node';
import { FamilyWorld } from './family-world';

let world: FamilyWorld;
afterEach(() => world.stop());

const CALL: UndoableCall = {
  callId: 't1.s1.c9-x',
  tool: 'book',
  summary: 'book a room',
  turn: 1,
  step: 1,
  policy: POLICY,
  ledger: { name: 'default', id: 'l' },
};

const model = (input: ModelCallInput): ModelResult => {
  if (input.step > 1) return says(input);
  return calls(input, input.child ? approval(input) : ask(input, 1, 'desk'));
};

function child(): FamilyNode {
  return world.nodes.get('root/h1') as FamilyNode;
}

/** A delegate that has done what can be undone, waits for a person, and came back once for a new run. */
async function begunAgain(): Promise<void> {
  world = new FamilyWorld({ model }, { agent: 'front' });
  void world.say('m-1', 'hello');
  await ticks(40);
  child().state.undoable.push(CALL);
  world.root.suggest();
  await ticks(80);
  expect(world.root.states).toHaveLength(2);
  expect(child().over).toBe(false);
}

const undoable = (): readonly string[] => world.root.state.undoable.map(({ callId }) => callId);

test('what it had done by the last time that it came back can be undone when it is lost', async () => {
  await begunAgain();
  expect(undoable()).toEqual([]);
  child().terminate();
  await ticks(20);
  expect(undoable()).toEqual(['h1:t1.s1.c9-x']);
  expect(world.root.state.undoable[0]?.owner).toMatchObject({ sessionId: 'root/h1', callId: CALL.callId });
});

test('what it says at its end takes the place of that: what it has undone itself is not there any more', async () => {
  await begunAgain();
  child().state.undoable.splice(0, 1, { ...CALL, undo: 'done' }, { ...CALL, callId: 't1.s1.c8-x' });
  child().cancel();
  await ticks(40);
  expect(undoable()).toEqual(['h1:t1.s1.c8-x']);
});

test('one that was given up may come to its end after that: nothing is there twice', async () => {
  await begunAgain();
  const { state, parts } = world.root;
  const record = parts.family.family.get('h1');
  parts.family.family.close('h1', 'cancelled', 'it was told to stop, and has not answered since');
  importUndoable(state, record, record.undoable ?? [], 1);
  expect(undoable()).toEqual(['h1:t1.s1.c9-x']);
});
