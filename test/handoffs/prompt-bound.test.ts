/** An agent that takes over is told what it has to know, within a bound, however long the session was before. */
import { countTokens } from 'gpt-tokenizer';
import { STATE_TOKENS } from '../../agents/policies';
import { calls, lastAsked, model, says, talkTo, useCast, type Talk } from './cast';
import { inspect } from './inspect';

useCast();

const STEPS = 300;
/** All of them are one turn. */
const PATIENCE_MS = 120_000;
const OWED = 'call the customer back on Friday';

/** What an agent's last request holds of words, and how many of its tokens are the state's. */
function sizeOf(agent: string): { readonly whole: number; readonly state: number; readonly text: string } {
  const { messages } = lastAsked(agent);
  const tokens = messages.map(({ content }) => countTokens(content ?? ''));
  const { role, content } = messages.at(-1) ?? {};
  expect(role).toBe('system');
  return { whole: tokens.reduce((sum, each) => sum + each, 0), state: tokens.at(-1) ?? 0, text: content ?? '' };
}

/** As many steps as are wanted: facts, effects, and first of all something that is owed. */
async function work(steps: number): Promise<Talk> {
  const limits = { turn: { steps: STEPS + 20, toolFailures: 1_000 }, onLimit: 'stop' };
  const talk = talkTo('front', { limits }, PATIENCE_MS);
  const step = (index: number) => {
    if (index === 0) return calls(['update_state', { opened: [OWED] }]);
    const what = `item ${index} of the order that was placed in spring`;
    return index % 3 === 0 ? calls(['pay', { what }]) : calls(['look', { what }]);
  };
  model.script('front', ...Array.from({ length: steps }, (_, index) => step(index)));
  model.script('front', calls(['ask_clerk', { task: 'sum up' }]), calls(['transfer_to_orders', { about: 'the rest' }]));
  model.script('clerk', says('All is well.'));
  model.script('orders', says('Orders here.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Orders here.' });
  return talk;
}

test('after 300 steps the prompt of the agent that takes over is as small as its bounds say', async () => {
  const short = await work(1);
  const [little, asked] = [sizeOf('orders'), sizeOf('clerk')];
  await inspect(short);
  model.clear();
  const long = await work(STEPS);
  for (const [agent, before] of [['orders', little] as const, ['clerk', asked] as const]) {
    const { whole, state, text } = sizeOf(agent);
    expect(state).toBeLessThanOrEqual(STATE_TOKENS);
    // Nothing but the state is larger than in a session that has just begun.
    expect(whole - state).toBe(before.whole - before.state);
    // What is owed is older than all else, and is there; of the rest the newest is, and what is not there is counted.
    expect(text).toContain(OWED);
    expect(text).toContain(`item ${STEPS - 1} of`);
    expect(text).not.toContain('item 1 of');
    expect(text).toMatch(/Left out, since there is no room for it: \d+ facts, \d+ done\./);
  }
  const { state } = await long.session.state();
  expect(state.established).toHaveLength(200);
  await inspect(long);
}, 240_000);
