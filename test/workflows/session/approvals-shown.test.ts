/** Calls that wait for approval, as people are shown them. */
import { allPending, callPending } from '../../../workflows/session/held-up';
import { A, approvalCall, asking, B, finish, hashOf } from './asked';

describe('what people are shown of calls that wait', () => {
  it('is cut where it is long, and whole for one call', async () => {
    const args = { text: 'ü'.repeat(60_000) };
    const session = await asking([approvalCall(A, {}, args), approvalCall(B)]);
    const [first, second] = allPending(session.state);
    expect(first?.approval?.args).toHaveProperty('$cut');
    expect(first?.approval?.argsHash).toBe(hashOf(args));
    expect(second?.approval?.args).toEqual({ cents: 7 });
    expect(callPending(session.state, A)).toMatchObject([{ id: A, approval: { args } }]);
    expect(callPending(session.state, 'nothing')).toEqual([]);
    await finish(session);
  });

  it('names who holds the session, beside the calls', async () => {
    const session = await asking([approvalCall(A)]);
    session.state.paused = { by: 'otto', since: 5, reason: 'lunch' };
    session.state.person = { by: 'petra', since: 6 };
    expect(allPending(session.state)).toMatchObject([
      { kind: 'approval', id: A },
      {
        kind: 'paused',
        id: 'paused',
        by: 'otto',
        since: 5,
        summary: 'paused by otto: lunch',
        unblockedBy: 'intervene',
      },
      { kind: 'with_person', by: 'petra', summary: 'petra has taken over' },
    ]);
    await finish(session);
  });
});
