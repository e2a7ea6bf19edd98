/** A session over many runs, without a server: whenever a run ends, what is done, waits and is asked goes on in the next as if there were one run. */
import { seededRandom } from '../../../testing/random';
import type { ConversationItem } from '../../../workflows/contracts/conversation';
import type { ModelCallInput } from '../../../workflows/contracts/model';
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import type { ModelResult } from '../../../workflows/session/ask-model';
import { charge, DOUBT } from './in-doubt';
import { Chain, tick, until, type World } from './scripted-chain';
import { modelTurn, plannedCall, POLICY, SUCCEEDED } from './scripted-session';

const answers = (input: ModelCallInput, text = `answer ${input.turn}`): ModelResult => ({
  kind: 'answered',
  turn: modelTurn(input, { kind: 'answer', text }),
});
const calls = (input: ModelCallInput, planned: Parameters<typeof charge>[0][]): ModelResult => ({
  kind: 'answered',
  turn: modelTurn(input, { kind: 'calls', calls: planned.map((id) => charge(id)) }),
});
const outcomesOf = (items: readonly ConversationItem[]) =>
  items.flatMap((item) => (item.kind === 'outcome' ? [[item.callId, item.outcome.kind] as const] : []));
const talks: World = { model: answers, tool: () => SUCCEEDED };

async function end(chain: Chain): Promise<void> {
  await chain.intervene({ actId: 'end-of-test', act: 'end' });
  await chain.finished;
}

describe('the next run', () => {
  it('begins between turns, and knows what was said', async () => {
    const chain = new Chain(talks);
    const first = await chain.say('m1');
    chain.suggest();
    await until(() => chain.state.run === 2);
    expect(await chain.say('m1')).toEqual({ ...first, again: 0 });
    expect(await chain.say('m2')).toMatchObject({ kind: 'reply', turn: 2, text: 'answer 2' });
    expect(chain.state.items.map(({ kind }) => kind)).toEqual(['user', 'assistant', 'user', 'assistant']);
    await end(chain);
  });

  it('is not begun by what only a task has seen in which nothing happened: no replay would see it', async () => {
    const chain = new Chain(talks);
    await chain.say('m1');
    chain.suggest(false);
    for (let count = 0; count < 5; count += 1) await tick();
    expect([chain.state.run, chain.state.continuing]).toEqual([1, false]);
    await chain.say('m2');
    await until(() => chain.state.run === 2);
    await end(chain);
  });

  it('is told to whoever waits and whoever comes meanwhile, and their messages go along', async () => {
    const chain: Chain = new Chain({
      ...talks,
      model: async (input) => {
        if (input.turn === 2 && chain.state.run === 1) {
          chain.suggest();
          await tick();
          return calls(input, ['t2.s1.c1-a']);
        }
        return answers(input);
      },
    });
    await chain.say('m1');
    const sent = await Promise.all(['m2', 'm3', 'm4'].map((id) => chain.say(id)));
    expect(sent).toMatchObject([
      { kind: 'reply', turn: 2, again: 1 },
      { kind: 'reply', turn: 3, again: 1 },
      { kind: 'reply', turn: 4, again: 1 },
    ]);
    expect(chain.state.run).toBe(2);
    expect(chain.state.messages.size).toBe(4);
    await end(chain);
  });

  it('is not begun while the session ends, and an end that comes first ends it', async () => {
    const chain: Chain = new Chain({
      ...talks,
      model: async (input) => {
        chain.suggest();
        await tick();
        void chain.intervene({ actId: 'a', act: 'end', by: 'ada' });
        return answers(input);
      },
    });
    expect(await chain.say('m1')).toMatchObject({ kind: 'reply' });
    expect(await chain.finished).toMatchObject({ status: 'completed', reason: 'ended' });
    expect(chain.state.run).toBe(1);
  });

  it('waits for what a person is just saying, and it counts', async () => {
    let said = (): void => undefined;
    const chain: Chain = new Chain({
      model: (input) => (input.step === 1 ? calls(input, ['t1.s1.c1-a', 't1.s1.c2-b']) : answers(input)),
      tool: () => DOUBT,
      resolve: () =>
        new Promise(
          (resolve) => (said = () => resolve({ kind: 'resolved', as: 'applied', outcome: SUCCEEDED.outcome })),
        ),
    });
    await chain.say('m1');
    await until(() => chain.state.unresolved.size === 2);
    const resolving = chain.resolve({ actId: 'a', callId: 't1.s1.c1-a', as: 'applied', result: 'x' });
    chain.suggest();
    for (let count = 0; count < 5; count += 1) await tick();
    expect(chain.state.run).toBe(1);
    said();
    expect(await resolving).toMatchObject({ kind: 'done' });
    await until(() => chain.state.run === 2);
    expect(outcomesOf(chain.state.items)).toEqual([['t1.s1.c1-a', 'succeeded']]);
    expect([...chain.state.unresolved.keys()]).toEqual(['t1.s1.c2-b']);
    await end(chain);
    expect(outcomesOf(chain.state.items)).toEqual([
      ['t1.s1.c1-a', 'succeeded'],
      ['t1.s1.c2-b', 'unknown'],
    ]);
  });

  it('does not begin where the conversation is too long and cannot be stored; it is tried again 500 events later', async () => {
    let stores = false;
    const chain: Chain = new Chain({
      ...talks,
      model: (input) => answers(input, 'x'.repeat(50_000)),
      store: ({ from, to }) =>
        stores
          ? [{ hash: 'h', ledger: { name: 'default', id: 'ledger-1' }, from, length: to - from, bytes: 1, runId: 'r' }]
          : undefined,
    });
    for (const id of ['m1', 'm2', 'm3', 'm4']) await chain.say(id);
    chain.suggest();
    await chain.say('m5');
    stores = true;
    await chain.say('m6');
    expect(chain.state.run).toBe(1);
    chain.pass(500);
    await until(() => chain.state.run === 2);
    const { segments, items, itemsFrom } = chain.state;
    expect(segments).toMatchObject([{ from: 0, length: itemsFrom }]);
    expect(itemsFrom + items.length).toBe(12);
    expect(JSON.stringify(items).length).toBeLessThan(70_000);
    expect(await chain.say('m7')).toMatchObject({ kind: 'reply', turn: 7 });
    await end(chain);
  });
});

