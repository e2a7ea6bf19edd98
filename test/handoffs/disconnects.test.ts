/** Clients that die, and sessions that are ended from outside, in the middle of a handoff: the other side comes to rest, and says so. */
import { Gate } from '../session/gate';
import { eventually, PATIENCE_MS } from '../session/stage';
import {
  calls,
  callOf,
  childrenOf,
  done,
  drop,
  ends,
  gate,
  handsBack,
  heard,
  model,
  says,
  shut,
  stage,
  talkTo,
  told,
  useCast,
  type Talk,
} from './cast';
import { inspect } from './inspect';

useCast();

/** The workflow of a child, or of the first session, as the Web UI has it. */
function outside({ session }: Talk, path = '') {
  return stage.temporal.workflow.getHandle(path === '' ? session.id : `${session.id}/${path}`);
}

test('the client dies while another agent takes over: the answer is there for the same message, and the next goes to who has the user', async () => {
  const thought = new Gate();
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.', { after: thought }), says('Orders again.'));
  const dying = await stage.connect();
  const message = { sessionId: talk.session.id, agent: 'front', text: 'text of m-1', messageId: 'm-1' };
  const lost = dying.send(message, { timeoutMs: PATIENCE_MS }).catch((error: unknown) => error);
  await thought.reached();
  await dying.close();
  expect(await lost).toBeInstanceOf(Error);
  // Before the answer: whoever comes back waits for it, and nothing is done twice.
  const again = talk.send('m-1');
  thought.open();
  expect(await again).toMatchObject({ kind: 'reply', turn: 1, text: 'Orders.' });
  // After it: it is given at once.
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', turn: 1, text: 'Orders.' });
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', turn: 2, text: 'Orders again.' });
  expect(model.asked.map(({ agent }) => agent)).toEqual(['front', 'orders', 'orders']);
  await inspect(talk);
});

