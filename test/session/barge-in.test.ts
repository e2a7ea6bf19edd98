/** Messages that come while a turn runs, on a real server: whatever they meet, each is answered once, and each call has an outcome. */
import { activities, fetchHistory } from './history';
import { eventually } from './stage';
import {
  calls,
  done,
  drop,
  gate,
  inspect,
  model,
  says,
  stage,
  talkTo,
  thinks,
  thought,
  told,
  useKitchen,
} from './kitchen';

useKitchen();

test('steered: the running turn sees the message before its next model call, and answers it too', async () => {
  calls(['cook', 'soup']);
  says('soup for two');
  const talk = talkTo('steered');
  const first = talk.send('m-1', 'soup, please');
  await gate.reached();
  await drop(talk, 'm-2', 'for two');
  gate.open();
  expect(await first).toMatchObject({ kind: 'reply', text: 'soup for two', turn: 1, messageId: 'm-1' });
  expect(await talk.answer('m-2')).toMatchObject({ kind: 'reply', text: 'soup for two', turn: 1, messageId: 'm-2' });
  expect(model.seen.at(-1)?.body).toContain('for two');
  expect(await told(talk)).toEqual([
    'user: soup, please',
    'calls: cook',
    'outcome: cook succeeded',
    'user: for two',
    'agent: soup for two',
  ]);
  expect(await talk.session.status()).toMatchObject({ messages: 'steer', turn: 1, queued: 0 });
  await inspect(talk);
});

test('interrupted: the model call is broken off, and the message is the next turn', async () => {
  says('hello');
  const talk = talkTo('interrupted');
  await talk.send('m-0', 'hello');
  thinks('never heard');
  says('for two, then');
  const first = talk.send('m-1', 'a table');
  await thought.reached();
  const second = talk.send('m-2', 'no, for two');
  expect(await first).toMatchObject({ kind: 'stopped', reason: 'interrupted', session: 'open', turn: 2 });
  expect(await second).toMatchObject({ kind: 'reply', text: 'for two, then', turn: 3 });
  expect((await told(talk)).slice(2)).toEqual([
    'user: a table',
    'model: turn_interrupted',
    'user: no, for two',
    'agent: for two, then',
  ]);
  // The worker hears of it with its next heartbeat, and nobody waits for that.
  const made = await eventually('the call to be broken off', async () => {
    const found = activities(await fetchHistory(stage.temporal, talk.session.id));
    return found.some(({ id, end }) => id === 't2.s1.m' && end === 'open') ? undefined : found;
  });
  expect(made.filter(({ id }) => id.startsWith('t2.'))).toMatchObject([
    { id: 't2.s1.m', end: 'cancelled' },
    { id: 't2.s1.m.settle', end: 'completed' },
  ]);
  await inspect(talk);
});

test('interrupted while tools run: those finish, what has not begun is cancelled, nothing is done twice', async () => {
  says('hello');
  const talk = talkTo('interrupted');
  await talk.send('m-0', 'hello');
  calls(...Array.from({ length: 12 }, (_, index) => ['cook', `dish ${index}`] as const));
  says('what else?');
  const first = talk.send('m-1', 'cook all of it');
  await gate.reached();
  const second = talk.send('m-2', 'stop that');
  await eventually('the message', async () => ((await talk.session.status()).queued === 1 ? true : undefined));
  gate.open();
  expect(await first).toMatchObject({ kind: 'stopped', reason: 'interrupted' });
  expect(await second).toMatchObject({ kind: 'reply', text: 'what else?' });
  const lines = await told(talk);
  const succeeded = lines.filter((line) => line === 'outcome: cook succeeded').length;
  const cancelled = lines.filter((line) => line === 'outcome: cook cancelled').length;
  expect(succeeded + cancelled).toBe(12);
  expect(cancelled).toBeGreaterThan(0);
  expect(new Set(done).size).toBe(done.length);
  expect(done).toHaveLength(succeeded);
  await inspect(talk);
});

test('a message queues behind an approval, or withdraws it where the agent says so', async () => {
  calls(['buy', 'a cow']);
  says('bought', 'and then');
  const patient = talkTo('patient');
  expect(await patient.send('m-1', 'a cow')).toMatchObject({ kind: 'waiting_for_human' });
  expect(await patient.send('m-2', 'no')).toEqual({ kind: 'queued', messageId: 'm-2', ahead: 1 });
  const [waiting] = await patient.session.pending();
  await patient.session.approve(waiting!.id, { argsHash: waiting!.approval!.argsHash, by: 'ada' });
  expect(await patient.answer('m-1')).toMatchObject({ kind: 'reply', text: 'bought' });
  expect(await patient.answer('m-2')).toMatchObject({ kind: 'reply', text: 'and then' });
  await inspect(patient);

  done.length = 0;
  calls(['buy', 'a cow']);
  says('no cow, then');
  const talk = talkTo('withdrawing');
  expect(await talk.send('m-1', 'a cow')).toMatchObject({ kind: 'waiting_for_human' });
  expect(await talk.send('m-2', 'no')).toMatchObject({ kind: 'reply', text: 'no cow, then', turn: 1 });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'no cow, then' });
  const outcome = (await talk.session.wholeTranscript()).find(({ kind }) => kind === 'outcome');
  expect(outcome).toMatchObject({ outcome: { kind: 'rejected', reason: 'withdrawn' } });
  expect(done).toEqual([]);
  await inspect(talk);
});
