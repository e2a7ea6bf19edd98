/** The user is handed from agent to agent; the first session stays the one address. */
import { eventually } from '../session/stage';
import {
  calls,
  childrenOf,
  done,
  drop,
  ends,
  gate,
  heard,
  lastAsked,
  model,
  says,
  shut,
  stage,
  talkTo,
  told,
  useCast,
} from './cast';
import { inspect } from './inspect';

useCast();

test('two transfers and a hand back: one address, each agent has what it needs, the chain is flat', async () => {
  const talk = talkTo();
  model.script(
    'front',
    calls(['look', { what: 'lamp' }]),
    calls(['update_state', { established: [{ text: 'the lamp is broken' }], opened: ['say when it is repaired'] }]),
    calls(['transfer_to_orders', { about: 'a broken lamp' }]),
  );
  model.script(
    'orders',
    says('Orders here.'),
    calls(['pay', { what: 'lamp' }]),
    calls(['transfer_to_refunds', { about: 'a refund for the lamp' }]),
    says('Orders has you again.'),
  );
  model.script('refunds', says('Refunds here.'), calls(['hand_back', { reason: 'done', request: 'see to it' }]));

  expect(await talk.send('m-1', 'My lamp is broken.')).toEqual({
    kind: 'reply',
    messageId: 'm-1',
    turn: 1,
    text: 'Orders here.',
  });
  expect((await talk.session.status()).active).toEqual({ agent: 'orders', child: 'h1' });
  // What the first agent knew is before the second one, and not what was said.
  expect(heard('orders')).toMatch(/say when it is repaired/);
  expect(heard('orders')).toMatch(/"about":"a broken lamp"/);
  expect(heard('orders')).toMatch(/owner of lamp/);
  expect(lastAsked('orders').messages.filter(({ role }) => role === 'assistant')).toEqual([]);
  expect(lastAsked('orders').tools).toEqual(
    expect.arrayContaining(['transfer_to_refunds', 'hand_back', 'update_state']),
  );

  expect(await talk.send('m-2', 'Pay for it.')).toMatchObject({ kind: 'reply', turn: 2, text: 'Refunds here.' });
  expect((await talk.session.status()).active).toEqual({ agent: 'refunds', child: 'h2' });
  expect(heard('refunds')).toMatch(/pay of orders/);
  expect(await childrenOf(talk)).toEqual(['h1 orders closed handed_over', 'h2 refunds open']);

  // Back to the agent before: a new child, which knows all that happened.
  expect(await talk.send('m-3', 'Thanks.')).toMatchObject({ kind: 'reply', turn: 3, text: 'Orders has you again.' });
  expect((await talk.session.status()).active).toEqual({ agent: 'orders', child: 'h3' });
  expect(heard('orders')).toMatch(/taken this conversation over from refunds/);
  expect(await childrenOf(talk)).toEqual([
    'h1 orders closed handed_over',
    'h2 refunds closed handed_over',
    'h3 orders open',
  ]);

  // Tools know one session, whoever runs them.
  expect(done).toEqual([`pay lamp in ${talk.session.id}`]);
  const { state } = await talk.session.state();
  expect(state).toMatchObject({
    own: { customer: 'owner of lamp' },
    wanted: 'My lamp is broken.',
    established: [{ id: 'f1' }, { id: 'f2', text: 'the lamp is broken' }],
    done: [{ callId: expect.stringMatching(/^h1:/) as string, agent: 'orders', tool: 'pay' }],
    owed: [{ id: 'o1', text: 'say when it is repaired', by: 'front' }],
  });
  expect(await told(talk)).toEqual([
    'user: My lamp is broken.',
    'front calls: look',
    'state: tool',
    'outcome: look succeeded',
    'front calls: update_state',
    'state: model',
    'outcome: update_state succeeded',
    'front calls: transfer_to_orders',
    'state: engine',
    'record: handoff',
    'outcome: transfer_to_orders succeeded',
    'orders: Orders here.',
    'user: Pay for it.',
    'state: handoff',
    'record: handoff',
    'refunds: Refunds here.',
    'user: Thanks.',
    'record: handoff',
    'orders: Orders has you again.',
  ]);
  expect(await told(talk, 'h1')).toEqual([
    'state: handoff',
    'model: handoff',
    'user: My lamp is broken.',
    'orders: Orders here.',
    'user: Pay for it.',
    'orders calls: pay',
    'state: engine',
    'outcome: pay succeeded',
    'orders calls: transfer_to_refunds',
    'outcome: transfer_to_refunds succeeded',
  ]);
  const runs = await inspect(talk);
  // What a dead worker had in hand is given to another one as soon everywhere.
  const started = runs.map(({ history }) => history.events?.[0]?.workflowExecutionStartedEventAttributes);
  expect(started.map((event) => event?.workflowTaskTimeout?.seconds?.toString())).toEqual(started.map(() => '5'));
  // Flat: each is a child of the first session.
  expect(new Set(runs.map(({ workflowId }) => workflowId.slice(talk.session.id.length)))).toEqual(
    new Set(['', '/h1', '/h2', '/h3']),
  );
});

