/** What is kept of signals that were refused. */
import { refusedSignal, unknownSignal } from '../../../workflows/session/refused-signals';

it('is what they said, as far as it can be read, with nothing that could act on a display', () => {
  const raw = { actId: 'a', act: 'pa\u001b[2Juse', callId: 't1.s1.c1-a', by: 'eve\u202e', text: 'secret' };
  expect(refusedSignal(raw, 'not now\n- [x](y)')).toEqual({
    message: 'intervention',
    act: 'pa\\u001b[2Juse',
    callId: 't1.s1.c1-a',
    by: 'eve\\u202e',
    problem: 'not now\\u000a- [x](y)',
  });
});

it.each([undefined, null, 7, 'text', [{ act: 'pause' }], { act: 7, by: {}, callId: '' }])(
  'is next to nothing of %j',
  (raw) => {
    expect(refusedSignal(raw, 'no')).toEqual({ message: 'intervention', problem: 'no' });
  },
);

it('is never long', () => {
  const long = 'x'.repeat(100_000);
  const kept = [refusedSignal({ act: long, callId: long, by: long }, long), unknownSignal(long)];
  for (const act of kept) expect(JSON.stringify(act).length).toBeLessThan(900);
});

it('names the signal of acts where nobody knows the signal', () => {
  expect(unknownSignal('aproved')).toEqual({
    message: 'aproved',
    problem: expect.stringMatching(/no signal of this name; acts of people are the signal intervention/),
  });
});
