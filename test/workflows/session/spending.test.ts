import type { CutOffRequest } from '../../../workflows/contracts/model';
import { cutOffIn } from '../../../workflows/session/spending';
import { startScripted } from './scripted-session';

const LOST: CutOffRequest = {
  attempt: 1,
  usage: { inputTokens: 100, outputTokens: 20, estimated: true },
  cost: { kind: 'priced', microUsd: 700 },
};

describe('what a session spent', () => {
  it('holds requests of a call that failed for good, as lost', async () => {
    const unpriced: CutOffRequest = { ...LOST, attempt: 2, cost: { kind: 'unpriced' } };
    const session = startScripted([
      { kind: 'failed', type: 'ModelTimeout', message: 'no answer', cutOff: [LOST, unpriced] },
      { kind: 'answer', text: 'back' },
    ]);
    await session.send('m1');
    expect(session.state.usage).toEqual({
      modelCalls: 2,
      toolCalls: 0,
      inputTokens: 200,
      outputTokens: 40,
      microUsd: 700,
      unpricedCalls: 1,
      cutOffMicroUsd: 700,
    });
    await session.send('m2');
    expect(session.state.usage).toMatchObject({ modelCalls: 3, microUsd: 1700, cutOffMicroUsd: 700 });
    session.end();
    await session.finished;
  });

  it('takes from a failure only what can be counted', () => {
    const bad = [
      null,
      'x',
      { ...LOST, usage: { inputTokens: -1, outputTokens: 0 } },
      { ...LOST, usage: { inputTokens: 1.5, outputTokens: 0 } },
      { ...LOST, cost: { kind: 'priced', microUsd: NaN } },
      { ...LOST, cost: { kind: 'free' } },
    ];
    expect(cutOffIn({ cutOff: [...bad, LOST] })).toEqual([LOST]);
    expect([undefined, 'x', { cutOff: 'x' }].map(cutOffIn)).toEqual([[], [], []]);
  });
});
