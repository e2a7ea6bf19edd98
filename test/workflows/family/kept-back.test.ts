/** Whoever asks others keeps back what it needs to answer with what they found, however much they would use. */
import fc from 'fast-check';
import type { Slice } from '../../../workflows/contracts/handoff';
import type { SendResult } from '../../../workflows/contracts/messages';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { FULL } from '../../support/payments/scale';
import { plannedCall } from '../session/scripted-moves';
import { ask, calls, idIn, told, transfer, within } from './casting';
import { ticks } from './family-node';
import { FamilyWorld } from './family-world';

let world: FamilyWorld;
afterEach(() => world.stop());

const COST = 100;
/** As a worker says it with each call of another agent. */
const KEEPS: Slice = { modelCalls: 1, microUsd: COST };

/** Makes calls for as long as it may, and answers where it must. */
function greedy(input: ModelCallInput, cost = COST): ModelResult {
  const left = input.allowance?.microUsd ?? Infinity;
  if (left < cost) return told(input, { kind: 'limit', bound: 'microUsd', needed: cost, left }, 0);
  if (input.purpose === 'final') return told(input, { kind: 'answer', text: `${input.agent} is at an end` }, cost);
  return told(input, { kind: 'calls', calls: [plannedCall(idIn(input))] }, cost);
}

/** Asks some at once, and answers with what it heard. */
function asker(input: ModelCallInput, whom: readonly string[], keeps: Slice = KEEPS): ModelResult {
  const left = input.allowance?.microUsd ?? Infinity;
  if (left < COST) return told(input, { kind: 'limit', bound: 'microUsd', needed: COST, left }, 0);
  if (input.step > 1) return told(input, { kind: 'answer', text: `${input.agent} answers` }, COST);
  const asked = whom.map((to, index) => ask(input, index + 1, to, { keeps }));
  return told(input, { kind: 'calls', calls: asked }, COST);
}

function begin(session: Slice, model: (input: ModelCallInput) => ModelResult, onLimit: 'stop' | 'ask' = 'stop'): void {
  world = new FamilyWorld({ model }, { agent: 'front', limits: { session, onLimit } });
}

const answered = (text = 'front answers'): object => expect.objectContaining({ kind: 'reply', text }) as object;

function outcomes(id = 'root'): readonly string[] {
  return (world.nodes.get(id)?.states ?? []).flatMap(({ items }) =>
    items.flatMap((item) =>
      item.kind === 'outcome' ? [item.outcome.kind === 'succeeded' ? 'succeeded' : item.outcome.message] : [],
    ),
  );
}

test.each([1, 2, 3, 5])('%d greedy ones at once leave the last model call to who asked them', async (count) => {
  const whom = Array.from({ length: count }, () => 'clerk');
  begin({ modelCalls: 12 }, (input) => (input.agent === 'front' ? asker(input, whom) : greedy(input)));
  const answer = await within(world, world.say('m-1', 'hello'));
  expect(answer).toEqual(answered());
  expect(answer).toMatchObject({ partial: expect.stringMatching(/session\.modelCalls: .* one is kept for the last/) });
  expect(world.root.state.bounding.session.modelCalls).toBe(12);
});

test.each([1, 2, 3, 5])('%d greedy ones at once leave the money for an answer', async (count) => {
  const whom = Array.from({ length: count }, () => 'clerk');
  begin({ microUsd: 1_250 }, (input) => (input.agent === 'front' ? asker(input, whom) : greedy(input)));
  expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
  expect(world.root.state.bounding.session.microUsd).toBeLessThanOrEqual(1_250);
});

test('of tokens what is kept back is nobody else’s either', async () => {
  begin({ tokens: 900 }, (input) => {
    if (input.agent === 'front') return asker(input, ['clerk', 'clerk'], { modelCalls: 1, tokens: 300 });
    expect(input.allowance?.tokens).toBe(300);
    return told(input, { kind: 'answer', text: 'cheap' }, 0);
  });
  expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
});

test('each level keeps its own: all of three answer in their own words', async () => {
  begin({ modelCalls: 9, microUsd: 950 }, (input) => {
    if (input.agent === 'front') return asker(input, ['middle']);
    return input.agent === 'middle' ? asker(input, ['clerk']) : greedy(input);
  });
  expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
  expect(outcomes('root/h1')).toEqual([expect.stringMatching(/^clerk did not get to the end .*clerk is at an end/)]);
  expect(outcomes()).toEqual([expect.stringMatching(/^middle did not get to the end .*What it has: middle answers/)]);
});

