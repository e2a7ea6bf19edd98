/** A session that goes on in new runs takes its children with it: each comes back with all there is, and is begun again under its id. */
import { eventually } from '../session/stage';
import { FULL } from '../support/payments/scale';
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
  talkTo,
  told,
  useCast,
  waits,
  type Talk,
} from './cast';
import { inspect } from './inspect';

useCast();
const ada = { by: 'ada' };

function runOf({ session }: Talk): Promise<number> {
  return session.status().then(({ run = 1 }) => run);
}

/** Sends an old message again and again, until that brought the session to its next run. */
async function untilNextRun(talk: Talk, messageId: string): Promise<void> {
  const before = await runOf(talk);
  await eventually('the next run', async () => {
    await talk.session
      .send({ messageId, text: `text of ${messageId}` }, { follow: false, timeoutMs: 2_000 })
      .catch(() => undefined);
    return (await runOf(talk)) > before ? true : undefined;
  });
}

test('the next run begins while the turn of the agent that has the user runs: its call happens once', async () => {
  shut();
  const talk = talkTo('front', { continueAfter: { updates: 3 } });
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script(
    'orders',
    calls(['pay', { what: 'a' }], ['pay', { what: 'b' }]),
    says('Paid.'),
    says('Two.'),
    says('Three.'),
    says('Four.'),
  );
  await drop(talk, 'm-1');
  await gate.reached();
  for (const id of ['m-2', 'm-3', 'm-4']) await drop(talk, id);
  gate.open();
  const texts = ['Paid.', 'Two.', 'Three.', 'Four.'];
  for (const [index, text] of texts.entries()) {
    expect(await talk.answer(`m-${index + 1}`)).toMatchObject({ kind: 'reply', turn: index + 1, text });
  }
  expect(await runOf(talk)).toBeGreaterThan(1);
  expect(done.toSorted()).toEqual([`pay a in ${talk.session.id}`, `pay b in ${talk.session.id}`]);
  await inspect(talk);
});

test('what waits for approval in the agent that has the user waits on in the next run, and is decided there', async () => {
  const talk = talkTo('front', { continueAfter: { updates: 2 } });
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', calls(['buy', { what: 'a boat' }]), says('Bought.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'waiting_for_human' });
  const [before] = await waits(talk);
  await untilNextRun(talk, 'm-1');
  const [after] = await waits(talk);
  expect(after).toEqual(before);
  const { callId, argsHash } = approvalIn(after);
  expect(await talk.session.approve(callId, { ...ada, argsHash })).toMatchObject({ call: 'approved' });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Bought.' });
  expect(done).toEqual(['buy a boat']);
  await inspect(talk);
});

test('delegates that run, wait and think when the next run is due each come to one end', async () => {
  shut();
  const talk = talkTo('front', { continueAfter: { updates: 4 } });
  model.script(
    'front',
    calls(['ask_clerk', { task: 'pay' }], ['ask_reader', { task: 'read' }], ['ask_writer', { task: 'write' }]),
  );
  model.script('front', says('All three.'));
  model.script('clerk', calls(['pay', { what: 'rent' }], ['buy', { what: 'a boat' }]), says('paid'));
  model.script('reader', calls(['ask_clerk', { task: 'buy' }]), calls(['give_result', { found: 'it', pages: 2 }]));
  model.script('clerk', says('bought'));
  model.script('writer', says('written'));
  const first = talk.send('m-1');
  await gate.reached();
  // The clerk of the reader is asked in between.
  await eventually('all', async () => ((await talk.session.status()).children?.length === 3 ? true : undefined));
  for (const id of ['m-2', 'm-3', 'm-4', 'm-5']) {
    model.script('front', says(`Answer to ${id}.`));
    await drop(talk, id);
  }
  gate.open();
  const [item] = await eventually('the approval', async () => {
    const pending = await talk.session.pending();
    return pending.length === 1 && (await runOf(talk)) > 1 ? pending : undefined;
  });
  const { callId, argsHash } = approvalIn(item);
  await talk.session.approve(callId, { ...ada, argsHash });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'All three.' });
  await first;
  expect(done.toSorted()).toEqual(['buy a boat', `pay rent in ${talk.session.id}`]);
  for (const id of ['m-2', 'm-3', 'm-4', 'm-5'])
    expect(await talk.answer(id)).toMatchObject({ text: `Answer to ${id}.` });
  for (const tool of ['ask_clerk', 'ask_reader', 'ask_writer']) {
    expect((await ends(talk, tool)).map((end) => end.split(':')[0])).toEqual(['succeeded']);
  }
  expect(await childrenOf(talk)).toEqual([
    'h1 clerk closed answered',
    'h2 reader closed answered',
    'h3 writer closed answered',
  ]);
  await inspect(talk);
});

