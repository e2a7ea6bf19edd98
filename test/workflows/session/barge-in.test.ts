/** Messages that come while a turn runs: queued, steered into it, or breaking it off. Whatever comes when, each call has an outcome and each message an answer. */
import type { MessagePolicy } from '../../../workflows/contracts/model';
import type { PlannedCall } from '../../../workflows/contracts/tool';
import { statusView } from '../../../workflows/session/views';
import { act, Door, told } from './acting';
import { settled } from './limited';
import { modelTurn, plannedCall, startScripted, SUCCEEDED, type Move, type Scripted } from './scripted-session';

const A = 't1.s1.c1-a';
const B = 't1.s1.c2-b';
const calls = (...ids: readonly string[]): Move => ({ kind: 'calls', calls: ids.map((id) => plannedCall(id)) });
const says = (text: string) => ({ kind: 'answer', text }) as const;
const answerTo = (session: Scripted, id: string) => {
  const found = session.mailbox.answer(id);
  return found.kind === 'answered' ? found.answer : undefined;
};

/** A session whose only tool waits at the door. */
function start(messages: MessagePolicy | undefined, moves: readonly Move[], door: Door, parallelCalls = 2): Scripted {
  return startScripted(moves, {
    input: messages ? { messages } : {},
    policy: { parallelCalls },
    tool: async () => {
      await door.opened;
      return SUCCEEDED;
    },
  });
}

describe('a message while a turn runs', () => {
  it('has its own turn where nothing else is said', async () => {
    const door = new Door();
    const session = start(undefined, [calls(A), says('one'), says('two')], door);
    const first = session.send('m1');
    await settled();
    const second = session.send('m2');
    door.open();
    expect(await first).toMatchObject({ text: 'one', turn: 1 });
    expect(await second).toMatchObject({ text: 'two', turn: 2 });
    expect(session.modelInputs[1]!.items).toMatchObject([{ kind: 'outcome' }]);
  });

  it('goes by what the agent says once that is known, and by what the session was started with before', async () => {
    const session = startScripted([says('one')], { input: {}, policy: { messages: 'steer' } });
    await settled();
    expect(statusView(session.state)).not.toHaveProperty('messages');
    await session.send('m1');
    expect(statusView(session.state).messages).toBe('steer');
    const other = startScripted([says('one')], { input: { messages: 'interrupt' }, policy: { messages: 'steer' } });
    await other.send('m1');
    expect(statusView(other.state).messages).toBe('interrupt');
  });
});

