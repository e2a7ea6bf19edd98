/** The acts of people on a real server: each is done once, recorded as what it was, and answered at once, whatever runs or waits. */
import { Refused } from '../../client';
import { seededRandom } from '../../testing/random';
import { caught, eventually } from './stage';
import {
  callOf,
  calls,
  done,
  drop,
  gate,
  inspect,
  says,
  stage,
  talkTo,
  thinks,
  thought,
  told,
  useKitchen,
} from './kitchen';

useKitchen();
const ada = { by: 'ada' };

test('a paused session lets what runs finish, begins nothing, and goes on when it is resumed', async () => {
  calls(['cook', 'soup']);
  says('soup is ready');
  const talk = talkTo('patient');
  const first = talk.send('m-1');
  await gate.reached();
  expect(await talk.session.pause({ ...ada, reason: 'a fire drill' })).toMatchObject({ status: 'waiting_for_human' });
  expect(await first).toMatchObject({ kind: 'waiting_for_human', pending: [{ kind: 'paused', by: 'ada' }] });
  gate.open();
  await eventually('the call', () => (done.length === 1 ? true : undefined));
  expect(await talk.send('m-2')).toMatchObject({ kind: 'queued', ahead: 1 });
  expect(await talk.session.status()).toMatchObject({
    status: 'waiting_for_human',
    paused: { by: 'ada', reason: 'a fire drill' },
  });
  expect((await caught(talk.session.pause(ada))).message).toMatch(/paused already, by ada/);
  says('and the rest');
  await talk.session.resume(ada);
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'soup is ready' });
  expect(await talk.answer('m-2')).toMatchObject({ kind: 'reply', text: 'and the rest' });
  await inspect(talk);
});

test('who takes over answers in place of the agent, and hands back what was said', async () => {
  thinks('never heard');
  const talk = talkTo('patient');
  const first = talk.send('m-1');
  await thought.reached();
  await talk.session.takeOver(ada);
  expect(await first).toEqual({ kind: 'with_person', messageId: 'm-1', person: 'ada' });
  expect(await talk.send('m-2')).toEqual({ kind: 'with_person', messageId: 'm-2', person: 'ada' });
  await talk.session.speak('I am here', ada);
  for (const id of ['m-1', 'm-2']) {
    expect(await talk.answer(id)).toMatchObject({ kind: 'reply', text: 'I am here', by: 'ada' });
  }
  expect(await talk.send('m-3')).toMatchObject({ kind: 'with_person' });
  await talk.session.speak('still here', ada);
  expect(await talk.answer('m-3')).toMatchObject({ kind: 'reply', text: 'still here', by: 'ada' });
  expect(await talk.send('m-4')).toMatchObject({ kind: 'with_person' });
  says('welcome back');
  await talk.session.handBack(ada);
  expect(await talk.answer('m-4')).toMatchObject({ kind: 'reply', text: 'welcome back' });
  expect(await talk.answer('m-4')).not.toHaveProperty('by');
  expect(await told(talk)).toEqual([
    'user: text of m-1',
    'record: taken_over',
    'user: text of m-2',
    'ada: I am here',
    'user: text of m-3',
    'ada: still here',
    'model: handed_back',
    'user: text of m-4',
    'agent: welcome back',
  ]);
  await inspect(talk);
});

test('a call that runs is cancelled alone, and one that failed has a result of a person in its place', async () => {
  calls(['stir', 'soup'], ['burn', 'toast']);
  says('the toast, then');
  const talk = talkTo('patient');
  const first = talk.send('m-1');
  const stir = await callOf(talk, 'stir');
  const burn = await callOf(talk, 'burn');
  await eventually('the other call', async () => {
    const { recent } = await talk.session.status();
    return recent.find(({ id }) => id === burn)?.outcome;
  });
  await talk.session.replaceOutcome(burn, { toast: 'from next door' }, ada);
  expect(await talk.session.cancelCall(stir, { ...ada, reason: 'too slow' })).toMatchObject({
    kind: 'done',
    outcome: { kind: 'cancelled', message: 'the call was cancelled while it ran by ada: too slow' },
  });
  expect(await first).toMatchObject({ kind: 'reply', text: 'the toast, then' });
  expect((await told(talk)).slice(-3)).toEqual([
    'outcome: burn failed',
    'model: outcome_replaced',
    'agent: the toast, then',
  ]);
  expect((await caught(talk.session.cancelCall(stir, ada))).message).toMatch(/come to its end already/);
  await inspect(talk);
});

test('a call is cancelled between two of its attempts, and the ledger says that it did nothing', async () => {
  calls(['order', 'wine']);
  says('no wine, then');
  const talk = talkTo('patient');
  const first = talk.send('m-1');
  const order = await callOf(talk, 'order');
  await eventually('the first attempt', () => (done.length === 1 ? true : undefined));
  expect(await talk.session.cancelCall(order, ada)).toMatchObject({ kind: 'done', outcome: { kind: 'cancelled' } });
  expect(await first).toMatchObject({ kind: 'reply', text: 'no wine, then' });
  expect(done).toEqual(['order wine']);
  const made = await inspect(talk);
  expect(made.filter(({ id }) => id.startsWith(order))).toMatchObject([
    { id: order, end: 'cancelled' },
    { id: `${order}.settle`, end: 'completed' },
  ]);
});

