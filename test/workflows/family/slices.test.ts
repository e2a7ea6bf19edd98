/** Limits that are split among a family: greedy agents that spend all they may, and the bill to the micro-dollar. */
import type { PlannedCall } from '../../../workflows/contracts/tool';
import type { ModelCallInput, ModelDecision } from '../../../workflows/contracts/model';
import type { ModelResult } from '../../../workflows/session/ask-model';
import * as casting from './casting';
import { ticks } from './family-node';
import { FamilyWorld } from './family-world';

const told = (input: ModelCallInput, decision: ModelDecision, microUsd: number): ModelResult =>
  casting.told(input, decision, microUsd, { ...casting.POLICY, parallelCalls: 2 });

const ask = (number: number): PlannedCall => ({
  kind: 'delegate',
  id: `t1.s1.c${number}-x`,
  tool: 'ask_b',
  summary: 'ask b',
  to: 'b',
  brief: {},
  text: 'Find out.',
});

let world: FamilyWorld;
afterEach(() => world.stop());

/** Waits until nothing runs any more. */
async function rest(): Promise<void> {
  for (let round = 0; round < 500; round += 1) {
    await ticks(2);
    if (world.broken.length > 0) throw world.broken[0];
    if (world.root.state.status === 'waiting_for_user' && world.root.state.queue.length === 0) return;
  }
  throw new Error(`it never came to rest: ${world.root.state.status}`);
}

test.each([1, 2, 3, 5, 7])(
  '%d delegates that each spend all they may: together no more than there was',
  async (count) => {
    const spent: number[] = [];
    world = new FamilyWorld(
      {
        model: (input) => {
          const left = input.allowance?.microUsd ?? 0;
          if (input.child) {
            spent.push(left);
            return told(input, { kind: 'answer', text: 'All of it is gone.' }, left);
          }
          const calls = Array.from({ length: count }, (_, index) => ask(index + 1));
          return input.step === 1
            ? told(input, { kind: 'calls', calls }, 100)
            : told(input, { kind: 'answer', text: 'Done.' }, 0);
        },
      },
      { agent: 'a', limits: { session: { microUsd: 1_000 }, onLimit: 'stop' } },
    );
    void world.say('m-1', 'Ask them all.');
    await rest();
    expect(spent).toHaveLength(count);
    expect(spent.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(900);
    // The first ones get an equal share, and whoever comes later at least that.
    expect(Math.min(...spent)).toBeGreaterThanOrEqual(Math.floor(900 / count));
    expect(world.root.state.usage.microUsd).toBe(100 + spent.reduce((sum, each) => sum + each, 0));
  },
);

test('what a delegate did not use is there for the next one, and for the session', async () => {
  const allowances: number[] = [];
  world = new FamilyWorld(
    {
      model: (input) => {
        if (input.child) return told(input, { kind: 'answer', text: 'Cheap.' }, 10);
        allowances.push(input.allowance?.microUsd ?? 0);
        if (input.step > 2) return told(input, { kind: 'answer', text: 'Done.' }, 0);
        const call = { ...ask(1), id: `t1.s${input.step}.c1-x` };
        return told(input, { kind: 'calls', calls: [call] }, 100);
      },
    },
    { agent: 'a', limits: { session: { microUsd: 1_000 }, onLimit: 'stop' } },
  );
  void world.say('m-1', 'Ask one after the other.');
  await rest();
  expect(allowances).toEqual([1_000, 890, 780]);
  expect(world.root.state.usage.microUsd).toBe(220);
});

test('a delegate that needs more than its share asks its parent, which gives what is left; a person may extend what is not', async () => {
  world = new FamilyWorld(
    {
      model: (input) => {
        const left = input.allowance?.microUsd ?? 0;
        const cost = input.child ? 600 : 100;
        if (left < cost) return told(input, { kind: 'limit', bound: 'microUsd', needed: cost, left }, 0);
        if (input.child) return told(input, { kind: 'answer', text: 'It took 600.' }, cost);
        const calls = [ask(1), ask(2)];
        return input.step === 1
          ? told(input, { kind: 'calls', calls }, cost)
          : told(input, { kind: 'answer', text: 'Done.' }, cost);
      },
    },
    { agent: 'a', limits: { session: { microUsd: 1_000 }, onLimit: 'ask' } },
  );
  void world.say('m-1', 'Ask two.');
  for (let round = 0; world.root.state.bounding.asking === undefined; round += 1) {
    if (round > 500) throw new Error('nobody was asked');
    await ticks(2);
  }
  // Each has 450, and needs 600: neither can have it of the other.
  expect(world.root.state.bounding.asking).toMatchObject({ bound: 'session.microUsd', needed: 600 });
  expect(world.root.state.status).toBe('waiting_for_human');
  await world.intervene({ actId: 'more', act: 'extend', bound: 'session.microUsd', amount: 1_000, by: 'ada' });
  await rest();
  expect(world.root.state.usage.microUsd).toBe(100 + 600 + 600 + 100);
  const outcomes = world.root.state.items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome.kind] : []));
  expect(outcomes).toEqual(['succeeded', 'succeeded']);
});
