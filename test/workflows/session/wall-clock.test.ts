/** The bound on time, and model calls that are broken off by it or by people. */
import { finish } from './in-doubt';
import { answer, callOf, calls, extend, limitedPolicy, settled, startLimited } from './limited';
import { modelTurn } from './scripted-session';

/** What the activity makes of a first request that has no answer when the time of the agent's turn is over. */
const givenUp: NonNullable<Parameters<typeof startLimited>[2]>['model'] = (input, session) => {
  session.pass(5_000);
  const turn = modelTurn(input, { kind: 'limit', bound: 'wallClockMs', needed: 5_001, left: 5_000 });
  const policy = limitedPolicy({ turn: { wallClockMs: 5_000 }, onLimit: 'stop' });
  const usage = { inputTokens: 30, outputTokens: 10, estimated: true };
  return {
    kind: 'answered',
    turn: {
      ...turn,
      ...(turn.definition ? { definition: { ...turn.definition, policy } } : {}),
      cutOff: [{ attempt: 1, usage, cost: { kind: 'priced', microUsd: 60 } }],
    },
  };
};

describe('the wall clock', () => {
  it('counts the time at work, and none in which the session waited for its user', async () => {
    const session = startLimited([answer('one'), answer('two')], { session: { wallClockMs: 10_000 } });
    await session.send('m1');
    session.pass(3_600_000);
    await session.send('m2');
    expect(session.state.bounding.session.wallClockMs).toBeLessThan(200);
    expect(session.modelOptions[1]!.wallClockMs).toBeGreaterThan(9_800);
    await finish(session);
  });

  it('is what a model call gets at most, and ends the turn between steps', async () => {
    const session = startLimited(
      [...calls(3), answer('late')],
      { turn: { wallClockMs: 5_000 }, call: { wallClockMs: 2_000 }, onLimit: 'stop' },
      {
        beforeModel: (_, running) => running.pass(1_900),
      },
    );
    const reply = await session.send('m1');
    expect(session.modelOptions[1]).toEqual({ wallClockMs: 2_000 });
    expect(session.modelOptions[2]!.wallClockMs).toBeLessThan(1_300);
    expect(reply).toMatchObject({
      partial: expect.stringContaining('turn.wallClockMs'),
      text: expect.stringContaining('book(2)'),
    });
    await finish(session);
  });

  it('used up in a model call counts as the bound met, not as a failure', async () => {
    const session = startLimited(
      [
        callOf('a'),
        { kind: 'failed', type: 'ActivityTimeout', message: 'no attempt finished in time', outOfTime: true },
        answer('what there is'),
      ],
      { call: { wallClockMs: 2_000 }, onLimit: 'stop' },
    );
    expect(await session.send('m1')).toMatchObject({
      text: 'what there is',
      partial: expect.stringMatching(/^call\.wallClockMs: 2 s of 2 s used/),
    });
    await finish(session);
  });

  it('of the agent, over in the session’s first call, is known from what that call brings, and the request is booked', async () => {
    const session = startLimited([], { turn: { wallClockMs: 5_000 }, onLimit: 'stop' }, { model: givenUp });
    expect(await session.send('m1')).toMatchObject({
      text: expect.stringContaining('Nothing was done in this turn'),
      partial: expect.stringMatching(/^turn\.wallClockMs: 5 s of 5 s used$/),
    });
    expect(session.modelOptions).toEqual([{}]);
    expect(session.state.bounding.turn).toMatchObject({ modelCalls: 1, tokens: 40, microUsd: 60 });
    expect(session.state.usage).toMatchObject({ modelCalls: 1, cutOffMicroUsd: 60 });
    expect(session.state.recent).toMatchObject([{ outcome: 'limit', message: 'given up after 5 s' }]);
    await finish(session);
  });

  it('that is too short for another attempt is not tried again at once', async () => {
    const session = startLimited(
      [
        callOf('a'),
        { kind: 'failed', type: 'ModelUnavailable', message: '503', outOfTime: true },
        answer('what there is'),
      ],
      { turn: { wallClockMs: 60_000 }, onLimit: 'ask' },
    );
    expect(await session.send('m1')).toMatchObject({
      kind: 'waiting_for_human',
      pending: [{ kind: 'limit', id: 'turn.wallClockMs' }],
    });
    extend(session, 'turn.wallClockMs', 60_000);
    await settled();
    expect(session.mailbox.answer('m1')).toMatchObject({ kind: 'answered', answer: { text: 'what there is' } });
    await finish(session);
  });
});

describe('what a broken-off model call cost', () => {
  it('is booked, with an answer that nobody was told of', async () => {
    const lost = {
      attempt: 1,
      usage: { inputTokens: 30, outputTokens: 20 },
      cost: { kind: 'priced', microUsd: 70 } as const,
    };
    const session = startLimited(
      [
        {
          kind: 'cancelled',
          cutOff: [lost],
          answered: { usage: { inputTokens: 4, outputTokens: 1 }, cost: { kind: 'priced', microUsd: 9 } },
        },
      ],
      {},
      { beforeModel: (_, running) => running.end() },
    );
    await session.send('m1');
    expect(session.state.usage).toMatchObject({ modelCalls: 2, microUsd: 79, cutOffMicroUsd: 70, inputTokens: 34 });
    expect(session.state.bounding.turn).toMatchObject({ tokens: 55, microUsd: 79, modelCalls: 1 });
    await session.finished;
  });
});
