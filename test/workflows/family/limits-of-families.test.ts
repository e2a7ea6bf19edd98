/** A family never uses more than its first session may, whatever is under way when something is given; and what a lost child used is known but for its last steps. */
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { PlannedCall } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { plannedCall } from '../session/scripted-moves';
import { ask, calls, idIn, says, told, transfer, within } from './casting';
import { ticks, type FamilyNode } from './family-node';
import { FamilyWorld } from './family-world';

let world: FamilyWorld;
afterEach(() => world.stop());

const BUDGET = { limits: { session: { microUsd: 1_000 } } };

const free = (input: ModelCallInput, ...wanted: readonly PlannedCall[]): ModelResult =>
  told(input, { kind: 'calls', calls: wanted }, 0);

/** Answers for `cost`, or does not where less is left. */
function answersFor(input: ModelCallInput, cost: number): ModelResult {
  const left = input.allowance?.microUsd ?? Infinity;
  if (left < cost) return told(input, { kind: 'limit', bound: 'microUsd', needed: cost, left }, 0);
  return told(input, { kind: 'answer', text: `${input.agent} took ${cost}` }, cost);
}

/** The provider went away in the middle of the answer, and may have billed it. */
function billedInVain(microUsd: number): ModelResult {
  const cutOff = [
    { attempt: 1, usage: { inputTokens: 0, outputTokens: 0 }, cost: { kind: 'priced', microUsd } as const },
  ];
  return { kind: 'failed', type: 'ModelUnavailable', message: 'away', cutOff };
}

function spent(): number {
  return world.root.state.bounding.session.microUsd;
}

/** What a child may have used in all: as its parent has it, and as it has it itself. */
function bounds(node: FamilyNode): readonly [number | undefined, number | undefined] {
  const record = node.parent?.state.family.records.get(node.id.split('/').at(-1) ?? '');
  return [record?.granted.microUsd, node.state.slice?.microUsd];
}

test('a child that is given more while one of its own spends: together no more than there was', async () => {
  const model = (input: ModelCallInput): ModelResult => {
    switch (input.agent) {
      case 'front':
        return calls(input, transfer(input, 'middle'));
      case 'middle':
        return input.step === 1 ? free(input, ask(input, 1, 'slow'), ask(input, 2, 'dear')) : answersFor(input, 0);
      case 'slow':
        return input.step < 9 ? free(input, plannedCall(idIn(input))) : answersFor(input, 400);
      default:
        return answersFor(input, 600);
    }
  };
  // Signals are slow: what is told of, and what is given, is under way at once.
  world = new FamilyWorld({ model, delay: () => 20 }, { agent: 'front', ...BUDGET });
  expect(await within(world, world.say('m-1', 'hello'), 2_000)).toMatchObject({ kind: 'reply' });
  expect(spent()).toBeLessThanOrEqual(1_000);
  expect(bounds(world.nodes.get('root/h1') as FamilyNode)).toEqual([990, 990]);
});

test('what one that failed to take over was billed is not there any more for whoever wanted to hand over', async () => {
  const model = (input: ModelCallInput): ModelResult => {
    if (input.agent === 'front') return calls(input, transfer(input, 'first'));
    if (input.agent === 'second') return billedInVain(300);
    if (input.step === 1) return calls(input, transfer(input, 'second'));
    return told(input, { kind: 'answer', text: 'all of it' }, input.allowance?.microUsd ?? 0);
  };
  world = new FamilyWorld({ model }, { agent: 'front', ...BUDGET });
  expect(await within(world, world.say('m-1', 'hello'))).toMatchObject({ kind: 'reply', text: 'all of it' });
  expect(spent()).toBe(1_000);
  // 10 of it were the first session's own call.
  expect(bounds(world.nodes.get('root/h1') as FamilyNode)).toEqual([690, 690]);
});

test('whoever is about to take over gets what the one before it had', async () => {
  const model = (input: ModelCallInput): ModelResult => {
    if (input.agent === 'front') return calls(input, transfer(input, 'first'));
    if (input.agent === 'first') return calls(input, transfer(input, 'second'));
    return answersFor(input, 980);
  };
  world = new FamilyWorld({ model }, { agent: 'front', ...BUDGET });
  expect(await within(world, world.say('m-1', 'hello'))).toMatchObject({ kind: 'reply', text: 'second took 980' });
  expect(spent()).toBe(1_000);
});

test('a delegate that goes on after a new run has what is left of its share', async () => {
  const left: (number | undefined)[] = [];
  const model = (input: ModelCallInput): ModelResult => {
    if (input.agent === 'front')
      return input.step === 1 ? calls(input, ask(input, 1, 'a'), ask(input, 2, 'b')) : says(input);
    left.push(input.allowance?.microUsd);
    return input.step < 9 ? calls(input, plannedCall(idIn(input))) : says(input);
  };
  world = new FamilyWorld({ model }, { agent: 'front', ...BUDGET });
  const answer = world.say('m-1', 'hello');
  await ticks(20);
  world.root.suggest();
  expect(await within(world, answer)).toMatchObject({ kind: 'reply' });
  expect(world.root.states).toHaveLength(2);
  // Each has 495, and each of its calls takes 10 of it, in whichever run.
  const ofEach = Array.from({ length: 9 }, (_, step) => 495 - 10 * step);
  expect(left.sort((one, other) => Number(other) - Number(one))).toEqual(ofEach.flatMap((each) => [each, each]));
});

const worker = (last: number) => (input: ModelCallInput) => {
  if (input.agent === 'front') return input.step === 1 ? calls(input, ask(input, 1, 'worker')) : says(input);
  if (input.agent === 'worker' && input.step === 1) return calls(input, ask(input, 1, 'below'));
  return input.step < last ? calls(input, plannedCall(idIn(input))) : says(input);
};

test.each([
  ['the one that works', 'root/h1/h1'],
  ['the one above it', 'root/h1'],
])('%s is terminated: all is known of it but its last two calls', async (_who, id) => {
  world = new FamilyWorld({ model: worker(40) }, { agent: 'front', ...BUDGET });
  const answer = world.say('m-1', 'hello');
  while (world.modelCalls < 15) await ticks(1);
  world.nodes.get(id)?.terminate();
  await ticks(30);
  const { modelCalls } = world.root.state.usage;
  expect(modelCalls).toBeGreaterThanOrEqual(world.modelCalls - 4);
  expect(await within(world, answer)).toBeDefined();
});

test('what a delegate of three steps used costs no report of its own', async () => {
  const model = (input: ModelCallInput): ModelResult => {
    if (input.agent === 'front') return input.step === 1 ? calls(input, ask(input, 1, 'worker')) : says(input);
    return input.step < 3 ? calls(input, plannedCall(idIn(input))) : says(input);
  };
  world = new FamilyWorld({ model }, { agent: 'front' });
  expect(await within(world, world.say('m-1', 'hello'))).toMatchObject({ kind: 'reply' });
  // With its first answer it says that it is at work; of the other two its end tells.
  expect(world.signals).toBe(1);
});