test('who needs more gets what is free, and not what is kept back', async () => {
  const seen: (number | undefined)[] = [];
  begin({ microUsd: 1_000 }, (input) => {
    if (input.agent === 'front') return asker(input, ['clerk', 'dear']);
    // Of 800 each has half.
    if (input.agent === 'clerk') return told(input, { kind: 'answer', text: 'cheap' }, 50);
    seen.push(input.allowance?.microUsd);
    return greedy(input, input.step < 4 ? 0 : 650);
  });
  expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
  expect(outcomes()).toEqual(['succeeded', expect.stringMatching(/^dear did not get to the end/)]);
  expect(seen).toEqual([400, 400, 400, 400, 750, 100, 100]);
  expect(world.root.state.bounding.session.microUsd).toBe(900);
});

test('a person is asked for it instead, and what is kept back stays', async () => {
  const model = (input: ModelCallInput) => {
    if (input.agent === 'front') return asker(input, ['dear']);
    const left = input.allowance?.microUsd ?? 0;
    return left < 850 ? greedy(input, 850) : told(input, { kind: 'answer', text: 'dear' }, 850);
  };
  begin({ microUsd: 1_000 }, model, 'ask');
  const answer = world.say('m-1', 'hello');
  await ticks(60);
  expect(world.root.state.bounding.asking).toMatchObject({ bound: 'session.microUsd', used: 200, needed: 850 });
  await world.intervene({ actId: 'more', act: 'extend', bound: 'session.microUsd', amount: 50, by: 'ada' });
  await within(world, answer);
  expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
  expect(outcomes()).toEqual(['succeeded']);
  expect(world.root.state.bounding.session.microUsd).toBe(1_050);
});

test('one that is begun again by the next run leaves it too', async () => {
  begin({ modelCalls: 12 }, (input) => (input.agent === 'front' ? asker(input, ['clerk', 'clerk']) : greedy(input)));
  const answer = world.say('m-1', 'hello');
  await ticks(20);
  world.root.suggest();
  expect(await within(world, answer)).toEqual(answered());
  expect(world.root.states.length).toBeGreaterThan(1);
  expect(world.root.state.bounding.session.modelCalls).toBe(12);
});

test('whoever takes over has the user, and all that is left', async () => {
  const seen: (number | undefined)[] = [];
  begin({ microUsd: 1_000, modelCalls: 4 }, (input) => {
    if (input.agent === 'front') return calls(input, transfer(input, 'other'));
    seen.push(input.allowance?.microUsd);
    return input.step < 2 ? greedy(input) : told(input, { kind: 'answer', text: 'front answers' }, COST);
  });
  expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
  expect(world.nodes.get('root/h1')?.state.slice).toEqual({ microUsd: 990, modelCalls: 3 });
  expect(seen).toEqual([990, 890]);
});

describe('where nothing is left but what an answer needs', () => {
  test.each([
    ['model calls', { modelCalls: 2 }, /session\.modelCalls: 1 of 2/],
    ['money', { microUsd: 200 }, /session\.microUsd: \$0\.0001/],
  ] as const)('%s: nobody is asked, and the model is told', async (_kind, session, words) => {
    begin(session, (input) => (input.agent === 'front' ? asker(input, ['clerk', 'clerk']) : greedy(input)));
    expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
    expect(world.all).toHaveLength(1);
    expect(outcomes()).toHaveLength(2);
    for (const outcome of outcomes()) {
      expect(outcome).toMatch(/^clerk was not asked: nothing is left for it/);
      expect(outcome).toMatch(words);
    }
  });

  test('for one of them there is enough: the other is not asked', async () => {
    begin({ modelCalls: 3 }, (input) => {
      if (input.agent === 'front') return asker(input, ['clerk', 'clerk']);
      return told(input, { kind: 'answer', text: 'at once' }, 0);
    });
    expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
    expect(outcomes()).toEqual(['succeeded', expect.stringMatching(/^clerk was not asked/)]);
  });

  test('and people decide on more: one is asked, on behalf of the one that was begun', async () => {
    const model = (input: ModelCallInput) => (input.agent === 'front' ? asker(input, ['clerk']) : greedy(input));
    begin({ microUsd: 200 }, model, 'ask');
    const answer = world.say('m-1', 'hello');
    await ticks(60);
    expect(world.root.state.bounding.asking).toMatchObject({ bound: 'session.microUsd', used: 200, needed: 1 });
    await world.intervene({ actId: 'no', act: 'stop', by: 'ada' });
    expect(await within(world, answer)).toBeDefined();
  });
});

