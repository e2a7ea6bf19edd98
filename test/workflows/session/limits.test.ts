import type { Limits } from '../../../workflows/contracts/limits';
import { finish } from './in-doubt';
import { answer, callOf, calls, extend, notes, purposes, repair, startLimited } from './limited';
import { SUCCEEDED } from './scripted-session';

describe('a bound with `stop`', () => {
  it('on steps leaves one more call without tools, and the answer says that it is partial and why', async () => {
    const session = startLimited(
      [...calls(2), answer('two of three are booked')],
      { onLimit: 'stop' },
      { policy: { steps: 2 } },
    );
    expect(await session.send('m1')).toEqual({
      kind: 'reply',
      messageId: 'm1',
      turn: 1,
      text: 'two of three are booked',
      partial: 'turn.steps: 2 of 2 steps used',
    });
    expect(purposes(session)).toEqual(['step', 'step', 'final']);
    expect(notes(session.state, 'model', 'limit')).toEqual([expect.stringContaining('No tool can be called now')]);
    await finish(session);
  });

  it('is what stands where the agent does not say what to do', async () => {
    const session = startLimited([...calls(1), answer('one')], {}, { policy: { steps: 1 } });
    expect(await session.send('m1')).toMatchObject({ kind: 'reply', partial: 'turn.steps: 1 of 1 step used' });
    await finish(session);
  });

  it('on model calls keeps one of them for the last answer', async () => {
    const session = startLimited([...calls(2), answer('so far')], { turn: { modelCalls: 3 }, onLimit: 'stop' });
    expect(await session.send('m1')).toMatchObject({
      text: 'so far',
      partial: expect.stringContaining('turn.modelCalls: 2 of 3'),
    });
    expect(purposes(session)).toEqual(['step', 'step', 'final']);
    expect(session.state.bounding.turn.modelCalls).toBe(3);
    await finish(session);
  });

  it('of one model call lets that one be a step, and the engine answers where it was not the last', async () => {
    const session = startLimited([callOf('a')], { turn: { modelCalls: 1 }, onLimit: 'stop' });
    expect(await session.send('m1')).toMatchObject({
      partial: expect.stringContaining('turn.modelCalls: 1 of 1'),
      text: expect.stringMatching(/What was done is kept:\n- book\(a\)$/),
    });
    expect(purposes(session)).toEqual(['step']);
    await finish(session);
  });

  it('on money tells each call what is left, and books what it cost to the micro-dollar', async () => {
    const session = startLimited([...calls(3), answer('done')], { turn: { microUsd: 2_500 }, onLimit: 'stop' });
    const reply = await session.send('m1');
    // The agent's own bounds are known from the first answer on.
    expect(session.modelInputs.map(({ allowance }) => allowance)).toEqual([
      undefined,
      { microUsd: 1_500 },
      { microUsd: 500 },
    ]);
    expect(session.state.bounding.turn.microUsd).toBe(3_000);
    expect(reply).toMatchObject({
      partial: expect.stringMatching(/^turn\.microUsd: /),
      text: expect.stringContaining('book(2)'),
    });
    await finish(session);
  });

  it('is the tightest of call, turn and session, the session’s own before the agent’s', async () => {
    const limits: Limits = {
      call: { tokens: 900 },
      turn: { tokens: 1_000 },
      session: { tokens: 5_000, microUsd: 9_000 },
    };
    const session = startLimited([callOf('a'), answer('one'), answer('two')], limits, {
      input: { limits: { turn: { tokens: 100 } } },
    });
    await session.send('m1');
    await session.send('m2');
    expect(session.modelInputs.map(({ allowance }) => allowance)).toEqual([
      { tokens: 100 },
      { tokens: 85, microUsd: 8_000 },
      { tokens: 100, microUsd: 7_000 },
    ]);
    await finish(session);
  });

  it('met by an estimate is named with what the call needs; what was not sent costs nothing', async () => {
    const session = startLimited(
      [callOf('a'), { kind: 'limit', bound: 'microUsd', needed: 700, left: 500 }, answer('short answer')],
      { turn: { microUsd: 1_500 }, onLimit: 'stop' },
    );
    expect(await session.send('m1')).toMatchObject({
      text: 'short answer',
      partial: expect.stringMatching(/^turn\.microUsd: \S+ of \S+ used, the next call may need \S+$/),
    });
    expect(session.state.usage.modelCalls).toBe(2);
    expect(session.state.bounding.turn).toMatchObject({ modelCalls: 2, steps: 1, microUsd: 2_000 });
    expect(session.state.recent.map(({ outcome }) => outcome)).toEqual(['calls', 'succeeded', 'limit', 'answer']);
    await finish(session);
  });

  it('that leaves too little for a last answer is answered by the engine, with what was done', async () => {
    const session = startLimited(
      [
        callOf('a'),
        { kind: 'limit', bound: 'tokens', needed: 70, left: 50 },
        { kind: 'limit', bound: 'tokens', needed: 64, left: 50 },
      ],
      { turn: { tokens: 65 }, onLimit: 'stop' },
    );
    const reply = await session.send('m1');
    expect(reply).toMatchObject({ kind: 'reply', text: expect.stringContaining('- book(a)') });
    expect(notes(session.state, 'model', 'limit').at(-1)).toContain('the user was told: I could not finish this');
    await finish(session);
  });

  it('of the agent, met by the session’s first call, is known from what that call brings', async () => {
    const session = startLimited(
      [{ kind: 'limit', bound: 'tokens', needed: 900, left: 100 }, answer('too long for me')],
      { call: { tokens: 100 }, onLimit: 'stop' },
    );
    expect(await session.send('m1')).toMatchObject({
      text: 'too long for me',
      partial: 'call.tokens: 0 of 100 tokens used, the next call may need 900 tokens',
    });
    expect(session.modelInputs.map(({ allowance }) => allowance)).toEqual([undefined, { tokens: 100 }]);
    await finish(session);
  });

  it('on repairs ends with a last answer, not without one', async () => {
    const session = startLimited(
      [repair('cut'), repair('cut again'), answer('in plain words')],
      { onLimit: 'stop' },
      { policy: { repairs: 1 } },
    );
    expect(await session.send('m1')).toMatchObject({
      kind: 'reply',
      text: 'in plain words',
      partial: expect.stringContaining('turn.repairs: 1 of 1'),
    });
    expect(purposes(session)).toEqual(['step', 'step', 'final']);
    await finish(session);
  });

  it('on failures of tools counts those that failed, and no others', async () => {
    const outcomes = [
      SUCCEEDED,
      { ...SUCCEEDED, outcome: { kind: 'failed', reason: 'tool_error', message: 'no slot' } as const },
    ];
    let made = 0;
    const session = startLimited(
      [...calls(4), answer('two failed')],
      { turn: { toolFailures: 2 }, onLimit: 'stop' },
      {
        tool: () => outcomes[made++ % 2]!,
      },
    );
    expect(await session.send('m1')).toMatchObject({ partial: 'turn.toolFailures: 2 of 2 failed tool calls used' });
    expect(session.toolInputs).toHaveLength(4);
    await finish(session);
  });

  it('of the session, used up, answers the next turn at once', async () => {
    const session = startLimited([callOf('a'), answer('one'), answer('nothing more')], {
      session: { steps: 2 },
      onLimit: 'stop',
    });
    expect(await session.send('m1')).toMatchObject({ text: 'one' });
    expect(await session.send('m2')).toMatchObject({
      text: 'nothing more',
      partial: 'session.steps: 2 of 2 steps used',
    });
    expect(purposes(session)).toEqual(['step', 'step', 'final']);
    await finish(session);
  });

  it('counts anew with each turn', async () => {
    const session = startLimited(
      [callOf('a'), answer('one'), callOf('b'), answer('two')],
      { onLimit: 'stop' },
      { policy: { steps: 2 } },
    );
    for (const id of ['m1', 'm2']) expect(await session.send(id)).not.toHaveProperty('partial');
    expect(session.state.bounding.session.steps).toBe(4);
    await finish(session);
  });
});

