/** Handoffs that come to nothing: whoever wanted to hand over keeps the session, which is as it was, and is told in words. */
import path from 'node:path';
import { defineAgent } from '../../agents';
import { createWorker } from '../../worker/create-worker';
import { caught, PATIENCE_MS } from '../session/stage';
import { calls, childrenOf, ends, heard, lastAsked, model, says, stage, talkTo, useCast, type Talk } from './cast';
import { ELSEWHERE } from './cast-agents';
import { inspect } from './inspect';

useCast();

/** The first agent has the user, nothing was handed over, and the next message is for it. */
async function keepsIt(talk: Talk, words: RegExp, tool = 'transfer_to_orders'): Promise<void> {
  model.script('front', says('I have you still.'));
  expect((await ends(talk, tool)).at(-1)).toMatch(words);
  expect(await talk.session.status()).not.toHaveProperty('active');
  expect(await talk.send('m-next')).toMatchObject({ kind: 'reply', text: 'I have you still.' });
  await inspect(talk);
}

test('a target that the state does not fit is not begun where that is known', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_strict', { about: 'x' }]), says('Not them, then.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Not them, then.' });
  expect(await talk.session.status()).not.toHaveProperty('children');
  await keepsIt(talk, /^rejected: .*does not fit it: .*customer/, 'transfer_to_strict');
});

test('a child that is refused goes on where it was', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', calls(['transfer_to_refunds', { about: 'y' }]));
  model.script(
    'refunds',
    says('Refunds.'),
    calls(['transfer_to_strict', { about: 'z' }]),
    says('They will not have you.'),
    says('Next.'),
  );
  expect(await talk.send('m-1')).toMatchObject({ text: 'Refunds.' });
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'They will not have you.' });
  expect((await talk.session.status()).active).toEqual({ agent: 'refunds', child: 'h2' });
  expect((await ends(talk, 'transfer_to_strict', 'h2'))[0]).toMatch(/^rejected: .*customer/);
  expect(await talk.send('m-3')).toMatchObject({ text: 'Next.' });
  await inspect(talk);
});

test('a target without workers is waited for so long, and no longer', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_far', { about: 'x' }]), says('Nobody there.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Nobody there.' });
  expect(await childrenOf(talk)).toEqual(['h1 far closed not_started']);
  expect((await ends(talk, 'transfer_to_far'))[0]).toMatch(
    /^failed: far did not take over, and you still have the conversation: nobody on the task queue nobody-is-here took it on within 2 s/,
  );
  // Nobody is there to take the cancel either.
  await stage.temporal.workflow.getHandle(`${talk.session.id}/h1`).terminate('the test');
  await inspect(talk, { cutOff: true });
});

test('a child’s id that another workflow has: nobody is begun, and the sender goes on', async () => {
  const talk = talkTo();
  await stage.temporal.workflow.start('agentSession', {
    workflowId: `${talk.session.id}/h1`,
    taskQueue: stage.taskQueue,
    args: [{ v: 1, agent: 'writer' }],
  });
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]), says('I stay.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'I stay.' });
  expect(await childrenOf(talk)).toEqual(['h1 orders closed not_started']);
  expect((await ends(talk, 'transfer_to_orders'))[0]).toMatch(/^failed: orders did not take over/);
  // The next one has another id.
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'));
  expect(await talk.send('m-2')).toMatchObject({ text: 'Orders.' });
  expect((await talk.session.status()).active).toEqual({ agent: 'orders', child: 'h2' });
  await stage.temporal.workflow.getHandle(`${talk.session.id}/h1`).terminate('the test');
  await inspect(talk);
});

test('a target whose model cannot answer does not take over', async () => {
  const talk = talkTo();
  model.script(
    'front',
    calls(['look', { what: 'lamp' }]),
    calls(['transfer_to_orders', { about: 'x' }]),
    says('Not now.'),
  );
  model.script('orders', { status: 400, message: 'no such model' });
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Not now.' });
  await keepsIt(talk, /^failed: orders did not take over, and you still have the conversation: .*no such model/);
});

// Whoever is not known may yet appear, and is waited for: both wait at the same time, each with a first agent of its own.
test('an agent that nobody knows is handed over to in vain, and asked in vain', async () => {
  const { address, folder } = stage;
  const ledgerUrl = path.join(folder, 'elsewhere.sqlite');
  const agents = [defineAgent({ name: 'hermit', instructions: 'You are hermit.', model: 'gpt-5-mini' })];
  const worker = await createWorker({ agents, address, taskQueue: ELSEWHERE, ledgerUrl, profile: 'dev' });
  const running = worker.run();
  const inVain = async (agent: string, tool: string, args: object, words: RegExp) => {
    const talk = talkTo(agent);
    model.script(agent, calls([tool, args]), says('There is nobody.'), says('I am here.'));
    expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'There is nobody.' });
    expect((await ends(talk, tool))[0]).toMatch(words);
    expect(await childrenOf(talk)).toEqual(['h1 ghost closed refused']);
    expect(await talk.send('m-2')).toMatchObject({ text: 'I am here.' });
    return talk;
  };
  const talks = await Promise.all([
    inVain(
      'hopeful',
      'transfer_to_ghost',
      { about: 'x' },
      /^failed: ghost did not take over, and you still have the conversation: .*no agent named/,
    ),
    inVain('trusting', 'ask_ghost', { task: 'x' }, /^failed: ghost did not take this on: .*no agent named/),
  ]);
  for (const talk of talks) await inspect(talk);
  worker.shutdown();
  await running;
});