test('a decision on a child that came back for the next run is taken, and takes effect once', async () => {
  shut();
  const talk = talkTo('front', { continueAfter: { updates: 3 } });
  model.script('front', calls(['ask_clerk', { task: 'buy' }], ['ask_clerk', { task: 'pay' }]), says('Both.'));
  model.script(
    'clerk',
    calls(['buy', { what: 'a boat' }]),
    calls(['pay', { what: 'rent' }]),
    says('done'),
    says('done'),
  );
  await drop(talk, 'm-1');
  await gate.reached();
  const [item] = await waits(talk);
  const { callId, argsHash } = approvalIn(item);
  const path = callId.slice(0, 2);
  model.script('front', says('Two.'), says('Three.'));
  await drop(talk, 'm-2');
  await drop(talk, 'm-3');
  await eventually('it to come back', async () =>
    (await childrenOf(talk)).some((child) => child.startsWith(path) && child.includes('parked')) ? true : undefined,
  );
  // It is shown all the while.
  expect(await talk.session.pending()).toMatchObject([{ id: callId }]);
  expect(await talk.session.approve(callId, { ...ada, argsHash })).toMatchObject({ call: 'approved' });
  // It is told at once, and nothing of it is waited for: the call itself may run in the next run.
  expect(await talk.session.pending()).toEqual([]);
  gate.open();
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Both.' });
  expect(await talk.answer('m-3')).toMatchObject({ kind: 'reply', text: 'Three.' });
  expect(done.toSorted()).toEqual(['buy a boat', `pay rent in ${talk.session.id}`]);
  await inspect(talk);
});

/** An agent that has the user, and is idle, goes along from run to run. Of other agents than those of `manyRuns`. */
async function idleRuns(): Promise<Talk> {
  const talk = talkTo('asking', { continueAfter: { updates: 2 } });
  model.script(
    'asking',
    calls(['look', { what: 'lamp' }]),
    calls(['transfer_to_narrow', { about: 'x' }]),
    says('Asking.'),
  );
  model.script('narrow', calls(['update_state', { opened: ['call back'] }]), says('Narrow 1.'));
  model.script('narrow', ...Array.from({ length: 8 }, (_, index) => says(`Narrow ${index + 2}.`)), handsBack());
  for (let index = 1; index <= 9; index += 1) {
    expect(await talk.send(`m-${index}`)).toMatchObject({ kind: 'reply', turn: index, text: `Narrow ${index}.` });
  }
  expect(await runOf(talk)).toBeGreaterThan(3);
  expect((await talk.session.status()).active).toEqual({ agent: 'narrow', child: 'h1' });
  // It has all that was said to it, and what it was given.
  expect(heard('narrow')).toMatch(/text of m-1\n.*text of m-9/s);
  expect(heard('narrow')).toMatch(/h1\.o1: "call back"/);
  expect(heard('narrow')).toMatch(/owner of lamp/);
  expect(await talk.send('m-1')).toMatchObject({ turn: 1, text: 'Narrow 1.' });
  expect(await talk.send('m-10')).toMatchObject({ kind: 'reply', turn: 10, text: 'Asking.' });
  expect((await talk.session.state()).state).toMatchObject({ owed: [{ id: 'h1.o1', by: 'asking' }] });
  return talk;
}

/** Parent and children go on in new runs in the middle of whatever they do. */
async function manyRuns(events: number): Promise<Talk> {
  const talk = talkTo('front', { continueAfter: { events } });
  const many = (what: string) => Array.from({ length: 6 }, (_, index) => calls(['pay', { what: `${what}${index}` }]));
  model.script('front', ...many('f'), calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', ...many('o'), calls(['ask_clerk', { task: 'more' }]), says('Orders.'), ...many('p'));
  model.script('clerk', ...many('c'), says('done'));
  model.script('orders', calls(['transfer_to_refunds', { about: 'y' }]));
  model.script('refunds', ...many('r'), says('Refunds.'), handsBack());
  model.script('orders', calls(['transfer_to_front', { about: 'z' }]));
  model.script('front', ...many('g'), says('Front.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', turn: 1, text: 'Orders.' });
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', turn: 2, text: 'Refunds.' });
  expect(await talk.send('m-3')).toMatchObject({ kind: 'reply', turn: 3, text: 'Front.' });
  const expected = ['f', 'o', 'c', 'p', 'r', 'g'].flatMap((what) =>
    Array.from({ length: 6 }, (_, index) => `pay ${what}${index} in ${talk.session.id}`),
  );
  expect(done).toEqual(expected);
  expect((await talk.session.state()).state.done).toHaveLength(36);
  expect(await runOf(talk)).toBeGreaterThan(1);
  return talk;
}

test.each(FULL ? [20, 40] : [40])(
  'an idle agent that has the user goes along from run to run; parent and children continue every %i events, through handoffs and delegations',
  async (events) => {
    // Each run lasts a second at least, which the server sees to: both wait for that at the same time.
    const [idle, talk] = await Promise.all([idleRuns(), manyRuns(events)]);
    await inspect(idle);
    const runs = await inspect(talk);
    const most = Math.max(...runs.map((run) => run.events));
    expect(most).toBeLessThan(events + 120);
    expect((await told(talk)).filter((line) => line === 'record: handoff')).toHaveLength(4);
  },
  120_000,
);