describe('steer', () => {
  it('has messages seen before the next model call, and one answer for all of them', async () => {
    const door = new Door();
    const session = start('steer', [calls(A), says('all of it')], door);
    const answers = [session.send('m1')];
    await settled();
    answers.push(session.send('m2', 'for two, please'), session.send('m3', 'and a dog'));
    door.open();
    const reply = { kind: 'reply', turn: 1, text: 'all of it' };
    expect(await Promise.all(answers.map((answer) => Promise.resolve(answer)))).toEqual(
      ['m1', 'm2', 'm3'].map((messageId) => ({ ...reply, messageId })),
    );
    expect(session.modelInputs[1]!.items).toMatchObject([
      { kind: 'outcome' },
      { kind: 'user', messageId: 'm2', turn: 1 },
      { kind: 'user', messageId: 'm3', turn: 1 },
    ]);
    expect(session.state).toMatchObject({ steered: [], turn: 1, queue: [] });
    // Asked again it is the same answer.
    expect(await session.send('m2', 'for two, please')).toMatchObject({ text: 'all of it', messageId: 'm2' });
  });

  it('leaves a message that comes with the answer for the next turn', async () => {
    const door = new Door();
    const session = startScripted([says('one'), says('two')], {
      input: { messages: 'steer' },
      beforeModel: (count) => (count === 1 ? door.opened : undefined),
    });
    const first = session.send('m1');
    await settled();
    const second = session.send('m2');
    door.open();
    expect(await first).toMatchObject({ text: 'one', turn: 1 });
    expect(await second).toMatchObject({ text: 'two', turn: 2 });
  });

  it('answers those who joined also where the turn is stopped, or the session ends', async () => {
    for (const name of ['stop', 'end'] as const) {
      const door = new Door();
      const session = startScripted([calls(A), { kind: 'cancelled' }], {
        input: { messages: 'steer' },
        beforeModel: (count) => (count === 2 ? door.opened : undefined),
      });
      void session.send('m1');
      void session.send('m2');
      await settled();
      expect(session.state.steered).toEqual(['m2']);
      act(session, name);
      door.open();
      await settled();
      const kind = name === 'stop' ? 'stopped' : 'ended';
      for (const messageId of ['m1', 'm2']) expect(answerTo(session, messageId)).toMatchObject({ kind, messageId });
    }
  });

  it('does not count steps anew: a turn that is steered on and on meets its bound', async () => {
    let sent = 1;
    const session = startScripted([], {
      input: { messages: 'steer', limits: { steps: 3 } },
      model: (input, self) => {
        sent += 1;
        if (self.state.turn === 1) void self.send(`m${sent}`);
        const calls = [plannedCall(`t1.s${input.step}.c1-a`)];
        const isLast = input.purpose === 'final' || input.turn > 1;
        const decision = isLast ? says('so far') : ({ kind: 'calls', calls } as const);
        return { kind: 'answered', turn: modelTurn(input, decision) };
      },
    });
    expect(await session.send('m1')).toMatchObject({ kind: 'reply', partial: expect.stringMatching(/steps_limit/) });
  });
});

describe('interrupt', () => {
  it('breaks the model call off, says what became of the turn, and gives the message its own', async () => {
    const door = new Door();
    const session = startScripted([{ kind: 'cancelled' }, says('for two, then')], {
      input: { messages: 'interrupt' },
      beforeModel: (count) => (count === 1 ? door.opened : undefined),
    });
    const first = session.send('m1', 'a table');
    await settled();
    const second = session.send('m2', 'no, for two');
    door.open();
    expect(await first).toMatchObject({ kind: 'stopped', reason: 'interrupted', turn: 1, session: 'open' });
    expect(session.state.lastOutcome).toBe('interrupted');
    expect(await second).toMatchObject({ kind: 'reply', text: 'for two, then', turn: 2 });
    expect(told(session)).toEqual([
      'user: a table',
      'model: turn_interrupted',
      'user: no, for two',
      'agent: for two, then',
    ]);
  });

  it('lets calls that run finish, cancels those that have not begun, and undoes nothing', async () => {
    const door = new Door();
    const session = start('interrupt', [{ ...calls(A, B), text: 'I am booking' } as Move, says('two')], door, 1);
    const first = session.send('m1');
    await settled();
    const second = session.send('m2');
    door.open();
    expect(await first).toMatchObject({ kind: 'stopped', reason: 'interrupted', text: 'I am booking' });
    expect(await second).toMatchObject({ text: 'two' });
    expect(session.activityIds).toEqual([A]);
    expect(told(session).slice(2, 5)).toEqual([
      `outcome: ${A} succeeded`,
      `outcome: ${B} cancelled`,
      'model: turn_interrupted',
    ]);
  });

  it('by a second message while the first is being heeded changes nothing more', async () => {
    const door = new Door();
    const session = start('interrupt', [calls(A), says('two'), says('three')], door);
    const answers = [session.send('m1')];
    await settled();
    answers.push(session.send('m2'), session.send('m3'));
    door.open();
    expect(await Promise.all(answers.map((answer) => Promise.resolve(answer)))).toMatchObject([
      { kind: 'stopped' },
      { text: 'two' },
      { text: 'three' },
    ]);
  });

  it('that comes with the model’s answer gives both: the answer, and the next turn', async () => {
    const door = new Door();
    const session = startScripted([says('one'), says('two')], {
      input: { messages: 'interrupt' },
      beforeModel: (count) => (count === 1 ? door.opened : undefined),
    });
    const first = session.send('m1');
    await settled();
    const second = session.send('m2');
    door.open();
    expect(await first).toMatchObject({ kind: 'reply', text: 'one' });
    expect(await second).toMatchObject({ kind: 'reply', text: 'two', turn: 2 });
  });

  it('is stopped for good where a person stops the turn as well', async () => {
    const door = new Door();
    const session = start('interrupt', [calls(A), says('two')], door);
    const first = session.send('m1');
    await settled();
    const second = session.send('m2');
    expect(act(session, 'stop')).toMatchObject({ kind: 'done' });
    door.open();
    expect(await first).toMatchObject({ reason: 'stopped_by_person' });
    expect(await second).toMatchObject({ text: 'two' });
  });

  it('waits behind a person, and is then just the next', async () => {
    const door = new Door();
    const session = start('interrupt', [calls(A), says('one'), says('two')], door);
    void session.send('m1');
    await settled();
    act(session, 'pause');
    expect(await session.send('m2')).toMatchObject({ kind: 'queued', ahead: 1 });
    door.open();
    act(session, 'resume');
    await settled();
    expect(answerTo(session, 'm1')).toMatchObject({ kind: 'reply', text: 'one' });
    expect(answerTo(session, 'm2')).toMatchObject({ kind: 'reply', text: 'two' });
  });
});

