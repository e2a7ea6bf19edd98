/** Decisions that come while the model is asked: what is put on record then is no part of the request that runs. */
import { A, decision, finish } from './asked';
import { plannedCall, startScripted } from './scripted-session';

it('a refusal while the model is asked neither moves what it is sent, nor what it knows', async () => {
  const session = startScripted(
    [
      { kind: 'calls', calls: [plannedCall(A)] },
      { kind: 'calls', calls: [plannedCall('t1.s2.c1-b')] },
      { kind: 'answer', text: 'done' },
    ],
    {
      beforeModel: async (call, { approvals }) => {
        if (call === 2) expect(await approvals.decide(decision('t9.s9.c9-z'))).toMatchObject({ type: 'Refused' });
      },
    },
  );
  expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
  const [, second, third] = session.modelInputs;
  expect(second?.base.length).toBe(2);
  // What the second call left behind does not cover the note, so the third one is sent all that came after the first.
  expect(third?.base).toEqual(second?.base);
  expect(third?.items.map(({ kind }) => kind)).toEqual(['outcome', 'note', 'assistant', 'outcome']);
  expect(session.state.base.length).toBe(session.state.items.length);
  await finish(session);
});
