/** Sessions that people hold: what goes on, what waits, and who wins where another act comes in between. */
import { heldUp, allPending } from '../../../workflows/session/held-up';
import { statusView } from '../../../workflows/session/views';
import { act, Door, told } from './acting';
import { settled } from './limited';
import { plannedCall, startScripted, SUCCEEDED, type Move } from './scripted-session';

const A = 't1.s1.c1-a';
const B = 't1.s1.c2-b';
const calls = (...ids: readonly string[]): Move => ({ kind: 'calls', calls: ids.map((id) => plannedCall(id)) });
const says = (text: string): Move => ({ kind: 'answer', text });

it('a session at rest that is paused takes messages in, and begins nothing until it is resumed', async () => {
  const session = startScripted([says('hello')]);
  await settled();
  expect(act(session, 'pause', { reason: 'lunch' })).toMatchObject({ kind: 'done', status: 'waiting_for_human' });
  expect(await session.send('m1')).toEqual({ kind: 'queued', messageId: 'm1', ahead: 0 });
  await settled();
  expect(session.modelInputs).toEqual([]);
  expect(statusView(session.state)).toMatchObject({
    status: 'waiting_for_human',
    queued: 1,
    paused: { by: 'ada', reason: 'lunch' },
  });
  expect(allPending(session.state)).toMatchObject([
    { kind: 'paused', id: 'paused', by: 'ada', unblockedBy: 'intervene' },
  ]);
  expect(session.mailbox.answer('m1')).toMatchObject({ kind: 'in_progress', ahead: 0, pending: [{ kind: 'paused' }] });
  expect(act(session, 'resume')).toMatchObject({ kind: 'done' });
  await settled();
  expect(session.mailbox.answer('m1')).toMatchObject({ kind: 'answered', answer: { kind: 'reply', text: 'hello' } });
  expect(statusView(session.state)).not.toHaveProperty('paused');
  expect(told(session)).toEqual(['record: paused', 'record: resumed', 'user: text of m1', 'agent: hello']);
});

it('whoever waits for an answer is told at once when the session is paused or taken over', async () => {
  const door = new Door();
  const session = startScripted([says('hello')], { beforeModel: () => door.opened });
  const paused = session.send('m1');
  const queued = session.send('m2');
  await settled();
  act(session, 'pause');
  expect(await paused).toMatchObject({ kind: 'waiting_for_human', messageId: 'm1', pending: [{ kind: 'paused' }] });
  expect(await queued).toEqual({ kind: 'queued', messageId: 'm2', ahead: 1 });
  act(session, 'take_over');
  expect(await session.send('m2')).toEqual({ kind: 'with_person', messageId: 'm2', person: 'ada' });
  expect(heldUp(session.state)).toBe(true);
});

it('the answer that the model was giving when the session was paused is given, and the next turn waits', async () => {
  const door = new Door();
  const session = startScripted([says('hello'), says('again')], { beforeModel: () => door.opened });
  void session.send('m1');
  void session.send('m2');
  await settled();
  act(session, 'pause');
  door.open();
  await settled();
  expect(session.mailbox.answer('m1')).toMatchObject({ kind: 'answered', answer: { kind: 'reply', text: 'hello' } });
  expect(session.mailbox.answer('m2')).toMatchObject({ kind: 'in_progress' });
  expect(session.state.status).toBe('waiting_for_human');
  act(session, 'resume');
  await settled();
  expect(session.mailbox.answer('m2')).toMatchObject({ kind: 'answered', answer: { text: 'again' } });
});

it('calls that the model asked for when the session was paused wait for the hold, and those that ran finish', async () => {
  const door = new Door();
  const session = startScripted([calls(A, B), says('done')], {
    policy: { parallelCalls: 1 },
    tool: async () => {
      await door.opened;
      return SUCCEEDED;
    },
  });
  void session.send('m1');
  await settled();
  act(session, 'pause');
  door.open();
  await settled();
  expect(session.activityIds).toEqual([A]);
  expect(session.state.runningStep?.calls[0]?.report?.outcome.kind).toBe('succeeded');
  act(session, 'resume');
  await settled();
  expect(session.activityIds).toEqual([A, B]);
  expect(session.mailbox.answer('m1')).toMatchObject({ kind: 'answered', answer: { text: 'done' } });
});

it('two holds are two: the session goes on when both are lifted', async () => {
  const session = startScripted([says('hello')]);
  await settled();
  act(session, 'pause');
  act(session, 'take_over', { by: 'bob' });
  void session.send('m1');
  expect(act(session, 'resume')).toMatchObject({ kind: 'done', status: 'waiting_for_human' });
  await settled();
  expect(session.modelInputs).toEqual([]);
  act(session, 'hand_back', { by: 'bob' });
  await settled();
  expect(session.mailbox.answer('m1')).toMatchObject({ kind: 'answered', answer: { text: 'hello' } });
});

