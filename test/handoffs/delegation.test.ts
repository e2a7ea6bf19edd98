/** An agent asks others, each in a session of its own: what comes back is the outcome of the call that asked. */
import { Gate } from '../session/gate';
import { calls, childrenOf, done, ends, heard, lastAsked, model, says, talkTo, told, useCast } from './cast';
import { inspect } from './inspect';

useCast();

test('words and a typed result, and nothing of it is the user’s', async () => {
  const talk = talkTo();
  model.script(
    'front',
    calls(['update_state', { wanted: 'a lamp', own: { customer: 'ada' } }]),
    calls(['ask_reader', { task: 'read about lamps' }], ['ask_writer', { task: 'write about lamps' }]),
    says('Here you are.'),
  );
  model.script('reader', calls(['give_result', { found: 'a lamp', pages: 3 }]));
  model.script('writer', says('Lamps are bright.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', turn: 1, text: 'Here you are.' });
  expect(await ends(talk, 'ask_reader')).toEqual(['succeeded: {"found":"a lamp","pages":3}']);
  expect(await ends(talk, 'ask_writer')).toEqual(['succeeded: "Lamps are bright."']);
  // A delegate knows what it is asked and the state, and hands nobody over.
  expect(heard('reader')).toMatch(/You work for front/);
  expect(heard('reader')).toMatch(/read about lamps/);
  expect(heard('reader')).toMatch(/a lamp/);
  expect(heard('reader')).toMatch(/"customer":"ada"/);
  expect(heard('reader')).not.toMatch(/text of m-1/);
  expect(lastAsked('reader').tools).toEqual(expect.arrayContaining(['give_result', 'ask_clerk', 'look']));
  expect(lastAsked('writer').tools).not.toContain('give_result');
  expect(lastAsked('writer').tools).not.toContain('hand_back');
  expect(await told(talk)).toEqual([
    'user: text of m-1',
    'front calls: update_state',
    'state: model',
    'outcome: update_state succeeded',
    'front calls: ask_reader ask_writer',
    'outcome: ask_reader succeeded',
    'outcome: ask_writer succeeded',
    'front: Here you are.',
  ]);
  expect(await talk.session.status()).not.toHaveProperty('active');
  expect(await childrenOf(talk)).toEqual(['h1 reader closed answered', 'h2 writer closed answered']);
  await inspect(talk);
});

test('a result that does not fit is sent back: by its schema when it is planned, and by the check of whoever asked', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_reader', { task: 'read' }]), says('Read.'));
  model.script(
    'reader',
    calls(['give_result', { found: 'a lamp', pages: 'many' }]),
    calls(['give_result', { found: 'a lamp', pages: 30 }]),
    calls(['give_result', { found: 'a lamp', pages: '3' }]),
  );
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Read.' });
  // As arguments are: what loses nothing is mended.
  expect(await ends(talk, 'ask_reader')).toEqual(['succeeded: {"found":"a lamp","pages":3}']);
  const [first, second, third] = await ends(talk, 'give_result', 'h1');
  expect(first).toMatch(/^rejected: .*pages/);
  expect(second).toMatch(
    /^rejected: this is not what was asked for: .*no more than 10 pages are read.*Call give_result again/,
  );
  expect(third).toMatch(/^succeeded/);
  await inspect(talk);
});