describe('calls of a step over many runs, by 120 seeds', () => {
  const seeds = Array.from({ length: 120 }, (_, index) => index + 1);

  it('have one outcome each, the one they would have in a single run, and are run no more often', async () => {
    let runs = 0;
    for (const seed of seeds) {
      const inOne = await play(seed, 0);
      const inMany = await play(seed, 0.3);
      runs = Math.max(runs, inMany.run);
      expect([seed, inMany.outcomes, inMany.activities]).toEqual([seed, inOne.outcomes, inOne.activities]);
    }
    expect(runs).toBeGreaterThan(5);
  });

  it('have one outcome each where the turn is stopped or the session ends at any moment', async () => {
    for (const seed of seeds) {
      const { outcomes, planned, activities } = await play(seed, 0.3, seed % 2 === 0 ? 'stop' : 'end');
      expect([seed, outcomes.map(([id]) => id)]).toEqual([seed, [...planned].sort()]);
      expect([seed, new Set(activities).size]).toEqual([seed, activities.length]);
    }
  });
});

/** What one seed does: two steps of calls, some in doubt again and again until a person has said that they did not happen, and then a last answer. */
async function play(seed: number, parks: number, act?: 'stop' | 'end') {
  const random = seededRandom(seed);
  const count = 1 + Math.floor(random() * 5);
  const planned = [1, 2].flatMap((step) => Array.from({ length: count }, (_, index) => `t1.s${step}.c${index + 1}-a`));
  const doubts = new Map(planned.map((id) => [id, Math.floor(random() * 3)]));
  const applied = new Set(planned.filter(() => random() < 0.2));
  const chance = seededRandom(seed + 1_000);
  const some = async (): Promise<void> => {
    for (let left = Math.floor(chance() * 4); left > 0; left -= 1) await tick();
  };
  const activities: string[] = [];
  const tool = async ({ id }: { readonly id: string }, activityId: string): Promise<ToolCallReport> => {
    activities.push(activityId);
    await some();
    const left = doubts.get(id) ?? 0;
    doubts.set(id, left - 1);
    return left > 0 ? DOUBT : SUCCEEDED;
  };
  const chain = new Chain({
    model: async (input) => {
      await some();
      const ids = planned.filter((id) => id.startsWith(`t1.s${input.step}.`));
      return ids.length > 0 ? calls(input, ids) : answers(input);
    },
    tool,
    resolve: async (callId) => {
      await some();
      return applied.has(callId) ? { kind: 'resolved', as: 'applied', outcome: SUCCEEDED.outcome } : { kind: 'absent' };
    },
  });
  let over = false;
  const people = async (): Promise<void> => {
    for (let round = 0; !over; round += 1) {
      await tick();
      if (chance() < parks) chain.suggest();
      const waiting = [...chain.state.unresolved.keys()];
      const callId = waiting[Math.floor(chance() * waiting.length)];
      if (callId && chance() < 0.5) void chain.resolve({ actId: `a${round}`, callId, as: 'absent' });
      if (act && chance() < 0.05) void chain.intervene({ actId: `s${round}`, act });
    }
  };
  const peopled = people();
  for (;;) {
    const answer = await chain.say('m1');
    if (answer.kind !== 'waiting_for_human') break;
    await tick();
  }
  over = true;
  await peopled;
  await end(chain);
  const outcomes = outcomesOf(chain.state.items).map(([id, kind]) => [id, kind] as const);
  const asked = chain.state.items.flatMap((item) =>
    item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : [],
  );
  return {
    run: chain.state.run,
    outcomes: [...outcomes].sort(([one], [other]) => (one < other ? -1 : 1)),
    planned: asked,
    activities: [...activities].sort(),
  };
}

