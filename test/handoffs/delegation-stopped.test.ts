/** What is stopped at the top stops below: effects in flight finish, each call has its outcome, and nobody works on. */
import { Gate } from '../session/gate';
import { calls, callOf, childrenOf, done, ends, gate, heard, model, says, shut, talkTo, useCast, waits } from './cast';
import { inspect } from './inspect';

useCast();

test('a turn that is stopped stops its delegates: effects finish, what had not begun does not begin', async () => {
  shut();
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: 'pay' }], ['ask_writer', { task: 'watch' }]), says('Next turn.'));
  model.script('clerk', calls(['pay', { what: 'rent' }], ['ask_clerk', { task: 'deeper' }]));
  model.script('clerk', calls(['pay', { what: 'tax' }]));
  model.script('writer', calls(['watch', { what: 'pot' }]));
  const first = talk.send('m-1');
  await callOf(talk, 'pay', 'h1/h1');
  await callOf(talk, 'watch', 'h2');
  await gate.reached();
  await talk.session.stop({ by: 'ada', reason: 'enough' });
  gate.open();
  expect(await first).toMatchObject({ kind: 'stopped', reason: 'stopped_by_person', session: 'open' });
  expect(done.toSorted()).toEqual([`pay rent in ${talk.session.id}`, `pay tax in ${talk.session.id}`]);
  expect((await ends(talk, 'ask_clerk'))[0]).toMatch(/^cancelled: clerk was told to stop/);
  expect((await ends(talk, 'ask_writer'))[0]).toMatch(/^cancelled: writer was told to stop/);
  expect(await ends(talk, 'pay', 'h1')).toEqual(['succeeded: {"paid":"rent"}']);
  expect((await ends(talk, 'ask_clerk', 'h1'))[0]).toMatch(/^cancelled: /);
  expect(await ends(talk, 'pay', 'h1/h1')).toEqual(['succeeded: {"paid":"tax"}']);
  expect((await ends(talk, 'watch', 'h2'))[0]).toMatch(/^cancelled: /);
  expect(await childrenOf(talk)).toEqual(['h1 clerk closed cancelled', 'h2 writer closed cancelled']);
  // What they did is known all the same.
  expect((await talk.session.state()).state.done.map(({ callId }) => callId.split(':')[0])).toEqual(
    expect.arrayContaining(['h1', 'h1/h1']),
  );
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', turn: 2, text: 'Next turn.' });
  expect(heard('front')).toMatch(/This turn was not finished/);
  await inspect(talk);
});

test.each([
  ['ended', 'ended', { kind: 'ended', status: 'completed' }],
  ['cancelled', 'cancelled', { kind: 'ended', status: 'cancelled' }],
] as const)('a session that is %s while delegates work takes them with it', async (how, _, answer) => {
  shut();
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: 'pay' }], ['ask_writer', { task: 'watch' }]));
  model.script('clerk', calls(['pay', { what: 'rent' }]));
  model.script('writer', calls(['watch', { what: 'pot' }]));
  const first = talk.send('m-1');
  await gate.reached();
  await callOf(talk, 'pay', 'h1');
  await callOf(talk, 'watch', 'h2');
  await (how === 'ended' ? talk.session.end({ by: 'ada' }) : talk.session.cancel());
  gate.open();
  expect(await first).toMatchObject(answer);
  await inspect(talk);
  expect(done).toEqual([`pay rent in ${talk.session.id}`]);
  expect((await ends(talk, 'ask_clerk'))[0]).toMatch(/^cancelled/);
  expect(await ends(talk, 'pay', 'h1')).toEqual(['succeeded: {"paid":"rent"}']);
  expect(await childrenOf(talk)).toEqual(['h1 clerk closed cancelled', 'h2 writer closed cancelled']);
});

test('a delegate is stopped in its model call, and before it began', async () => {
  const thought = new Gate();
  const talk = talkTo();
  model.script('front', calls(['ask_writer', { task: 'think' }]), says('Go on.'));
  model.script('writer', says('never heard', { after: thought }));
  const first = talk.send('m-1');
  await thought.reached();
  await talk.session.stop({ by: 'ada' });
  expect(await first).toMatchObject({ kind: 'stopped' });
  thought.open();
  expect((await ends(talk, 'ask_writer'))[0]).toMatch(/^cancelled/);
  expect(await talk.send('m-2')).toMatchObject({ text: 'Go on.' });
  // An answer that was broken off is in no bill but by its estimate, which `settle` says.
  await inspect(talk);
});

test('a stop with compensation undoes what delegates did in that turn', async () => {
  const talk = talkTo();
  model.script('front', calls(['pay', { what: 'own' }]), calls(['ask_clerk', { task: 'pay' }]), says('Undone.'));
  model.script('clerk', calls(['pay', { what: 'rent' }]), calls(['buy', { what: 'a boat' }]));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'waiting_for_human' });
  await talk.session.stop({ by: 'ada', onStop: 'compensate' });
  const answer = await talk.answer('m-1');
  expect(answer).toMatchObject({ kind: 'stopped', message: expect.stringMatching(/undone/) as string });
  expect(done.slice(2).toSorted()).toEqual([`unpay own in ${talk.session.id}`, `unpay rent in ${talk.session.id}`]);
  expect((await talk.session.state()).state.done.map(({ undone }) => undone)).toEqual([true, true]);
  expect(await talk.send('m-2')).toMatchObject({ text: 'Undone.' });
  await inspect(talk);
});

test('an approval that waits in a delegate is withdrawn with the turn', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: 'buy' }]), says('Never mind.'));
  model.script('clerk', calls(['buy', { what: 'a boat' }]));
  expect(await talk.send('m-1')).toMatchObject({
    kind: 'waiting_for_human',
    pending: [{ kind: 'approval', child: 'h1' }],
  });
  await waits(talk);
  await talk.session.stop({ by: 'ada' });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'stopped' });
  expect(await talk.session.pending()).toEqual([]);
  expect((await ends(talk, 'buy', 'h1'))[0]).toMatch(/^cancelled/);
  expect(await talk.send('m-2')).toMatchObject({ text: 'Never mind.' });
  expect(done).toEqual([]);
  await inspect(talk);
});
