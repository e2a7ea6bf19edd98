/** What people say: to the model, and to the user as the agent. */
import { act, Door, told } from './acting';
import { settled } from './limited';
import { plannedCall, startScripted, SUCCEEDED, type Move } from './scripted-session';

const A = 't1.s1.c1-a';
const calls = (...ids: readonly string[]): Move => ({ kind: 'calls', calls: ids.map((id) => plannedCall(id)) });
const says = (text: string): Move => ({ kind: 'answer', text });

it('a note is seen by the model with its next call, and never by the user', async () => {
  const session = startScripted([says('hello'), says('I see')]);
  await session.send('m1');
  expect(act(session, 'note', { text: 'be brief' })).toMatchObject({ kind: 'done' });
  expect(await session.send('m2')).toMatchObject({ text: 'I see' });
  expect(session.modelInputs[1]!.items).toMatchObject([
    {
      kind: 'note',
      audience: 'model',
      reason: 'operator',
      by: 'ada',
      text: expect.stringMatching(/^ada, .*: be brief$/),
    },
    { kind: 'user' },
  ]);
});

it('a note in the middle of a step is put behind its outcomes', async () => {
  const door = new Door();
  const session = startScripted([calls(A), says('done')], {
    tool: async () => {
      await door.opened;
      return SUCCEEDED;
    },
  });
  const answer = session.send('m1');
  await settled();
  act(session, 'note', { text: 'hurry' });
  door.open();
  await answer;
  expect(told(session)).toEqual([
    'user: text of m1',
    `calls: ${A}`,
    `outcome: ${A} succeeded`,
    'model: operator',
    'agent: done',
  ]);
});

it('who speaks without taking over says it at once, and the agent answers all the same', async () => {
  const door = new Door();
  const session = startScripted([says('hello')], { beforeModel: () => door.opened });
  const answer = session.send('m1');
  await settled();
  expect(act(session, 'speak', { text: 'one moment' })).toMatchObject({ kind: 'done', status: 'running' });
  door.open();
  expect(await answer).toEqual({ kind: 'reply', messageId: 'm1', turn: 1, text: 'hello' });
  expect(told(session)).toEqual(['user: text of m1', 'ada: one moment', 'agent: hello']);
});

it('who has taken over answers all messages that wait, and the agent none of them', async () => {
  const session = startScripted([says('welcome back')]);
  await settled();
  act(session, 'take_over');
  void session.send('m1');
  void session.send('m2');
  expect(act(session, 'speak', { text: 'I am ada' })).toMatchObject({ kind: 'done', status: 'waiting_for_human' });
  for (const messageId of ['m1', 'm2']) {
    const answer = { kind: 'reply', text: 'I am ada', turn: 0, messageId, by: 'ada' };
    expect(session.mailbox.answer(messageId)).toEqual({ kind: 'answered', answer });
    expect(await session.send(messageId)).toEqual(answer);
  }
  expect(session.state.lastOutcome).toBe('person');
  act(session, 'speak', { text: 'and I am here' });
  void session.send('m3');
  act(session, 'hand_back', { by: 'bob', reason: 'all is well' });
  await settled();
  expect(session.mailbox.answer('m3')).toMatchObject({ answer: { kind: 'reply', text: 'welcome back' } });
  expect(told(session)).toEqual([
    'record: taken_over',
    'user: text of m1',
    'user: text of m2',
    'ada: I am ada',
    'ada: and I am here',
    'model: handed_back',
    'user: text of m3',
    'agent: welcome back',
  ]);
  expect(session.state.items[5]).toMatchObject({ by: 'bob', text: expect.stringMatching(/^ada, .*all is well/) });
});

it('who has taken over ends the running turn by speaking: what is in flight finishes, and the words are its answer', async () => {
  const door = new Door();
  const session = startScripted([calls(A, 't1.s1.c2-b')], {
    policy: { parallelCalls: 1 },
    tool: async () => {
      await door.opened;
      return SUCCEEDED;
    },
  });
  void session.send('m1');
  await settled();
  act(session, 'take_over');
  void session.send('m2');
  act(session, 'speak', { text: 'I have it' });
  act(session, 'speak', { text: 'and the rest too', by: 'bob' });
  void session.send('m3');
  door.open();
  await settled();
  const reply = { kind: 'reply', text: 'I have it\n\nand the rest too', by: 'ada, bob', turn: 1 };
  for (const id of ['m1', 'm2'])
    expect(session.mailbox.answer(id)).toMatchObject({ answer: { ...reply, messageId: id } });
  expect(session.mailbox.answer('m3')).toMatchObject({ kind: 'in_progress' });
  expect(told(session)).toEqual([
    'user: text of m1',
    `calls: ${A} t1.s1.c2-b`,
    'record: taken_over',
    'user: text of m2',
    `outcome: ${A} succeeded`,
    'outcome: t1.s1.c2-b cancelled',
    'ada, bob: I have it\n\nand the rest too',
  ]);
  expect(session.activityIds).toEqual([A]);
  expect(session.state).toMatchObject({ lastOutcome: 'person', steered: [], status: 'waiting_for_human' });
});

it('the words of a person are given whatever else ends the turn: a stop before, the end after', async () => {
  for (const end of [false, true]) {
    const door = new Door();
    const session = startScripted([calls(A)], {
      tool: async () => {
        await door.opened;
        return SUCCEEDED;
      },
    });
    void session.send('m1');
    await settled();
    act(session, 'take_over');
    if (!end) act(session, 'stop');
    act(session, 'speak', { text: 'I have it' });
    if (end) act(session, 'end');
    door.open();
    await settled();
    expect(session.mailbox.answer('m1')).toMatchObject({ answer: { kind: 'reply', text: 'I have it', by: 'ada' } });
  }
});

it('what the turn did is kept where a person answers, but where a stop said otherwise', async () => {
  for (const onStop of [undefined, 'compensate'] as const) {
    const door = new Door();
    const call = plannedCall(A);
    const booking = { ...call, ledger: { name: 'default', id: 'l' }, policy: { ...call.policy, compensates: true } };
    const session = startScripted([{ kind: 'calls', calls: [booking] }, says('never said')], {
      policy: { onStop: 'compensate' },
      beforeModel: (count) => (count === 2 ? door.opened : undefined),
    });
    void session.send('m1');
    await settled();
    act(session, 'take_over');
    if (onStop) act(session, 'stop', { onStop });
    act(session, 'speak', { text: 'I have it' });
    door.open();
    await settled();
    expect(session.mailbox.answer('m1')).toMatchObject({ answer: { kind: 'reply', by: 'ada' } });
    expect(session.activityIds).toEqual(onStop ? [A, `${A}.undo`] : [A]);
  }
});

it('a task that a person answers is done', async () => {
  const door = new Door();
  const session = startScripted([{ kind: 'cancelled' }], { input: { mode: 'task' }, beforeModel: () => door.opened });
  void session.send('m1');
  await settled();
  act(session, 'take_over');
  act(session, 'speak', { text: 'done by hand' });
  door.open();
  expect(await session.finished).toMatchObject({ status: 'completed', reason: 'task_done' });
  expect(session.state).toMatchObject({ lastAnswer: 'done by hand', lastOutcome: 'task_done' });
});