test('control comes back to the first agent: by hand_back and by its name, and the turn goes on there', async () => {
  const talk = talkTo();
  model.script(
    'front',
    calls(['transfer_to_orders', { about: 'a' }]),
    says('Front has you.'),
    calls(['transfer_to_orders', { about: 'b' }]),
    says('Front has you once more.'),
    says('Still front.'),
  );
  model.script(
    'orders',
    says('Orders.'),
    calls(['update_state', { opened: ['call back'] }], ['hand_back', { reason: 'r', request: 'q' }]),
  );
  model.script('orders', says('Orders again.'), calls(['transfer_to_front', { about: 'c' }]));
  expect(await talk.send('m-1')).toMatchObject({ text: 'Orders.' });
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', turn: 2, text: 'Front has you.' });
  expect(await talk.session.status()).not.toHaveProperty('active');
  // What the child had taken on is the first agent's.
  expect(heard('front')).toMatch(/h1\.o1: "call back" \(by front/);
  expect(heard('front')).toMatch(/handed it back to you/);
  expect(await talk.send('m-3')).toMatchObject({ text: 'Orders again.' });
  expect(await talk.send('m-4')).toMatchObject({ turn: 4, text: 'Front has you once more.' });
  expect(await talk.send('m-5')).toMatchObject({ turn: 5, text: 'Still front.' });
  expect(await childrenOf(talk)).toEqual(['h1 orders closed handed_back', 'h2 orders closed handed_back']);
  await inspect(talk);
});

test('keys of a child begin with its own part, and activities know the first session', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'a' }]));
  model.script('orders', calls(['ship', { what: 'lamp' }]), calls(['ask_clerk', { task: 'ship' }]), says('Shipped.'));
  model.script('clerk', calls(['ship', { what: 'shade' }]), says('done'));
  expect(await talk.send('m-1')).toMatchObject({ text: 'Shipped.' });
  const { keyNamespace } = await talk.session.status();
  expect(keyNamespace).toBe(await talk.session.firstRunId());
  expect((await talk.session.child('h1').status()).keyNamespace).toBe(`${keyNamespace}/h1`);
  expect((await talk.session.child('h1').status()).childOf).toEqual({
    root: talk.session.id,
    path: 'h1',
    from: 'front',
  });
  expect(await talk.session.child('h1/h1').status()).toMatchObject({
    keyNamespace: `${keyNamespace}/h1/h1`,
    childOf: { root: talk.session.id, path: 'h1/h1', from: 'orders' },
  });
  const call = await ends(talk, 'ship', 'h1');
  expect(call).toEqual(['succeeded: {"shipped":"lamp"}']);
  expect(done[0]).toMatch(new RegExp(`^ship lamp under ${keyNamespace}/h1/t1\\.s1\\.c1-[0-9a-f]{8}$`));
  expect(done[1]).toMatch(new RegExp(`^ship shade under ${keyNamespace}/h1/h1/t1\\.s1\\.c1-[0-9a-f]{8}$`));
  await inspect(talk);
});

test('messages that come while another agent has the turn are answered in order, by whoever has the user then', async () => {
  shut();
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'a' }]), says('Front on m-2.'), says('Front on m-3.'));
  model.script('orders', calls(['pay', { what: 'x' }]), says('Paid.'), calls(['transfer_to_front', { about: 'm-2' }]));
  const first = talk.send('m-1');
  await gate.reached();
  await drop(talk, 'm-2');
  await drop(talk, 'm-3');
  expect(await talk.session.status()).toMatchObject({ queued: 2, active: { agent: 'orders' } });
  gate.open();
  expect(await first).toMatchObject({ turn: 1, text: 'Paid.' });
  expect(await talk.answer('m-2')).toMatchObject({ turn: 2, text: 'Front on m-2.' });
  expect(await talk.answer('m-3')).toMatchObject({ turn: 3, text: 'Front on m-3.' });
  expect((await talk.session.child('h1').status()).turn).toBe(2);
  expect(done).toHaveLength(1);
  await inspect(talk);
});

test('a task that is handed over ends with the answer of whoever gives it', async () => {
  const talk = talkTo('front', { mode: 'task' });
  model.script('front', calls(['transfer_to_orders', { about: 'a' }]));
  model.script('orders', calls(['transfer_to_refunds', { about: 'b' }]));
  model.script('refunds', says('Done for you.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Done for you.' });
  expect(await talk.session.result()).toMatchObject({
    status: 'completed',
    reason: 'task_done',
    answer: 'Done for you.',
    turns: 1,
  });
  await inspect(talk);
  expect(await childrenOf(talk)).toEqual(['h1 orders closed handed_over', 'h2 refunds closed ended']);
});

test('whoever hands over does it last, and once', async () => {
  const talk = talkTo();
  model.script(
    'front',
    calls(
      ['transfer_to_orders', { about: 'a' }],
      ['pay', { what: 'lamp' }],
      ['transfer_to_strict', { about: 'b' }],
      ['update_state', { wanted: 'a lamp' }],
    ),
  );
  model.script('orders', says('Orders.'));
  expect(await talk.send('m-1')).toMatchObject({ text: 'Orders.' });
  expect(heard('orders')).toMatch(/pay of front/);
  expect(heard('orders')).toMatch(/The user wants: "a lamp"/);
  expect((await ends(talk, 'transfer_to_strict'))[0]).toMatch(/^rejected: .*handed over one at a time/);
  expect(await childrenOf(talk)).toEqual(['h1 orders open']);
  await inspect(talk);
});

test('only the first session is listed, and says with whom the user is', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'a' }]));
  model.script('orders', says('Orders.'));
  await talk.send('m-1');
  const mine = await eventually('the list', async () => {
    const found = (await stage.client.listSessions()).filter(({ sessionId }) => sessionId.startsWith(talk.session.id));
    return found.length > 0 ? found : undefined;
  });
  expect(mine).toMatchObject([{ sessionId: talk.session.id, agent: 'front' }]);
  await inspect(talk);
});
