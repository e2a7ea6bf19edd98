/** Decisions that hold for later calls of the same tool. */
import { askedCalls } from '../../../workflows/session/running-step';
import { A, approvalCall, asking, B, decision, finish, notes, settled, waiting } from './asked';
import { plannedCall, SUCCEEDED } from './scripted-session';

describe('a decision that stands', () => {
  const call = (id: string, value: number, more = {}) => approvalCall(id, { amount: { value, unit: 'EUR' }, ...more });

  it('is kept with who gave it, and for what', async () => {
    const session = await asking([call(A, 10)]);
    await session.approvals.decide(decision(A, { standing: { upTo: 20 } }));
    expect(session.state.standing).toMatchObject([
      { by: 'anna', tool: 'pay', toolHash: 'tool-1', upTo: 20, unit: 'EUR' },
    ]);
    expect(notes(session)).toEqual(['approved', 'standing']);
    await finish(session);
  });

  it.each([
    ['lets a call run', 'within its bound', call(B, 20)],
    ['does not let a call run', 'above it', call(B, 21)],
    ['does not let a call run', 'in another unit', call(B, 1, { amount: { value: 1, unit: 'USD' } })],
    ['does not let a call run', 'of unknown amount', call(B, 1, { amount: undefined })],
    ['does not let a call run', 'of the tool as it is now', call(B, 1, { toolHash: 'tool-2' })],
    ['does not let a call run', 'that two must approve', call(B, 1, { approvals: 2 })],
    ['does not let a call run', 'that must be signed', call(B, 1, { signed: true })],
  ])('%s %s', async (does, _, second) => {
    const session = await asking([call(A, 10), plannedCall('t1.s1.c9-x')], {
      tool: ({ id }) => (id === 't1.s1.c9-x' ? new Promise(() => undefined) : SUCCEEDED),
    });
    await session.approvals.decide(decision(A, { standing: { upTo: 20 } }));
    await settled();
    const step = session.state.runningStep;
    if (!step) throw new Error('expected a step that runs');
    session.state.runningStep = { calls: [...step.calls, { call: second }] };
    void session.approvals.ask([second]);
    expect(waiting(session)).toEqual(does === 'lets a call run' ? [] : [B]);
  });

  it('that is taken back holds no longer for a call that waits, but for the one that it was given with', async () => {
    const two = { approvals: 2 };
    const session = await asking([call(A, 10, two), call(B, 10, two), plannedCall('t1.s1.c9-x')], {
      tool: ({ id }) => (id === 't1.s1.c9-x' ? new Promise(() => undefined) : SUCCEEDED),
    });
    const given = decision(A, { standing: {} });
    await session.approvals.decide(given);
    const later = call('t1.s1.c3-c', 10, two);
    const step = session.state.runningStep;
    if (!step) throw new Error('expected a step that runs');
    session.state.runningStep = { calls: [...step.calls, { call: later }] };
    void session.approvals.ask([later]);
    const approvals = () => askedCalls(session.state.runningStep).map(({ approving }) => approving.approvedBy.length);
    expect(approvals()).toEqual([1, 0, 1]);
    await session.interventions.intervene({ actId: 'r', act: 'revoke', standing: given.actId, by: 'otto' });
    expect([session.state.standing, approvals()]).toEqual([[], [1, 0, 0]]);
    expect(await session.approvals.decide(decision(later.id, { by: 'bert' }))).toMatchObject({ call: 'waiting' });
  });
});