test('a bound that a person is asked about is asked about in run after run, since and until when it was at first', async () => {
  const limits = { onLimit: 'ask', askMs: 600_000 } as const;
  const chain: Chain = new Chain({
    model: (input) => {
      const end =
        input.step > 2
          ? modelTurn(input, { kind: 'answer', text: 'done' })
          : modelTurn(input, { kind: 'calls', calls: [plannedCall(`t1.s${input.step}.c1-a`)] });
      const definition = end.definition && {
        ...end.definition,
        policy: { ...end.definition.policy, steps: 1, limits },
      };
      return { kind: 'answered', turn: { ...end, definition } };
    },
    tool: () => SUCCEEDED,
  });
  const asked = await chain.say('m1');
  expect(asked).toMatchObject({ kind: 'waiting_for_human', pending: [{ kind: 'limit', id: 'turn.steps' }] });
  for (const run of [2, 3]) {
    chain.suggest();
    await until(() => chain.state.run === run);
    expect(await chain.say('m1')).toEqual(asked);
  }
  await chain.intervene({ actId: 'more', act: 'extend', bound: 'turn.steps', amount: 5 });
  const answer = chain.say('m1');
  expect(await answer).toMatchObject({ kind: 'reply', text: 'done', turn: 1 });
  expect(chain.state.bounding.extended).toEqual({ 'turn.steps': 5 });
  expect(outcomesOf(chain.state.items)).toHaveLength(2);
  await end(chain);
});

test('a compensation in doubt is held by run after run, and goes on as a person says', async () => {
  const undone: string[] = [];
  let doubts = 2;
  const call = {
    ...plannedCall('t1.s1.c1-a'),
    ledger: { name: 'default', id: 'ledger-1' },
    policy: { ...POLICY, compensates: true },
  };
  const chain: Chain = new Chain({
    model: (input) =>
      input.step === 1
        ? { kind: 'answered', turn: modelTurn(input, { kind: 'calls', calls: [call] }) }
        : answers(input),
    tool: () => SUCCEEDED,
    undo: ({ undoId }) => {
      undone.push(undoId);
      doubts -= 1;
      return doubts >= 0 ? DOUBT : SUCCEEDED;
    },
  });
  await chain.say('m1');
  expect(await chain.intervene({ actId: 'u', act: 'undo', callId: call.id })).toMatchObject({
    outcome: { kind: 'unknown' },
  });
  for (const run of [2, 3]) {
    chain.suggest();
    await until(() => chain.state.run === run);
    expect([...chain.state.unresolved.keys()]).toEqual([`${call.id}.undo`]);
    await chain.resolve({ actId: `r${run}`, callId: `${call.id}.undo`, as: 'absent' });
  }
  await until(() => chain.state.unresolved.size === 0 && chain.state.undoable[0]?.undo === 'done');
  expect(undone).toHaveLength(3);
  expect(chain.state.items.at(-1)).toMatchObject({ kind: 'note', reason: 'undone' });
  await end(chain);
});
