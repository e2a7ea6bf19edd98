import { intervene, interveneRefusal } from '../../../workflows/session/interventions';
import { newSession } from '../../../workflows/session/session-state';

function openSession() {
  const state = newSession('session-1', { v: 1, agent: 'clerk' }, 'run-1', 1000);
  let stopped = 0;
  return { state, deps: { state, now: () => 2000, stopTurn: () => (stopped += 1) }, stops: () => stopped };
}

describe('the act end', () => {
  it('ends the session with who and why, and stops the turn', () => {
    const { state, deps, stops } = openSession();
    const result = intervene({ actId: 'a1', act: 'end', by: 'nurse', reason: 'patient left' }, deps);
    expect(result).toEqual({ kind: 'done', actId: 'a1', status: 'completed' });
    expect(state.ending).toEqual({
      status: 'completed',
      reason: 'ended',
      message: 'the session was ended by nurse: patient left',
    });
    expect(stops()).toBe(1);
  });

  it('done twice under one id acts once; under another id it is refused', () => {
    const { state, deps, stops } = openSession();
    intervene({ actId: 'a1', act: 'end' }, deps);
    expect(interveneRefusal(state, { actId: 'a1', act: 'end' })).toBeNull();
    expect(intervene({ actId: 'a1', act: 'end' }, deps).kind).toBe('already_done');
    expect(interveneRefusal(state, { actId: 'a2', act: 'end' })?.message).toMatch(/closing already \(ended\)/);
    expect(stops()).toBe(1);
  });
});
