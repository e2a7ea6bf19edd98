import { Interventions } from '../../../workflows/session/interventions';
import { HoldGate } from '../../../workflows/session/hold-gate';
import { Mailbox } from '../../../workflows/session/mailbox';
import { RunningCalls } from '../../../workflows/session/running-calls';
import { newSession } from '../../../workflows/session/session-state';

function openSession() {
  const state = newSession('session-1', { v: 1, agent: 'clerk' }, 'run-1', 1000);
  let stopped = 0;
  const undoing = { problem: () => null, undo: () => Promise.reject(new Error('nothing is undone here')) };
  const acts = new Interventions(state, {
    now: () => 2000,
    stopTurn: () => (stopped += 1),
    extended: () => {},
    acted: () => {},
    checkState: async ({ patch }) => ({ kind: 'accepted', patch }),
    undoing,
    breakOff: () => {},
    mailbox: new Mailbox(state, () => 2000),
    holdGate: new HoldGate(state),
    running: new RunningCalls(),
    publish: () => {},
    progress: () => {},
    deadline: () => () => {},
  });
  return { state, acts, stops: () => stopped };
}

describe('the act end', () => {
  it('ends the session with who and why, and stops the turn', () => {
    const { state, acts, stops } = openSession();
    const result = acts.intervene({ actId: 'a1', act: 'end', by: 'nurse', reason: 'patient left' });
    expect(result).toEqual({ kind: 'done', actId: 'a1', status: 'completed' });
    expect(state.ending).toEqual({
      status: 'completed',
      reason: 'ended',
      message: 'the session was ended by nurse: patient left',
    });
    expect(stops()).toBe(1);
  });

  it('done twice under one id acts once; under another id it is refused', () => {
    const { acts, stops } = openSession();
    void acts.intervene({ actId: 'a1', act: 'end' });
    expect(acts.refusal({ actId: 'a1', act: 'end' })).toBeNull();
    expect(acts.intervene({ actId: 'a1', act: 'end' })).toMatchObject({ kind: 'already_done' });
    expect(acts.refusal({ actId: 'a2', act: 'end' })?.message).toMatch(/closing already \(ended\)/);
    expect(stops()).toBe(1);
  });
});