it('the session’s own bounds are said to each model call: at the first one only the agent’s worker knows the agent’s', async () => {
  const own = { turn: { tokens: 100 }, session: { microUsd: 9_000 } };
  const session = startLimited(
    [callOf('a'), answer('one')],
    {},
    { input: { limits: { ...own, steps: 5, onLimit: 'stop' } } },
  );
  await session.send('m1');
  expect(session.modelInputs.map(({ ownLimits }) => ownLimits)).toEqual([own, own]);
  await finish(session);
});

it('a policy of an earlier version, without limits, shows none and extends none', async () => {
  const session = startLimited([callOf('a'), answer('done')], {}, { policy: { limits: undefined } });
  await session.send('m1');
  expect(() => extend(session, 'session.steps', 1)).toThrow(/not declared in this session.*none is/);
  await finish(session);
});

it('the session’s own limits hold also before a model ever answered', async () => {
  const failed = { kind: 'failed', type: 'ModelUnavailable', message: '503' } as const;
  const session = startLimited([failed, failed], {}, { input: { limits: { session: { modelCalls: 1 } } } });
  expect(await session.send('m1')).toMatchObject({ kind: 'stopped', reason: 'ModelUnavailable' });
  expect(await session.send('m2')).toMatchObject({
    kind: 'reply',
    partial: 'session.modelCalls: 1 of 1 model call used',
  });
  expect(session.modelInputs).toHaveLength(1);
  await finish(session);
});