it.each([
  ['pause', 'pause', /is paused already, by ada/],
  ['take_over', 'take_over', /ada has taken over already/],
  [undefined, 'resume', /not paused/],
  [undefined, 'hand_back', /nobody has taken over/],
] as const)('after %s, %s is refused', async (first, second, words) => {
  const session = startScripted([]);
  await settled();
  if (first) act(session, first);
  expect(act(session, second)).toMatchObject({ type: 'Refused', message: expect.stringMatching(words) });
});

it('an act that is repeated under its id is done once', async () => {
  const session = startScripted([]);
  await settled();
  expect(act(session, 'pause', { actId: 'p' })).toMatchObject({ kind: 'done' });
  expect(act(session, 'pause', { actId: 'p' })).toMatchObject({ kind: 'already_done', status: 'waiting_for_human' });
  expect(act(session, 'resume', { actId: 'p' })).toMatchObject({
    message: expect.stringMatching(/was used for another act/),
  });
  expect(told(session)).toEqual(['record: paused']);
});

describe('while the session is held', () => {
  const held = async () => {
    const door = new Door();
    const session = startScripted([calls(A), says('done')], {
      tool: async () => {
        await door.opened;
        return SUCCEEDED;
      },
    });
    void session.send('m1');
    await settled();
    act(session, 'pause');
    door.open();
    await settled();
    expect(session.modelInputs).toHaveLength(1);
    return session;
  };

  it('a stop is done at once, and the hold stays', async () => {
    const session = await held();
    expect(act(session, 'stop')).toMatchObject({ kind: 'done' });
    await settled();
    expect(session.mailbox.answer('m1')).toMatchObject({ answer: { kind: 'stopped', reason: 'stopped_by_person' } });
    expect(session.state.paused).toMatchObject({ by: 'ada' });
    expect(session.state.status).toBe('waiting_for_human');
    void session.send('m2');
    await settled();
    expect(session.modelInputs).toHaveLength(1);
  });

  it('the end ends the session, and every message is answered', async () => {
    const session = await held();
    void session.send('m2');
    expect(act(session, 'end')).toMatchObject({ kind: 'done', status: 'completed' });
    expect(await session.finished).toMatchObject({ status: 'completed', reason: 'ended' });
    for (const id of ['m1', 'm2']) {
      expect(session.mailbox.answer(id)).toMatchObject({ kind: 'answered', answer: { kind: 'ended' } });
    }
    expect(session.state.lastOutcome).toBe('ended');
  });

  it('a bound can be extended, and what that lets go on waits for the hold', async () => {
    const session = startScripted([calls(A), says('done')], {
      policy: { steps: 1, limits: { onLimit: 'ask' } },
    });
    void session.send('m1');
    await settled();
    act(session, 'pause');
    expect(act(session, 'extend', { bound: 'turn.steps', amount: 2 })).toMatchObject({ kind: 'done' });
    await settled();
    expect(session.modelInputs).toHaveLength(1);
    act(session, 'resume');
    await settled();
    expect(session.mailbox.answer('m1')).toMatchObject({ answer: { kind: 'reply', text: 'done' } });
  });

  it('nobody is given a last answer where nobody extends in time: that is a model call, and waits', async () => {
    const session = startScripted([calls(A), says('so far')], {
      policy: { steps: 1, limits: { onLimit: 'ask', askMs: 1_000 } },
    });
    void session.send('m1');
    await settled();
    act(session, 'pause');
    session.timers[0]!.fire();
    await settled();
    expect(session.modelInputs).toHaveLength(1);
    act(session, 'resume');
    await settled();
    expect(session.mailbox.answer('m1')).toMatchObject({ answer: { kind: 'reply', text: 'so far' } });
  });
});

it('a session that was never used does not end while it is held, and has its time for a first message again after that', async () => {
  const doors = [new Door(), new Door()] as const;
  let waits = 0;
  const session = startScripted([], {
    firstMessageInTime: async () => {
      const door = doors[waits] as Door;
      waits += 1;
      await door.opened;
      return false;
    },
  });
  await settled();
  act(session, 'pause');
  doors[0].open();
  await settled();
  expect(statusView(session.state)).toMatchObject({ status: 'waiting_for_human' });
  expect(waits).toBe(1);
  act(session, 'resume');
  await settled();
  expect(session.state.ending).toBeUndefined();
  doors[1].open();
  expect(await session.finished).toMatchObject({ status: 'stopped', reason: 'no_message' });
});

it('a task that is paused before it began does its work once it is resumed', async () => {
  const session = startScripted([says('done')], { input: { mode: 'task' } });
  await settled();
  act(session, 'pause');
  void session.send('m1');
  await settled();
  expect(session.modelInputs).toEqual([]);
  act(session, 'resume');
  expect(await session.finished).toMatchObject({ reason: 'task_done' });
});
