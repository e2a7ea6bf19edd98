/** A family whose first session goes on in a new run: its children come back for that, and nothing of what comes in meanwhile is lost. */
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { pendingView } from '../../../workflows/session/views';
import { POLICY } from '../session/scripted-moves';
import { approval, ask, calls, idIn, says, SEEN, transfer, within } from './casting';
import { FamilyNode, ticks } from './family-node';
import { FamilyWorld } from './family-world';

let world: FamilyWorld;
afterEach(() => {
  world.stop();
  jest.restoreAllMocks();
});

const toDesk = (input: ModelCallInput): ModelResult =>
  input.agent === 'front' && input.turn === 1 && input.step === 1 ? calls(input, transfer(input, 'desk')) : says(input);

/** A session whose user the agent `desk` has, and is idle. */
async function handedOver(model = toDesk): Promise<FamilyNode> {
  world = new FamilyWorld({ model }, { agent: 'front' });
  expect(await within(world, world.say('m-1', 'hello'))).toMatchObject({ kind: 'reply' });
  return child('h1');
}

function child(path: string): FamilyNode {
  const node = world.nodes.get(`root/${path}`);
  if (!node) throw new Error(`there is no ${path}`);
  return node;
}

/** The run's dependencies: what a test makes fail. */
function depsOf(node: FamilyNode): Record<string, unknown> {
  return (node.parts.nextRun as unknown as { deps: Record<string, unknown> }).deps;
}

/** What keeps a run open: a compensation that runs for so long. */
async function compensating(ticksBefore: number, during: () => void): Promise<void> {
  const undoing = world.root.parts.undoing as unknown as { running: number };
  world.root.suggest();
  await ticks(2);
  undoing.running += 1;
  await ticks(ticksBefore);
  during();
  await ticks(30);
  undoing.running -= 1;
}

test('a child that cannot store what it has says so: the session goes on as it is, and tries again later', async () => {
  await handedOver();
  // More than goes along in a carry.
  expect(await within(world, world.say('m-2', 'x'.repeat(150_000)))).toMatchObject({ kind: 'reply' });
  // What the first session has to store it can store.
  const length = world.root.state.items.length - 1;
  const segment = { hash: 'h', ledger: { name: 'default', id: 'l' }, from: 0, length, bytes: 5, runId: 'r' };
  depsOf(world.root).store = () => Promise.resolve([segment]);
  world.root.suggest();
  await ticks(50);
  expect(world.root.states).toHaveLength(1);
  expect(await within(world, world.say('m-3', 'are you there'))).toMatchObject({ kind: 'reply', text: 'desk answers' });
  // Once it can, and enough has happened since, the next run begins.
  depsOf(child('h1')).store = () => Promise.resolve([{ ...segment, length: child('h1').state.items.length - 1 }]);
  world.root.events += 600;
  expect(await within(world, world.say('m-4', 'and now'))).toMatchObject({ kind: 'reply', text: 'desk answers' });
  await ticks(60);
  expect(world.root.states).toHaveLength(2);
  expect(await within(world, world.say('m-5', 'still there'))).toMatchObject({ kind: 'reply', text: 'desk answers' });
});

test('children that do not come back in a minute are not waited for', async () => {
  await handedOver();
  jest.spyOn(world, 'signal').mockResolvedValue(true);
  world.root.suggest();
  await ticks(20);
  expect(world.root.state.continuing).toBe(true);
  world.passTime(61_000);
  await ticks(20);
  expect(world.root.state.continuing).toBe(false);
  jest.restoreAllMocks();
  expect(await within(world, world.say('m-2', 'are you there'))).toMatchObject({ kind: 'reply', text: 'desk answers' });
});

test('a delegate that does not answer a stop keeps neither its share nor the next run', async () => {
  const away = { started: Promise.resolve(), ended: new Promise(() => undefined), cancel: () => undefined };
  const node = FamilyNode.prototype as unknown as { startChild: () => unknown };
  jest.spyOn(node, 'startChild').mockImplementation(() => away);
  const model = (input: ModelCallInput) =>
    input.turn === 1 && input.step === 1 ? calls(input, ask(input, 1, 'clerk')) : says(input);
  world = new FamilyWorld({ model }, { agent: 'front', limits: { session: { microUsd: 10_000 } } });
  const first = world.say('m-1', 'hello');
  await ticks(20);
  void world.intervene({ actId: 's', act: 'stop', by: 'ada' });
  await ticks(20);
  world.passTime(40_000);
  expect(await within(world, first)).toMatchObject({ kind: 'stopped' });
  world.root.suggest();
  expect(await within(world, world.say('m-2', 'next'))).toMatchObject({ kind: 'reply' });
  expect(world.root.states).toHaveLength(2);
  expect([...world.root.state.family.records.values()]).toMatchObject([{ phase: 'closed', reason: 'cancelled' }]);
});

