/** Acts of people on the session as a whole, and on calls of children: they come to the first session, and take effect where the user is. */
import { Gate } from '../session/gate';
import { caught, eventually } from '../session/stage';
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
  talkTo,
  told,
  useCast,
} from './cast';
import { inspect } from './inspect';

useCast();
const ada = { by: 'ada' };

test('a pause holds the whole family still, and lets what runs finish', async () => {
  shut();
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'rent' }]));
  model.script('orders', calls(['ask_clerk', { task: 'pay' }]), says('Paid.'), says('More.'));
  model.script('clerk', calls(['pay', { what: 'rent' }]), says('paid'));
  const first = talk.send('m-1');
  await gate.reached();
  expect(await talk.session.pause({ ...ada, reason: 'a drill' })).toMatchObject({ status: 'waiting_for_human' });
  expect(await first).toMatchObject({ kind: 'waiting_for_human', pending: [{ kind: 'paused', by: 'ada' }] });
  for (const path of ['h1', 'h1/h1']) {
    await eventually(`${path} to hold still`, async () => (await talk.session.child(path).status()).paused);
  }
  gate.open();
  await eventually('the payment', () => (done.length === 1 ? true : undefined));
  await eventually('its outcome', async () => (await ends(talk, 'pay', 'h1/h1'))[0]);
  expect(await talk.session.pending()).toMatchObject([{ kind: 'paused' }]);
  expect(model.asked.filter(({ agent }) => agent === 'clerk')).toHaveLength(1);
  await talk.session.resume(ada);
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Paid.' });
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'More.' });
  await inspect(talk);
});

test('a child that is begun while the session is paused begins still', async () => {
  const thought = new Gate();
  const talk = talkTo();
  model.script('front', { calls: [['transfer_to_orders', { about: 'x' }]], after: thought });
  model.script('orders', says('Orders.'));
  const first = talk.send('m-1');
  await thought.reached();
  await talk.session.pause(ada);
  thought.open();
  expect(await first).toMatchObject({ kind: 'waiting_for_human' });
  await eventually('the answer of front', async () => (await told(talk)).length > 2 || undefined);
  expect(await talk.session.status()).not.toHaveProperty('children');
  await talk.session.resume(ada);
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Orders.' });
  await inspect(talk);
});

test('a person who takes over answers for the agent that has the user, which hears of it', async () => {
  const thought = new Gate();
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'), says('never heard', { after: thought }), says('Orders again.'));
  await talk.send('m-1');
  const second = talk.send('m-2');
  await thought.reached();
  await talk.session.takeOver(ada);
  expect(await second).toMatchObject({ kind: 'with_person', person: 'ada' });
  expect(await talk.send('m-3')).toMatchObject({ kind: 'with_person', person: 'ada' });
  await talk.session.speak('I am here.', ada);
  for (const id of ['m-2', 'm-3']) {
    expect(await talk.answer(id)).toMatchObject({ kind: 'reply', text: 'I am here.', by: 'ada' });
  }
  thought.open();
  await talk.session.handBack(ada);
  expect(await talk.send('m-4')).toMatchObject({ kind: 'reply', text: 'Orders again.' });
  expect(heard('orders')).toMatch(/While ada had this conversation, the user wrote: .*text of m-2.*text of m-3/);
  expect(heard('orders')).toMatch(/I am here\./);
  expect(heard('orders')).not.toMatch(/never heard/);
  expect(await told(talk)).not.toContain('orders: never heard');
  await inspect(talk);
});

test('a note is for whoever has the user', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'), says('I know.'));
  await talk.send('m-1');
  await talk.session.note('the customer is deaf', ada);
  expect(await talk.send('m-2')).toMatchObject({ text: 'I know.' });
  expect(heard('orders')).toMatch(/the customer is deaf/);
  await inspect(talk);
});

test('a call of a child that runs is cancelled alone', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_writer', { task: 'watch' }]), says('Never mind the pot.'));
  model.script('writer', calls(['watch', { what: 'pot' }]), says('nothing seen'));
  const first = talk.send('m-1');
  const watch = await callOf(talk, 'watch', 'h1');
  expect(await talk.session.cancelCall(`h1:${watch}`, { ...ada, reason: 'too slow' })).toMatchObject({
    kind: 'done',
    outcome: { kind: 'cancelled', message: 'the call was cancelled while it ran by ada: too slow' },
  });
  expect(await first).toMatchObject({ kind: 'reply', text: 'Never mind the pot.' });
  expect(await ends(talk, 'ask_writer')).toEqual(['succeeded: "nothing seen"']);
  await inspect(talk);
});

