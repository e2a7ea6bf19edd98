import { FAILURE_TYPES } from '../../../workflows/contracts/failures';
import { sessionResult } from '../../../workflows/session/session-loop';
import { plannedCall, startScripted } from './scripted-session';

const answers = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ kind: 'answer', text: `answer ${index + 1}` }) as const);

describe('a session', () => {
  it('answers a repeated message id with the same answer and makes no second turn', async () => {
    const session = startScripted(answers(1));
    const first = await session.send('m1', 'hi');
    expect(await session.send('m1', 'hi')).toEqual(first);
    expect(session.modelInputs).toHaveLength(1);
    session.end();
    await session.finished;
  });

  it('lets a repeat that comes while the turn runs wait for the same answer', async () => {
    const session = startScripted(answers(1));
    const [first, again] = await Promise.all([session.send('m1', 'hi'), session.send('m1', 'hi')]);
    expect(again).toEqual(first);
    expect(session.modelInputs).toHaveLength(1);
    session.end();
    await session.finished;
  });

  it('refuses a message id that comes with other content', async () => {
    const session = startScripted(answers(1));
    await session.send('m1', 'hi');
    expect(() => session.send('m1', 'something else')).toThrow(
      expect.objectContaining({ type: FAILURE_TYPES.messageIdReused }),
    );
    session.end();
    await session.finished;
  });

  it('lets 4 sends wait and answers further ones as queued at once; every one is answered in order', async () => {
    const session = startScripted(answers(10));
    const ids = Array.from({ length: 10 }, (_, index) => `m${index}`);
    const sent = await Promise.all(ids.map(async (id) => session.send(id)));
    expect(sent.map((answer) => answer.kind)).toEqual([
      ...Array<string>(4).fill('reply'),
      ...Array<string>(6).fill('queued'),
    ]);
    await session.send('m9', 'text of m9');
    expect(ids.map((id) => session.mailbox.answer(id))).toEqual(
      ids.map((messageId, index) => ({
        kind: 'answered',
        answer: { kind: 'reply', messageId, turn: index + 1, text: `answer ${index + 1}` },
      })),
    );
    session.end();
    await session.finished;
  });

  it('answers the messages that are left when it ends, and takes no more', async () => {
    const session = startScripted(answers(1), { beforeModel: (_, running) => running.end() });
    const both = await Promise.all([session.send('m1'), session.send('m2')]);
    expect(both.map((answer) => answer.kind)).toEqual(['reply', 'ended']);
    await session.finished;
    expect(() => session.send('m3')).toThrow(expect.objectContaining({ type: FAILURE_TYPES.sessionClosing }));
  });

  it('ends a task after its first turn with the answer as the result', async () => {
    const session = startScripted(answers(1), { input: { mode: 'task' } });
    await session.send('m1');
    const ending = await session.finished;
    expect(sessionResult(session.state, { ...ending, status: 'completed' })).toMatchObject({
      status: 'completed',
      reason: 'task_done',
      answer: 'answer 1',
      turns: 1,
    });
  });

  it('ends as stopped, with the names that exist, when nobody knows the agent', async () => {
    const failed = {
      kind: 'failed',
      type: FAILURE_TYPES.unknownAgent,
      message: 'no agent clerk',
      names: ['receptionist'],
    } as const;
    const session = startScripted([failed]);
    expect(await session.send('m1')).toMatchObject({
      kind: 'stopped',
      reason: 'unknown_agent',
      names: ['receptionist'],
      session: 'ended',
    });
    expect(await session.finished).toMatchObject({ status: 'stopped', reason: 'unknown_agent' });
  });

  it('stays open when an agent it has talked with is gone for a while', async () => {
    const failed = { kind: 'failed', type: FAILURE_TYPES.unknownAgent, message: 'no agent clerk', names: [] } as const;
    const session = startScripted([...answers(1), failed]);
    await session.send('m1');
    expect(await session.send('m2')).toMatchObject({ kind: 'stopped', session: 'open' });
    session.end();
    expect(await session.finished).toMatchObject({ status: 'completed' });
  });

  it('ends when no message ever comes', async () => {
    const session = startScripted([], { firstMessageInTime: false });
    expect(await session.finished).toMatchObject({ status: 'stopped', reason: 'no_message' });
  });

  it('remembers the last 200 messages and forgets older answered ones', async () => {
    const session = startScripted(answers(203));
    for (let index = 1; index <= 203; index += 1) await session.send(`m${index}`);
    expect(session.mailbox.answer('m3')).toEqual({ kind: 'unknown_message', messageId: 'm3' });
    expect(session.mailbox.answer('m4')).toMatchObject({ kind: 'answered' });
    session.end();
    await session.finished;
  });

  it('shows the answer of the turn that just ended', async () => {
    const session = startScripted(answers(2));
    for (const messageId of ['m1', 'm2']) {
      const answer = await session.send(messageId);
      expect(session.page()).toContain('**waiting_for_user**');
      expect(session.page()).toContain(`Answer: ${(answer as { text: string }).text}`);
    }
    session.end();
    await session.finished;
    expect(session.page()).toContain('**completed**');
  });

  it('keeps the record of recent calls for displays', async () => {
    const session = startScripted([{ kind: 'calls', calls: [plannedCall('t1.s1.c1-a')] }, ...answers(1)]);
    await session.send('m1');
    expect(
      session.state.recent.map(({ kind, name, outcome, attempt, cost }) => ({ kind, name, outcome, attempt, cost })),
    ).toEqual([
      { kind: 'model', name: 'clerk', outcome: 'calls', attempt: 1, cost: '$0.0010' },
      { kind: 'tool', name: 'book', outcome: 'succeeded', attempt: 1, cost: undefined },
      { kind: 'model', name: 'clerk', outcome: 'answer', attempt: 1, cost: '$0.0010' },
    ]);
    session.end();
    await session.finished;
  });
});
