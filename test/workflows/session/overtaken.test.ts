/** An act that was told to be done, and a model's answer that comes in with it all the same: both are true, so the answer is not given. */
import type { InterveneRequest } from '../../../workflows/contracts/messages';
import { plannedCall, POLICY, startScripted, type Move } from './scripted-session';

const A = 't1.s1.c1-a';
const booking = {
  ...plannedCall(A, 'book'),
  ledger: { name: 'default', id: 'ledger-1' },
  policy: { ...POLICY, compensates: true },
};

/** A turn that books, and whose last model call is overtaken by an act. */
async function overtaken(request: Partial<InterveneRequest>, last: Move, steps = 3) {
  const scripted = startScripted(
    [{ kind: 'calls', calls: [booking] }, last, { kind: 'answer', text: 'the next turn' }],
    {
      policy: { steps },
      beforeModel: (call, session) => {
        if (call !== 2) return;
        expect(session.interventions.intervene({ actId: 'act-1', act: 'stop', ...request })).toMatchObject({
          kind: 'done',
        });
      },
    },
  );
  const answer = await scripted.send('m1');
  const undone = scripted.activityIds.filter((id) => id.endsWith('.undo'));
  return { scripted, answer, undone };
}

const answers: Move = { kind: 'answer', text: 'booked' };

it('a stopped turn is answered as stopped, and the model is told so', async () => {
  const { scripted, answer, undone } = await overtaken({}, answers);
  expect(answer).toMatchObject({ kind: 'stopped', reason: 'stopped_by_person' });
  expect(undone).toEqual([]);
  expect(scripted.state.items.slice(-2)).toMatchObject([
    { kind: 'assistant', text: 'booked' },
    { kind: 'note', reason: 'turn_stopped' },
  ]);
  expect(await scripted.send('m2')).toMatchObject({ kind: 'reply', text: 'the next turn' });
  scripted.end();
  await scripted.finished;
});

it.each<[string, Move, number]>([
  ['answer', answers, 3],
  ['last answer of all', answers, 1],
  ['call in place of the last answer', { kind: 'calls', calls: [plannedCall('t1.s2.c1-b')] }, 1],
])('what the turn did is undone where the act says so, whatever the model says: %s', async (_what, last, steps) => {
  const { scripted, answer, undone } = await overtaken({ onStop: 'compensate' }, last, steps);
  expect(answer).toMatchObject({ kind: 'stopped', message: 'the turn was stopped; undone: book()' });
  expect(undone).toEqual([`${A}.undo`]);
  const { items } = scripted.state;
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
  expect(items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []))).toEqual(asked);
  scripted.end();
  await scripted.finished;
});

it('a session that ends gives the answer, but where what the turn did is to be undone', async () => {
  const kept = await overtaken({ act: 'end' }, answers);
  expect(kept.answer).toMatchObject({ kind: 'reply', text: 'booked' });
  const undone = await overtaken({ act: 'end', onStop: 'compensate' }, answers);
  expect(undone.answer).toMatchObject({ kind: 'ended', reason: 'the session was ended; undone: book()' });
  expect(undone.undone).toEqual([`${A}.undo`]);
});

it('a turn that is stopped says what the model had said in it, and only that', async () => {
  const says = { kind: 'calls', calls: [booking], text: 'I book it now' } as const;
  const scripted = startScripted([{ kind: 'answer', text: 'of another turn' }, says, { kind: 'cancelled' }], {
    beforeModel: (call, session) => {
      if (call === 3) void session.interventions.intervene({ actId: 'act-1', act: 'stop' });
    },
  });
  await scripted.send('m1');
  expect(await scripted.send('m2')).toMatchObject({ kind: 'stopped', text: 'I book it now' });
  const silent = await overtaken({}, { kind: 'cancelled' });
  expect(silent.answer).not.toHaveProperty('text');
});