test('a call that was planned before anything was kept back is as it was', async () => {
  begin({ modelCalls: 3 }, (input) =>
    input.agent === 'front' && input.step === 1
      ? calls(input, ask(input, 1, 'clerk'))
      : input.agent === 'front'
        ? told(input, { kind: 'answer', text: 'front answers' }, 0)
        : greedy(input),
  );
  await within(world, world.say('m-1', 'hello'));
  expect(world.nodes.get('root/h1')?.state.slice).toEqual({ modelCalls: 2 });
});

test('of two below one that both need more than it has, who is above is asked for what is missing', async () => {
  begin({ microUsd: 1_000 }, (input) => {
    if (input.agent === 'front') return asker(input, ['middle']);
    if (input.agent === 'middle') return asker(input, ['dear', 'dear']);
    return greedy(input, 400);
  });
  expect(await within(world, world.say('m-1', 'hello'))).toEqual(answered());
});

/** A person adds what is asked for, and a little more. */
async function extend(act: number): Promise<void> {
  const { asking } = world.root.state.bounding;
  if (!asking) return ticks(5);
  const { bound, limit, used, needed = bound.endsWith('modelCalls') ? 2 : 1 } = asking;
  const amount = Math.max(0, used + needed - limit) + (bound.endsWith('modelCalls') ? 1 : COST);
  await world.intervene({ actId: `more-${act}`, act: 'extend', bound, amount, by: 'ada' });
  // A run that is about to end shows what it asked about until the next one has begun.
  return ticks(20);
}

/** What each asks for, and what they cost: `front` above `middle` above `clerk`. */
interface Cast {
  readonly bound: Slice;
  readonly width: readonly [number, number];
  readonly cost: number;
  readonly runs: boolean;
  /** A person extends whatever is asked about. */
  readonly people: boolean;
}

test('whatever is left, and whoever wants how much: who asked answers, within the bound', async () => {
  const cast: fc.Arbitrary<Cast> = fc.record({
    bound: fc.oneof(
      fc.record({ modelCalls: fc.integer({ min: 2, max: 20 }) }),
      fc.record({ microUsd: fc.integer({ min: 2 * COST, max: 2_000 }) }),
      fc.record({
        modelCalls: fc.integer({ min: 2, max: 20 }),
        microUsd: fc.integer({ min: 2 * COST, max: 2_000 }),
      }),
    ),
    width: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 })),
    cost: fc.integer({ min: 1, max: 400 }),
    runs: fc.boolean(),
    people: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(cast, async ({ bound, width: [wide, deep], cost, runs, people }) => {
      const model = (input: ModelCallInput): ModelResult => {
        const below = (name: string, count: number) => Array.from({ length: count }, () => name);
        if (input.agent === 'front') return asker(input, below('middle', wide));
        if (input.agent === 'middle' && deep > 0) return asker(input, below('clerk', deep));
        return people && input.step > 6 ? told(input, { kind: 'answer', text: 'enough' }, 0) : greedy(input, cost);
      };
      begin(bound, model, people ? 'ask' : 'stop');
      let said = world.say('m-1', 'hello');
      if (runs) {
        await ticks(15);
        world.root.suggest();
      }
      let answer: SendResult | undefined = await within(world, said, 2_000);
      for (let act = 1; answer?.kind === 'waiting_for_human' && act < 200; act += 1) {
        await extend(act);
        said = world.say('m-1', 'hello');
        answer = await within(world, said, 2_000);
      }
      expect(answer).toEqual(answered());
      const { session, extended } = world.root.state.bounding;
      for (const kind of ['modelCalls', 'microUsd'] as const) {
        const most = (bound[kind] ?? Infinity) + (extended[`session.${kind}`] ?? 0);
        expect({ kind, within: session[kind] <= most }).toEqual({ kind, within: true });
      }
      // So does whoever was asked and asked others, if there was anything that those could use.
      for (const { id, state } of world.nodes.values()) {
        if (![...state.family.records.values()].some(({ spent }) => spent.modelCalls > 0)) continue;
        expect({ id, answer: state.lastAnswer }).toEqual({ id, answer: `${state.input.agent} answers` });
      }
      world.stop();
    }),
    { numRuns: FULL ? 1_000 : 150, seed: 7 },
  );
}, 120_000);