test('a signal that is refused is kept, inert, for who asks', async () => {
  says('hello');
  const talk = talkTo('patient');
  await talk.send('m-1');
  const handle = stage.temporal.workflow.getHandle(talk.session.id);
  await handle.signal('intervention', { actId: 'a', act: 'resume', by: 'mallory\u001b[2J' });
  await handle.signal('intervention', { actId: 'b', act: 'hand_back', by: 'bob' });
  await handle.signal('intervention', 7);
  await handle.signal('aproved', { everything: true });
  const { refusals, refused } = await eventually('the refusals', async () => {
    const status = await talk.session.status();
    return status.refused === 4 ? status : undefined;
  });
  expect(refused).toBe(4);
  expect(refusals).toMatchObject([
    {
      message: 'intervention',
      act: 'resume',
      by: 'mallory\\u001b[2J',
      problem: expect.stringMatching(/control character/),
    },
    { message: 'intervention', act: 'hand_back', by: 'bob', problem: expect.stringMatching(/nobody has taken over/) },
    { message: 'intervention', problem: expect.stringMatching(/^intervene expects/) },
    { message: 'aproved', problem: expect.stringMatching(/no signal of this name/) },
  ]);
  await handle.signal('intervention', { actId: 'c', act: 'pause', by: 'bob' });
  await eventually('the pause', async () => (await talk.session.status()).paused);
  await inspect(talk);
});

test('whatever runs out of order, ten acts are each done once or refused in words, and none is lost', async () => {
  says('hello', 'again');
  const talk = talkTo('patient');
  await talk.send('m-1');
  const acts = [
    () => talk.session.pause({ ...ada, actId: 'p' }),
    () => talk.session.resume({ ...ada, actId: 'r' }),
    () => talk.session.takeOver({ ...ada, actId: 't' }),
    () => talk.session.handBack({ ...ada, actId: 'h' }),
    () => talk.session.note('be kind', { ...ada, actId: 'n1' }),
    () => talk.session.note('be brief', { ...ada, actId: 'n2' }),
    () => talk.session.speak('one moment', { ...ada, actId: 's' }),
    () => talk.session.stop({ ...ada, actId: 'x' }),
    () => talk.session.revoke('nothing', { ...ada, actId: 'v' }),
    () => talk.session.cancelCall('t9.s9.c9-0', { ...ada, actId: 'c' }),
  ];
  const random = seededRandom(27);
  const order = acts.map((act) => ({ act, place: random() })).sort((one, other) => one.place - other.place);
  const shuffled = order.map(({ act }) => act());
  const ends = await Promise.allSettled(shuffled);
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(Refused);
  const items = await talk.session.wholeTranscript();
  const notes = items.flatMap((item) => (item.kind === 'note' ? [item.reason] : []));
  expect(notes.filter((reason) => reason === 'operator')).toHaveLength(2);
  expect(ends.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(5);
  expect(notes.filter((reason) => reason === 'paused' || reason === 'taken_over')).toHaveLength(2);
  for (const [hold, lift] of [
    ['paused', () => talk.session.resume(ada)],
    ['person', () => talk.session.handBack(ada)],
  ] as const) {
    if ((await talk.session.status())[hold]) await lift();
  }
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'again' });
  await inspect(talk);
});

test('20 messages queued behind a hold and eleven updates in flight do not keep a stop waiting', async () => {
  calls(['cook', 'soup']);
  const talk = talkTo('patient');
  const first = talk.send('m-0');
  await gate.reached();
  await talk.session.pause(ada);
  await first;
  const queued = await Promise.all(Array.from({ length: 20 }, (_, index) => talk.send(`m-${index + 1}`)));
  expect(new Set(queued.map(({ kind }) => kind))).toEqual(new Set(['queued']));
  const notes = Array.from({ length: 11 }, (_, index) => talk.session.note(`note ${index}`, ada));
  const before = Date.now();
  await talk.session.stop(ada);
  expect(Date.now() - before).toBeLessThan(2_000);
  gate.open();
  expect(await talk.answer('m-0')).toMatchObject({ kind: 'stopped', reason: 'stopped_by_person' });
  await Promise.all(notes);
  expect(await talk.session.status()).toMatchObject({ queued: 20, status: 'waiting_for_human' });
  await talk.session.takeOver(ada);
  await talk.session.speak('sorry, all of you', ada);
  expect(await talk.answer('m-20')).toMatchObject({ kind: 'reply', by: 'ada' });
  await inspect(talk);
});

test('a hold goes along when the session goes on in a new run, and so does what waits behind it', async () => {
  says('hello', 'again');
  const talk = talkTo('patient');
  const often = { continueAfter: { updates: 3, events: 20 } };
  const send = (messageId: string) =>
    stage.client.send(
      { sessionId: talk.session.id, agent: 'patient', text: messageId, messageId, ...often },
      { timeoutMs: 20_000 },
    );
  await send('m-1');
  await talk.session.takeOver({ ...ada, actId: 'take' });
  await drop(talk, 'm-2');
  for (let index = 0; index < 8; index += 1) await talk.session.note(`note ${index}`, ada);
  const status = await eventually('the next run', async () => {
    const found = await talk.session.status();
    return (found.run ?? 1) > 1 ? found : undefined;
  });
  expect(status).toMatchObject({ person: { by: 'ada' }, queued: 1, status: 'waiting_for_human' });
  expect(await talk.session.takeOver({ ...ada, actId: 'take' })).toMatchObject({ kind: 'already_done' });
  await talk.session.handBack(ada);
  expect(await talk.answer('m-2')).toMatchObject({ kind: 'reply', text: 'again' });
  await inspect(talk);
});

test('a session is cancelled while it is paused, and every message has its answer', async () => {
  calls(['cook', 'soup']);
  const talk = talkTo('patient');
  const first = talk.send('m-1');
  await gate.reached();
  await talk.session.pause(ada);
  await first;
  await drop(talk, 'm-2');
  await talk.session.cancel();
  gate.open();
  for (const id of ['m-1', 'm-2']) expect(await talk.answer(id)).toMatchObject({ kind: 'ended', status: 'cancelled' });
  await inspect(talk);
});