test.each([1, 2, 5])('a message that meets a child on its way back (%d ticks) is given to it again', async (wait) => {
  await handedOver();
  let said: Promise<unknown> = Promise.resolve();
  await compensating(wait, () => void (said = world.say('m-2', 'are you there')));
  expect(await within(world, said)).toMatchObject({ kind: 'reply', text: 'desk answers' });
});

test.each([1, 2, 5])('an act on a call of a child that is on its way back (%d ticks) is done', async (wait) => {
  const desk = await handedOver();
  const ledger = { name: 'default', id: 'l' };
  const call = { callId: 't1.s1.c1-x', tool: 'pay', summary: 'pay', turn: 1, step: 1, policy: POLICY, ledger };
  desk.state.undoable.push(call);
  let done: Promise<unknown> = Promise.resolve();
  await compensating(wait, () => {
    done = world.intervene({ actId: 'u', act: 'undo', callId: 'h1:t1.s1.c1-x', by: 'ada' });
  });
  expect(await within(world, done)).toMatchObject({ kind: 'done', outcome: { kind: 'succeeded' } });
});

test.each([2, 4, 10])('what people say while a child is on its way back (%d ticks) reaches it', async (wait) => {
  const heard: string[] = [];
  await handedOver((input) => {
    if (input.agent === 'desk') heard.push(JSON.stringify(input.items));
    return toDesk(input);
  });
  let isOpen = false;
  depsOf(world.root).handlersFinished = () => isOpen;
  world.root.suggest();
  await ticks(wait);
  const note = world.intervene({ actId: 'n', act: 'note', text: 'BE KIND', by: 'ada' });
  expect(await within(world, note)).toMatchObject({ kind: 'done' });
  const patch = { established: [{ text: 'THE SKY IS BLUE' }] };
  const patched = world.intervene({ actId: 'p', act: 'patch_state', patch, by: 'ada' });
  isOpen = true;
  expect(await within(world, patched)).toMatchObject({ kind: 'done' });
  await ticks(60);
  expect(await within(world, world.say('m-2', 'next'))).toMatchObject({ kind: 'reply' });
  expect(heard.join(' ')).toContain('BE KIND');
  expect(JSON.stringify(child('h1').state.doc.established)).toContain('THE SKY IS BLUE');
});

test.each([3, 4, 5, 8])('a decision on a child that is on its way back (%d ticks) counts', async (wait) => {
  const model = (input: ModelCallInput) => {
    if (input.step > 1) return says(input);
    return input.agent === 'front'
      ? calls(input, ask(input, 1, 'clerk'), ask(input, 2, 'clerk'))
      : calls(input, approval(input));
  };
  world = new FamilyWorld({ delay: () => 1 + (wait % 3), model }, { agent: 'front' });
  const said = world.say('m-1', 'hello');
  await ticks(40);
  const pending = pendingView(world.root.state, undefined);
  expect(pending.map(({ approval: asked }) => asked?.callId)).toEqual(['h1:t1.s1.c1-x', 'h2:t1.s1.c1-x']);
  world.root.suggest();
  await ticks(wait);
  const decide = (path: string) =>
    world.decide({ actId: path, callId: `${path}:t1.s1.c1-x`, decision: 'approve', argsHash: SEEN, by: 'ada' });
  expect(await within(world, decide('h1'))).toMatchObject({ kind: 'done', callId: 'h1:t1.s1.c1-x' });
  expect(await within(world, decide('h2'))).toMatchObject({ kind: 'done' });
  await within(world, said);
  expect(await within(world, world.say('m-1', 'hello'))).toMatchObject({ kind: 'reply' });
  expect(idIn({ turn: 1, step: 1 } as ModelCallInput)).toBe('t1.s1.c1-x');
});