test('a brief that does not fit is refused, and nothing is begun', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 7, what: [] }]), says('Sorry.'));
  expect(await talk.send('m-1')).toMatchObject({ text: 'Sorry.' });
  expect(await talk.session.status()).not.toHaveProperty('children');
  await keepsIt(talk, /^rejected: /);
});

test('tools that were not granted are not listed, do not run, and cannot be handed on', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_narrow', { about: 'x' }]));
  model.script(
    'narrow',
    calls(['pay', { what: 'rent' }], ['look', { what: 'lamp' }]),
    calls(['transfer_to_refunds', { about: 'may pay' }]),
    calls(['transfer_to_orders', { about: 'not listed' }]),
    calls(['ask_clerk', { task: 'may pay too' }]),
    calls(['ask_writer', { task: 'not listed' }]),
    says('Nothing of that.'),
  );
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Nothing of that.' });
  expect(lastAsked('narrow').tools.toSorted()).toEqual([
    'ask_clerk',
    'hand_back',
    'look',
    'transfer_to_refunds',
    'update_state',
  ]);
  expect((await ends(talk, 'pay', 'h1'))[0]).toMatch(/^rejected: pay is not granted/);
  expect((await ends(talk, 'look', 'h1'))[0]).toMatch(/^succeeded/);
  expect((await ends(talk, 'transfer_to_refunds', 'h1'))[0]).toMatch(/^rejected: .*would (give|widen)/);
  expect((await ends(talk, 'transfer_to_orders', 'h1'))[0]).toMatch(/^rejected: transfer_to_orders is not granted/);
  expect((await ends(talk, 'ask_clerk', 'h1'))[0]).toMatch(/^rejected: .*would (give|widen)/);
  expect((await ends(talk, 'ask_writer', 'h1'))[0]).toMatch(/^rejected: ask_writer is not granted/);
  expect(await childrenOf(talk)).toEqual(['h1 narrow open']);
  await inspect(talk);
});

test('grants shrink on the way to whoever comes after', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_lookout', { task: 'look' }]), says('Seen.'));
  model.script('lookout', calls(['pay', { what: 'rent' }]), says('I may not.'));
  expect(await talk.send('m-1')).toMatchObject({ text: 'Seen.' });
  expect(lastAsked('lookout').tools).not.toContain('pay');
  expect((await ends(talk, 'pay', 'h1'))[0]).toMatch(/^rejected: pay is not granted/);
  await inspect(talk);
});

test('a change of the state that does not parse changes nothing: of the model, of a tool, of a person', async () => {
  const talk = talkTo();
  model.script(
    'front',
    calls(['update_state', { own: { customer: 'ada' }, established: [{ text: 'it rains' }] }]),
    calls(
      ['update_state', { own: { customer: 7 } }],
      ['update_state', { own: { color: 'red' } }],
      ['update_state', { met: ['o9'], wanted: 'never taken' }],
      ['update_state', { established: 'everything' }],
      ['spoil', { what: 'it' }],
    ),
    says('I tried.'),
  );
  expect(await talk.send('m-1')).toMatchObject({ text: 'I tried.' });
  const { state } = await talk.session.state();
  expect(state).toMatchObject({ own: { customer: 'ada' }, established: [{ id: 'f1' }], owed: [] });
  expect(state).not.toHaveProperty('wanted');
  const refused = (await ends(talk, 'update_state')).filter((end) => end.startsWith('rejected'));
  expect(refused).toHaveLength(4);
  expect(refused[0]).toMatch(/customer/);
  expect(refused[1]).toMatch(/color/);
  expect(refused[2]).toMatch(/o9/);
  expect(heard('front')).toMatch(/customer/);
  expect((await ends(talk, 'spoil'))[0]).toMatch(/^(succeeded|failed)/);
  for (const patch of [{ own: { customer: 7 } }, { own: { color: 'red' } }, { refuted: ['f9'] }]) {
    expect((await caught(talk.session.patchState(patch as never, { by: 'ada' }))).message).toMatch(/customer|color|f9/);
  }
  expect((await talk.session.state()).state).toEqual(state);
  await inspect(talk);
});

test('two children of one name at two sessions have nothing to do with one another', async () => {
  const [one, two] = [talkTo(), talkTo()];
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders for one.'));
  await one.send('m-1');
  // A child is no address of anybody.
  const child = one.session.child('h1');
  expect((await caught(child.send('hello'))).message).toMatch(/is a child, which is only read/);
  expect((await caught(child.end({ by: 'mallory' }))).message).toMatch(/is a child/);
  model.script('front', says('Front for two.'));
  expect(await two.send('m-1')).toMatchObject({ text: 'Front for two.' });
  await inspect(two);
  expect((await one.session.status({ timeoutMs: PATIENCE_MS })).active).toEqual({ agent: 'orders', child: 'h1' });
  await inspect(one);
});
