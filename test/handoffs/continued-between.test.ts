/** What comes between two runs: one child came back already and waits, another one is still at work, and somebody acts. */
import { Gate } from '../session/gate';
import { eventually } from '../session/stage';
import {
  approvalIn,
  calls,
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
  useCast,
  waits,
  type Talk,
} from './cast';
import { inspect } from './inspect';

useCast();
const ada = { by: 'ada' };

interface Between {
  readonly talk: Talk;
  /** That came back, and waits for an approval. */
  readonly waiting: string;
  /** That is at work, until the gate is open. */
  readonly working: string;
  readonly callId: string;
  readonly argsHash: string;
}

/** A session that is about to go on in its next run, with one delegate that came back for it and one that has not yet. */
async function between(): Promise<Between> {
  shut();
  const talk = talkTo('front', { continueAfter: { updates: 3 } });
  model.script('front', calls(['ask_clerk', { task: 'one' }], ['ask_clerk', { task: 'other' }]));
  model.script('clerk', calls(['buy', { what: 'a boat' }]), calls(['pay', { what: 'rent' }]));
  await drop(talk, 'm-1');
  await gate.reached();
  const { callId, argsHash } = approvalIn((await waits(talk))[0]);
  await drop(talk, 'm-2');
  await drop(talk, 'm-3');
  const waiting = callId.slice(0, 2);
  await eventually('it to come back', async () =>
    (await childrenOf(talk)).includes(`${waiting} clerk parked`) ? true : undefined,
  );
  return { talk, waiting, working: waiting === 'h1' ? 'h2' : 'h1', callId, argsHash };
}

test('a stop: both have their end, what was paid is paid, and the next message is answered', async () => {
  const { talk, waiting, working } = await between();
  model.script('front', says('Two.'), says('Three.'));
  await talk.session.stop(ada);
  gate.open();
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'stopped', session: 'open' });
  expect(await talk.answer('m-3')).toMatchObject({ kind: 'reply', text: 'Three.' });
  expect(done).toEqual([`pay rent in ${talk.session.id}`]);
  expect((await ends(talk, 'ask_clerk')).map((end) => end.split(':')[0])).toEqual(['cancelled', 'cancelled']);
  expect((await ends(talk, 'buy', waiting))[0]).toMatch(/^cancelled/);
  expect(await ends(talk, 'pay', working)).toEqual(['succeeded: {"paid":"rent"}']);
  await inspect(talk);
});

test.each([
  ['ended', (talk: Talk) => talk.session.end(ada), { kind: 'ended', status: 'completed' }],
  ['cancelled', (talk: Talk) => talk.session.cancel(), { kind: 'ended', status: 'cancelled' }],
] as const)('the session is %s: so are both, and each call has its end', async (_, act, answer) => {
  const { talk, waiting, working } = await between();
  await act(talk);
  gate.open();
  expect(await talk.answer('m-1')).toMatchObject(answer);
  expect(await talk.answer('m-3')).toMatchObject({ kind: 'ended' });
  await inspect(talk);
  expect((await ends(talk, 'buy', waiting))[0]).toMatch(/^cancelled/);
  expect(await ends(talk, 'pay', working)).toEqual(['succeeded: {"paid":"rent"}']);
});

test('a pause: held over into the next run, and let go there', async () => {
  const { talk, waiting, callId, argsHash } = await between();
  await talk.session.pause(ada);
  gate.open();
  await eventually('the payment', () => (done.length === 1 ? true : undefined));
  await eventually('the next run', async () => ((await talk.session.status()).run === 1 ? undefined : true));
  // A decision is taken while all holds still.
  await talk.session.approve(callId, { ...ada, argsHash });
  expect(done).toHaveLength(1);
  expect(await talk.session.pending()).toMatchObject([{ kind: 'paused' }]);
  model.script('clerk', says('done'), says('done'));
  model.script('front', says('Both.'), says('Two.'), says('Three.'));
  await talk.session.resume(ada);
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Both.' });
  expect(await talk.answer('m-3')).toMatchObject({ kind: 'reply', text: 'Three.' });
  expect(done.toSorted()).toEqual(['buy a boat', `pay rent in ${talk.session.id}`]);
  expect(await ends(talk, 'buy', waiting)).toEqual(['succeeded: {"bought":"a boat"}']);
  await inspect(talk);
});

test('the one that is at work is terminated: the next run has the other', async () => {
  const { talk, working, callId, argsHash } = await between();
  model.script('clerk', says('bought'));
  model.script('front', says('One of two.'), says('Two.'), says('Three.'));
  await stage.temporal.workflow.getHandle(`${talk.session.id}/${working}`).terminate('by hand');
  gate.open();
  await eventually('the next run', async () => ((await talk.session.status()).run === 1 ? undefined : true));
  await talk.session.approve(callId, { ...ada, argsHash });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'One of two.' });
  expect((await ends(talk, 'ask_clerk')).map((end) => end.split(':')[0]).toSorted()).toEqual(['failed', 'succeeded']);
  expect(await talk.answer('m-3')).toMatchObject({ text: 'Three.' });
  await inspect(talk, { cutOff: true });
});

test('a handoff that is under way when the next run is due is carried out first', async () => {
  const thought = new Gate();
  const talk = talkTo('front', { continueAfter: { updates: 3 } });
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.', { after: thought }), says('Two.'), says('Three.'));
  const first = talk.send('m-1');
  await thought.reached();
  await drop(talk, 'm-2');
  await drop(talk, 'm-3');
  thought.open();
  expect(await first).toMatchObject({ text: 'Orders.' });
  expect(await talk.answer('m-3')).toMatchObject({ kind: 'reply', turn: 3, text: 'Three.' });
  await eventually('the next run', async () => ((await talk.session.status()).run === 1 ? undefined : true));
  expect(await childrenOf(talk)).toEqual(['h1 orders open']);
  await inspect(talk);
});

test('an agent that hands over, or back, when the next run is due does so once, there', async () => {
  const thought = new Gate();
  const talk = talkTo('front', { continueAfter: { updates: 4 } });
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'), { ...calls(['transfer_to_refunds', { about: 'y' }]), after: thought });
  model.script('refunds', says('Refunds.'), handsBack());
  model.script('orders', says('Three.'), says('Four.'));
  await talk.send('m-1');
  await drop(talk, 'm-2');
  await thought.reached();
  await drop(talk, 'm-3');
  await drop(talk, 'm-4');
  thought.open();
  expect(await talk.answer('m-2')).toMatchObject({ kind: 'reply', turn: 2, text: 'Refunds.' });
  expect(await talk.answer('m-3')).toMatchObject({ kind: 'reply', turn: 3, text: 'Three.' });
  expect(await talk.answer('m-4')).toMatchObject({ kind: 'reply', turn: 4, text: 'Four.' });
  await eventually('the next run', async () => ((await talk.session.status()).run === 1 ? undefined : true));
  expect(heard('orders')).toMatch(/taken this conversation over from refunds/);
  expect((await childrenOf(talk)).at(-1)).toBe('h3 orders open');
  await inspect(talk);
});
