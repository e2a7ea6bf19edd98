/** Bounds and detectors where two things come together. */
import type { ToolCallReport } from '../../../workflows/contracts/tool';
import { finish } from './in-doubt';
import { answer, callOf, calls, extend, ladderOf, settled, startLimited } from './limited';
import { plannedCall, POLICY, startScripted, SUCCEEDED } from './scripted-session';

const FAILED: ToolCallReport = {
  outcome: { kind: 'failed', reason: 'tool_error', message: 'no slot' },
  attempt: 1,
  ledger: 'none',
};
const same = (count: number) => calls(count, () => 'a');

it('a detector that was extended before it was met asks all the same, once that is used up', async () => {
  const session = startLimited(
    [...same(4), answer('done')],
    { onLimit: 'ask' },
    {
      policy: { steps: 20, detectors: ladderOf('sameCall', 2, ['ask', 'stop']) },
      tool: async () => {
        if (session.toolInputs.length === 1) extend(session, 'detector.sameCall', 2);
        return SUCCEEDED;
      },
    },
  );
  expect(await session.send('m1')).toMatchObject({
    kind: 'waiting_for_human',
    pending: [{ id: 'detector.sameCall', limit: { limit: 4, used: 4 } }],
  });
  extend(session, 'detector.sameCall', 1);
  await settled();
  expect(session.mailbox.answer('m1')).toMatchObject({ answer: { kind: 'reply', text: 'done' } });
  await finish(session);
});

it('the session’s own limits hold also where the agent’s worker is of a version without limits', async () => {
  const session = startScripted([...calls(5), answer('so far')], {
    policy: { steps: 20 },
    input: { limits: { turn: { toolFailures: 2 }, session: { microUsd: 1_000_000 }, onLimit: 'stop' } },
    tool: () => FAILED,
  });
  expect(await session.send('m1')).toMatchObject({ partial: 'turn.toolFailures: 2 of 2 failed tool calls used' });
  expect(session.modelInputs.map(({ allowance }) => allowance?.microUsd)).toEqual([1_000_000, 999_000, 998_000]);
  expect(extend(session, 'session.microUsd', 5)).toMatchObject({ limit: { limit: 1_000_005 } });
  await finish(session);
});

it('`steps` alone, which sessions of earlier versions have, leaves them their rules', async () => {
  const session = startScripted([...calls(2), answer('so far')], {
    policy: { steps: 20 },
    input: { limits: { steps: 2 } },
  });
  expect(await session.send('m1')).toMatchObject({ partial: 'steps_limit: 2 steps were used' });
  await finish(session);
});

describe('the engine’s own words', () => {
  const limits = { turn: { modelCalls: 61 }, onLimit: 'stop' } as const;
  const moves = [callOf('a'), ...calls(60, (index) => `failing-${index}`)];

  it('do not say that nothing was done where it was done long ago', async () => {
    const session = startLimited([...moves, { kind: 'failed', type: 'ModelUnavailable', message: '503' }], limits, {
      policy: { steps: 500 },
      tool: () => (session.toolInputs.length === 1 ? SUCCEEDED : FAILED),
    });
    const reply = await session.send('m1');
    expect(reply).toMatchObject({ kind: 'reply', text: expect.not.stringContaining('Nothing was done') });
    expect(reply).toMatchObject({ text: expect.stringContaining('What earlier steps of this turn did is kept') });
    await finish(session);
  });

  it('name the last of what was done, and say that there is more', async () => {
    const session = startLimited([...calls(61), { kind: 'failed', type: 'ModelUnavailable', message: '503' }], limits, {
      policy: { steps: 500 },
    });
    const { text } = (await session.send('m1')) as { text: string };
    expect(text).toContain('- (and what earlier steps of this turn did: see the transcript)\n- book(40)\n');
    expect(text).toMatch(/- book\(59\)$/);
    await finish(session);
  });
});

it('a bound that was met as the run is to continue as new is what the next run asks about', async () => {
  const session = startLimited(
    [callOf('a'), { kind: 'limit', bound: 'microUsd', needed: 700, left: 500 }, answer('done')],
    { turn: { microUsd: 1_500 }, onLimit: 'ask' },
    {
      beforeModel: (call, { state }) => {
        if (call === 2) state.continuing = true;
      },
    },
  );
  expect(await session.send('m1')).toMatchObject({
    kind: 'waiting_for_human',
    pending: [{ id: 'turn.microUsd', limit: { needed: 700 } }],
  });
  expect(session.modelInputs).toHaveLength(2);
  extend(session, 'turn.microUsd', 5_000);
  await settled();
  expect(session.mailbox.answer('m1')).toMatchObject({ answer: { kind: 'reply', text: 'done' } });
  await finish(session);
});

it('before the model answered for the first time nobody knows what the agent declares, and that is said', async () => {
  const refusals: unknown[] = [];
  const session = startLimited(
    [answer('done')],
    { turn: { tokens: 100 } },
    {
      input: { limits: { session: { modelCalls: 5 } } },
      beforeModel: (_, { interventions }) => {
        for (const bound of ['turn.tokens', 'session.modelCalls'] as const) {
          refusals.push(interventions.refusal({ actId: bound, act: 'extend', bound, amount: 1 })?.message ?? null);
        }
      },
    },
  );
  await session.send('m1');
  expect(refusals).toEqual([
    expect.stringMatching(
      /turn\.tokens is not known yet: .* once the model has answered .* itself are: session\.modelCalls/,
    ),
    null,
  ]);
  await finish(session);
});

it('a compensation that fails is no failed call of the model', async () => {
  const undoable = {
    ...plannedCall('t1.s1.c1-a'),
    ledger: { name: 'default', id: 'ledger-1' },
    policy: { ...POLICY, compensates: true },
  };
  const session = startLimited(
    [{ kind: 'calls', calls: [undoable] }, answer('booked')],
    { session: { toolFailures: 1 }, onLimit: 'stop' },
    { policy: { detectors: ladderOf('toolFailures', 1, ['stop']) }, undo: () => FAILED },
  );
  await session.send('m1');
  const undone = await session.interventions.intervene({ actId: 'u1', act: 'undo', callId: 't1.s1.c1-a' });
  expect(undone).toMatchObject({ outcome: { kind: 'failed' } });
  expect(session.state.bounding.session.toolFailures).toBe(0);
  expect(session.state.bounding.noticed.toolFailures?.count ?? 0).toBe(0);
  await finish(session);
});