describe('while a call waits for approval', () => {
  const asked = (id: string): PlannedCall => ({
    ...plannedCall(id),
    kind: 'approval',
    approval: { reason: 'money', toolHash: 't'.repeat(64), approvals: 1, stages: [{}] },
  });
  const waiting = async (messages: MessagePolicy | undefined, whileWaiting?: 'withdraw') => {
    const session = startScripted(
      [{ kind: 'calls', calls: [asked(A), asked(B)] }, says('as you wish'), says('two'), says('three')],
      { policy: { ...(messages ? { messages } : {}), ...(whileWaiting ? { whileWaiting } : {}) } },
    );
    void session.send('m1');
    await settled();
    return session;
  };
  const kinds = ({ state }: Scripted) => state.items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : []));

  it.each(['queue', 'steer', 'interrupt'] as const)('%s: a message waits behind it', async (messages) => {
    const session = await waiting(messages);
    expect(await session.send('m2')).toEqual({ kind: 'queued', messageId: 'm2', ahead: 1 });
    expect(session.state.stop).toBeUndefined();
    expect(kinds(session)).toEqual([]);
  });

  it.each([
    ['queue', 'as you wish', 'two'],
    ['steer', 'as you wish', 'as you wish'],
  ] as const)(
    '%s, with withdraw: the calls are withdrawn, and the message goes by the policy',
    async (messages, first, second) => {
      const session = await waiting(messages, 'withdraw');
      expect(await session.send('m2')).toMatchObject({ kind: 'reply', text: second });
      expect(answerTo(session, 'm1')).toMatchObject({ kind: 'reply', text: first });
      expect(kinds(session)).toMatchObject([A, B].map(() => ({ kind: 'rejected', reason: 'withdrawn' })));
      expect(session.activityIds).toEqual([]);
    },
  );

  it('interrupt, with withdraw: the turn is broken off, and every call has its outcome', async () => {
    const session = await waiting('interrupt', 'withdraw');
    expect(await session.send('m2')).toMatchObject({ kind: 'reply', turn: 2 });
    expect(answerTo(session, 'm1')).toMatchObject({ kind: 'stopped', reason: 'interrupted' });
    expect(kinds(session)).toHaveLength(2);
    expect(session.activityIds).toEqual([]);
  });

  it('nothing is withdrawn by a message that was sent before, or while a person holds the session', async () => {
    const session = await waiting('queue', 'withdraw');
    expect(await session.send('m1')).toMatchObject({ kind: 'waiting_for_human' });
    act(session, 'take_over');
    expect(await session.send('m2')).toMatchObject({ kind: 'with_person' });
    expect(kinds(session)).toEqual([]);
  });
});