test('a delegate that never gives what is asked for is given up, and what it has is told', async () => {
  const talk = talkTo('front', { limits: { onLimit: 'stop' } });
  model.script('front', calls(['ask_reader', { task: 'read' }]), says('It did not work out.'));
  model.script('reader', ...Array.from({ length: 4 }, () => calls(['give_result', { found: 'a lamp', pages: 30 }])));
  model.script('reader', says('A lamp on 30 pages.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'It did not work out.' });
  const [end] = await ends(talk, 'ask_reader');
  expect(end).toMatch(
    /^failed: reader did not get to the end \(turn.repairs: 3 of 3 .*What it has: A lamp on 30 pages\./,
  );
  await inspect(talk);
});

test('a delegate that answers in words where a result is wanted is told so', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_reader', { task: 'read' }]), says('Read.'));
  model.script('reader', says('I found a lamp.'), calls(['give_result', { found: 'a lamp', pages: 1 }]));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Read.' });
  expect(await ends(talk, 'ask_reader')).toEqual(['succeeded: {"found":"a lamp","pages":1}']);
  await inspect(talk);
});

test('three at once, of which one fails: the others’ results are there', async () => {
  const talk = talkTo();
  const [one, two, three] = [new Gate(), new Gate(), new Gate()];
  model.script(
    'front',
    calls(['ask_reader', { task: 'a' }], ['ask_writer', { task: 'b' }], ['ask_lookout', { task: 'c' }]),
    says('Two of three.'),
  );
  model.script('reader', { status: 400, message: 'no such model' });
  model.script('writer', says('written', { after: two }));
  model.script('lookout', says('seen', { after: three }));
  const first = talk.send('m-1');
  // All of them are at work at once.
  await Promise.all([two.reached(), three.reached()]);
  for (const gate of [one, two, three]) gate.open();
  expect(await first).toMatchObject({ kind: 'reply', text: 'Two of three.' });
  expect((await ends(talk, 'ask_reader'))[0]).toMatch(/^failed: reader did not get to the end \(.*no such model/);
  expect(await ends(talk, 'ask_writer')).toEqual(['succeeded: "written"']);
  expect(await ends(talk, 'ask_lookout')).toEqual(['succeeded: "seen"']);
  await inspect(talk);
});

test('the same business key in parent, child and its child books once', async () => {
  const talk = talkTo();
  model.script('front', calls(['pay', { what: 'rent' }], ['ask_clerk', { task: 'pay' }]), says('Paid once.'));
  model.script('clerk', calls(['pay', { what: 'rent' }], ['ask_clerk', { task: 'pay too' }]));
  model.script('clerk', calls(['pay', { what: 'rent' }]), says('paid'), says('paid'));
  expect(await talk.send('m-1')).toMatchObject({ text: 'Paid once.' });
  expect(done).toEqual([`pay rent in ${talk.session.id}`]);
  expect(await ends(talk, 'pay')).toEqual(['succeeded: {"paid":"rent"}']);
  expect(await ends(talk, 'pay', 'h1')).toEqual(['succeeded: {"paid":"rent"}']);
  expect(await ends(talk, 'pay', 'h1/h1')).toEqual(['succeeded: {"paid":"rent"}']);
  // It happened once, and is known once.
  expect((await talk.session.state()).state.done).toHaveLength(1);
  await inspect(talk);
});

test('agents ask one another so deep and no deeper, and the model is told', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: '1' }]), says('As deep as it goes.'));
  model.script(
    'clerk',
    calls(['ask_clerk', { task: '2' }]),
    calls(['ask_clerk', { task: '3' }]),
    calls(['ask_clerk', { task: '4' }]),
    says('at 3'),
    says('at 2'),
    says('at 1'),
  );
  expect(await talk.send('m-1')).toMatchObject({ text: 'As deep as it goes.' });
  expect((await ends(talk, 'ask_clerk', 'h1/h1/h1'))[0]).toMatch(
    /^rejected: ask_clerk did not run: .*3 delegations deep/,
  );
  expect(await ends(talk, 'ask_clerk', 'h1/h1')).toEqual(['succeeded: "at 3"']);
  const offered = model.asked.filter(({ agent }) => agent === 'clerk').map(({ tools }) => tools.includes('ask_clerk'));
  expect(offered).toEqual([true, true, false, false, true, true]);
  expect((await inspect(talk)).map(({ workflowId }) => workflowId.slice(talk.session.id.length))).toEqual([
    '',
    '/h1',
    '/h1/h1',
    '/h1/h1/h1',
  ]);
});

test('an answer that asks a thousand begins no more than are allowed', async () => {
  const talk = talkTo();
  const asks = Array.from({ length: 40 }, (_, index) => ['ask_writer', { task: `${index}` }] as const);
  model.script('front', calls(...asks), says('Enough.'));
  model.script('writer', ...Array.from({ length: 8 }, () => says('written')));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Enough.' });
  const outcomes = await ends(talk, 'ask_writer');
  expect(outcomes.filter((end) => end.startsWith('succeeded'))).toHaveLength(8);
  const refused = outcomes.filter((end) => end.startsWith('rejected'));
  expect(refused).toHaveLength(32);
  for (const end of refused) expect(end).toMatch(/at most 8 agents are asked at once/);
  expect((await talk.session.status()).children).toHaveLength(8);
  await inspect(talk);
});

test('a delegate cannot hand its user over, and goes on', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: 'a' }]), says('Fine.'));
  model.script('clerk', calls(['transfer_to_orders', { about: 'x' }], ['hand_back', {}]), says('I stay.'));
  expect(await talk.send('m-1')).toMatchObject({ text: 'Fine.' });
  expect(await ends(talk, 'ask_clerk')).toEqual(['succeeded: "I stay."']);
  expect((await ends(talk, 'transfer_to_orders', 'h1'))[0]).toMatch(/^rejected: .*cannot hand its user over/);
  expect((await ends(talk, 'hand_back', 'h1'))[0]).toMatch(/^rejected: /);
  expect(lastAsked('clerk').tools).not.toContain('transfer_to_orders');
  expect(await talk.session.status()).not.toHaveProperty('active');
  await inspect(talk);
});

test('what a delegate leaves open is the asker’s, and the model is told', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: 'a' }]), says('I will see to it.'));
  model.script(
    'clerk',
    calls(['update_state', { opened: ['call the customer', 'send the bill'], established: [{ text: 'it rains' }] }]),
    calls(['update_state', { met: ['h1.o2'], refuted: ['h1.f1'] }]),
    says('Halfway.'),
  );
  expect(await talk.send('m-1')).toMatchObject({ text: 'I will see to it.' });
  expect(await ends(talk, 'ask_clerk')).toEqual([
    'succeeded: {"result":"Halfway.","left_open":["h1.o1 call the customer"]}',
  ]);
  const { state } = await talk.session.state();
  expect(state.owed).toMatchObject([{ id: 'h1.o1', text: 'call the customer', by: 'front' }]);
  expect(state.established).toEqual([]);
  expect(heard('front')).toMatch(/h1\.o1: "call the customer"/);
  await inspect(talk);
});