test.each([
  ['terminated', (talk: Talk) => outside(talk, 'h1').terminate('by hand')],
  ['cancelled', (talk: Talk) => outside(talk, 'h1').cancel()],
] as const)(
  'an idle agent is %s from outside: the first agent has the user again, and what is owed',
  async (how, act) => {
    const talk = talkTo();
    model.script('front', calls(['transfer_to_orders', { about: 'x' }]), says('Front.'), says('Front still.'));
    model.script('orders', calls(['update_state', { opened: ['call back'] }]), says('Orders.'));
    await talk.send('m-1');
    await act(talk);
    await eventually('its end', async () =>
      (await childrenOf(talk))[0] === `h1 orders closed ${how}` ? true : undefined,
    );
    expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', turn: 2, text: 'Front.' });
    expect(heard('front')).toMatch(new RegExp(`The session of orders.* is over \\(${how}`));
    expect(heard('front')).toMatch(/h1\.o1: "call back" \(by front/);
    expect(await talk.session.status()).not.toHaveProperty('active');
    expect(await talk.send('m-3')).toMatchObject({ text: 'Front still.' });
    await inspect(talk, how === 'terminated' ? { cutOff: true } : {});
  },
);

test.each([
  ['terminated', (talk: Talk) => outside(talk, 'h1').terminate('by hand')],
  ['cancelled', (talk: Talk) => outside(talk, 'h1').cancel()],
  ['ended', (talk: Talk) => outside(talk, 'h1').signal('intervention', { actId: 'x', act: 'end', by: 'mallory' })],
] as const)(
  'an agent is %s from outside while its turn runs: the message is answered by the first agent',
  async (how, act) => {
    shut();
    const talk = talkTo();
    model.script('front', calls(['transfer_to_orders', { about: 'x' }]), says('Front sees to it.'));
    model.script('orders', calls(['pay', { what: 'rent' }]));
    const first = talk.send('m-1');
    await gate.reached();
    await drop(talk, 'm-2');
    model.script('front', says('And to that.'));
    await act(talk);
    gate.open();
    expect(await first).toMatchObject({ kind: 'reply', turn: 1, text: 'Front sees to it.' });
    expect(heard('front')).toMatch(/look before you repeat anything/);
    expect(await talk.answer('m-2')).toMatchObject({ kind: 'reply', turn: 2, text: 'And to that.' });
    expect((await childrenOf(talk))[0]).toBe(`h1 orders closed ${how}`);
    if (how !== 'terminated') expect((await talk.session.state()).state.done).toMatchObject([{ tool: 'pay' }]);
    await inspect(talk, how === 'terminated' ? { cutOff: true } : {});
  },
);

test.each([
  [
    'terminated',
    (talk: Talk) => outside(talk, 'h1').terminate('by hand'),
    /^failed: the session of writer was ended from outside \(terminated\)/,
  ],
  ['cancelled', (talk: Talk) => outside(talk, 'h1').cancel(), /^cancelled: writer/],
] as const)(
  'a delegate is %s from outside: the call that asked has its outcome, and the others theirs',
  async (how, act, outcome) => {
    const talk = talkTo();
    const thought = new Gate();
    model.script('front', calls(['ask_writer', { task: 'a' }], ['ask_lookout', { task: 'b' }]), says('One of two.'));
    model.script('writer', calls(['watch', { what: 'pot' }]));
    model.script('lookout', says('seen', { after: thought }));
    const first = talk.send('m-1');
    await callOf(talk, 'watch', 'h1');
    await thought.reached();
    await act(talk);
    await eventually('its end', async () =>
      (await childrenOf(talk))[0] === `h1 writer closed ${how}` ? true : undefined,
    );
    thought.open();
    expect(await first).toMatchObject({ kind: 'reply', text: 'One of two.' });
    expect((await ends(talk, 'ask_writer'))[0]).toMatch(outcome);
    expect(await ends(talk, 'ask_lookout')).toEqual(['succeeded: "seen"']);
    await inspect(talk, how === 'terminated' ? { cutOff: true } : {});
  },
);

test.each([
  ['terminated', (talk: Talk) => outside(talk).terminate('by hand')],
  ['cancelled', (talk: Talk) => outside(talk).cancel()],
] as const)(
  'a first session that is %s takes an agent that has the user with it, idle or at work',
  async (how, act) => {
    shut();
    const idle = talkTo();
    model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
    model.script('orders', says('Orders.'));
    await idle.send('m-1');
    const busy = talkTo();
    model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
    model.script('orders', calls(['pay', { what: 'rent' }]));
    const first = busy.send('m-1').catch((error: unknown) => error);
    await gate.reached();
    await act(idle);
    await act(busy);
    gate.open();
    await first;
    for (const talk of [idle, busy]) await inspect(talk, how === 'terminated' ? { cutOff: true } : {});
    expect(done).toEqual([`pay rent in ${busy.session.id}`]);
    expect(await ends(busy, 'pay', 'h1')).toEqual(['succeeded: {"paid":"rent"}']);
    expect(await busy.session.child('h1').status()).toMatchObject({ status: 'cancelled' });
  },
);

test.each([
  ['terminated', (talk: Talk) => outside(talk).terminate('by hand')],
  ['cancelled', (talk: Talk) => outside(talk).cancel()],
  ['ended', (talk: Talk) => talk.session.end({ by: 'ada' })],
] as const)(
  'a session that is %s while five delegates act takes all of them with it, and each effect is known',
  async (how, act) => {
    shut();
    const talk = talkTo();
    const asks = [1, 2, 3, 4, 5].map((task) => ['ask_clerk', { task: `${task}` }] as const);
    model.script('front', calls(...asks));
    model.script('clerk', ...[1, 2, 3, 4].map((bill) => calls(['pay', { what: `bill ${bill}` }])));
    model.script('clerk', calls(['watch', { what: 'pot' }]));
    const first = talk.send('m-1').catch((error: unknown) => error);
    await eventually('all at work', async () => {
      const kinds = await Promise.all(
        [1, 2, 3, 4, 5].map(async (child) => (await talk.session.child(`h${child}`).status()).recent.at(-1)?.kind),
      );
      return kinds.every((kind) => kind === 'tool') ? true : undefined;
    });
    await act(talk);
    gate.open();
    await first;
    await inspect(talk, how === 'terminated' ? { cutOff: true } : {});
    expect(done.toSorted()).toEqual([1, 2, 3, 4].map((bill) => `pay bill ${bill} in ${talk.session.id}`));
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map((child) => ends(talk, 'pay', `h${child}`)));
    expect(outcomes.flat().filter((end) => end.startsWith('succeeded'))).toHaveLength(4);
    if (how !== 'terminated') expect((await talk.session.state()).state.done).toHaveLength(4);
  },
);

test('a handoff that its client never hears of is carried out once, and handed back', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]), says('Front.'));
  model.script('orders', handsBack());
  const dying = await stage.connect();
  const message = { sessionId: talk.session.id, agent: 'front', text: 'text of m-1', messageId: 'm-1' };
  const lost = dying.send(message, { timeoutMs: PATIENCE_MS }).catch((error: unknown) => error);
  await eventually('it to be taken in', () => (model.asked.length > 0 ? true : undefined));
  await dying.close();
  await lost;
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Front.' });
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Front.' });
  expect((await told(talk)).filter((line) => line.startsWith('user'))).toHaveLength(1);
  await inspect(talk);
});