test('a call of a child is undone while the child is open, and after it closed, once', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]), says('Front.'));
  model.script('orders', calls(['pay', { what: 'rent' }], ['pay', { what: 'tax' }]), says('Paid.'));
  model.script('orders', handsBack());
  await talk.send('m-1');
  const [rent, tax] = (await talk.session.state()).state.done.map(({ callId }) => callId);
  expect(rent).toMatch(/^h1:/);
  expect(await talk.session.undo(rent ?? '', { ...ada, actId: 'u-1' })).toMatchObject({
    kind: 'done',
    outcome: { kind: 'succeeded' },
  });
  await eventually('the state to say so', async () =>
    (await talk.session.state()).state.done.find(({ callId, undone }) => callId === rent && undone) ? true : undefined,
  );
  expect(await talk.send('m-2')).toMatchObject({ text: 'Front.' });
  expect(await childrenOf(talk)).toEqual(['h1 orders closed handed_back']);
  // It is the first session's own by now.
  expect(await talk.session.undo(tax ?? '', ada)).toMatchObject({ kind: 'done', outcome: { kind: 'succeeded' } });
  expect((await caught(talk.session.undo(tax ?? '', ada))).message).toMatch(/undone already/);
  await caught(talk.session.undo(rent ?? '', ada));
  expect(done.slice(2)).toEqual([`unpay rent in ${talk.session.id}`, `unpay tax in ${talk.session.id}`]);
  expect((await talk.session.state()).state.done.map(({ undone }) => undone)).toEqual([true, true]);
  await inspect(talk);
});

test('the state is changed where the user is, and the first session knows of it', async () => {
  const talk = talkTo();
  model.script('front', says('Front.'), calls(['transfer_to_orders', { about: 'x' }]), says('Front again.'));
  model.script('orders', says('Orders.'), says('I see.'), handsBack());
  await talk.send('m-1');
  await talk.session.patchState({ own: { customer: 'ada' }, opened: ['call back'] }, ada);
  await talk.send('m-2');
  expect(heard('orders')).toMatch(/"customer":"ada"/);
  await talk.session.patchState({ own: { order: 'A-1' }, established: [{ text: 'it is raining' }], met: ['o1'] }, ada);
  expect(await talk.send('m-3')).toMatchObject({ text: 'I see.' });
  expect(heard('orders')).toMatch(/"order":"A-1"/);
  expect(heard('orders')).toMatch(/it is raining/);
  expect((await talk.session.state()).state).toMatchObject({ established: [{ id: 'h1.f1' }], owed: [] });
  const wrong = await caught(talk.session.patchState({ own: { order: 7 } }, ada));
  expect(wrong.message).toMatch(/nothing was changed: .*order/);
  expect((await caught(talk.session.patchState({ met: ['o9'] }, ada))).message).toMatch(/o9/);
  expect(await talk.send('m-4')).toMatchObject({ text: 'Front again.' });
  // What the other agent had of its own is back too.
  expect((await talk.session.state()).state.own).toEqual({ customer: 'ada', order: 'A-1' });
  await inspect(talk);
});

test('a stop with compensation undoes what the agent that has the user did in that turn, and no more', async () => {
  const talk = talkTo();
  model.script('front', calls(['pay', { what: 'first' }]), calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', calls(['pay', { what: 'second' }]), says('Orders.'));
  model.script('orders', calls(['pay', { what: 'third' }]), calls(['buy', { what: 'a boat' }]), says('Orders still.'));
  expect(await talk.send('m-1')).toMatchObject({ text: 'Orders.' });
  expect(await talk.send('m-2')).toMatchObject({ kind: 'waiting_for_human' });
  await talk.session.stop({ ...ada, onStop: 'compensate' });
  expect(await talk.answer('m-2')).toMatchObject({
    kind: 'stopped',
    session: 'open',
    message: expect.stringMatching(/undone: pay\(what=third\)/) as string,
  });
  expect(done.slice(3)).toEqual([`unpay third in ${talk.session.id}`]);
  expect(await talk.send('m-3')).toMatchObject({ kind: 'reply', text: 'Orders still.' });
  await inspect(talk);
});

test('a stop with compensation in the turn of a handoff undoes what both agents did in it', async () => {
  const talk = talkTo();
  model.script('front', calls(['pay', { what: 'first' }]), calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', calls(['pay', { what: 'second' }]), calls(['buy', { what: 'a boat' }]), says('Orders still.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'waiting_for_human' });
  await drop(talk, 'm-2');
  await talk.session.stop({ ...ada, onStop: 'compensate' });
  const stopped = await talk.answer('m-1');
  expect(stopped).toMatchObject({ kind: 'stopped', session: 'open' });
  expect(done.slice(2).toSorted()).toEqual([`unpay first in ${talk.session.id}`, `unpay second in ${talk.session.id}`]);
  expect(JSON.stringify(stopped)).toMatch(/pay\(what=first\)/);
  expect(JSON.stringify(stopped)).toMatch(/pay\(what=second\)/);
  expect(await talk.answer('m-2')).toMatchObject({ kind: 'reply', text: 'Orders still.' });
  await inspect(talk);
});
