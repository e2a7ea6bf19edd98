/** Terms that a later version's plan may hold: what is not understood does not run, and brings no session to its knees. */
import { areTerms, dueOf } from '../../../workflows/session/approval-stages';
import { decodeCarry, encodeCarry } from '../../../workflows/session/carry';
import { newSession, type SessionState } from '../../../workflows/session/session-state';
import { A, approvalCall, asking, decision, finish, kinds, outcomes, TERMS } from './asked';

const later = (terms: Record<string, unknown>) => ({ ...TERMS, ...terms });

describe('terms of a later version', () => {
  it('whose deadline does something unknown: the call does not run', () => {
    const stages = [{ deadlineMs: 1_000, atDeadline: 'ask_the_model' }];
    const asked = {
      call: approvalCall(A, later({ stages })),
      approving: { since: 0, stage: 0, stageSince: 0, reminded: 0, approvedBy: [] },
    };
    expect(dueOf(asked, 1_000)).toEqual({ kind: 'deadline', does: 'reject' });
  });

  it.each([
    ['an amount that is none', { amount: null }],
    ['an amount without a number', { amount: { value: 'ten' } }],
    ['a unit that is no text', { amount: { value: 1, unit: 7 } }],
    ['a deadline that no calendar has', { stages: [{ deadlineMs: Number.MAX_SAFE_INTEGER }] }],
    ['signatures of another kind', { signed: 'twice' }],
    ['fewer than nobody', { approvals: -1 }],
    ['roles that are no names', { stages: [{ roles: [{ any: 'boss' }] }] }],
  ])('with %s are none, and the call is not run', async (_, terms) => {
    expect(areTerms(later(terms))).toBe(false);
    const session = await asking([approvalCall(A, later(terms))]);
    expect(outcomes(session)).toMatchObject([[A, { kind: 'rejected', reason: 'not_permitted' }]]);
    expect(session.activityIds).toEqual([]);
    await finish(session);
  });

  it('of a call that had not begun go along to the next run, which does not run it either', () => {
    const state: SessionState = {
      ...newSession('session-1', { v: 1, agent: 'clerk' }, 'ns', 1),
      runningStep: { calls: [{ call: approvalCall(A, later({ approvals: 'most' })) }] },
    };
    const decoded = decodeCarry(JSON.parse(JSON.stringify(encodeCarry(state))));
    expect(decoded).toMatchObject({ carry: { runningStep: { calls: [{ call: { id: A } }] } } });
  });

  it('that are as they should be are decided on', async () => {
    const session = await asking([approvalCall(A, later({ madeBy: 'a later version', stages: [{ hue: 'red' }] }))]);
    expect(await session.approvals.decide(decision(A))).toMatchObject({ kind: 'done' });
    await session.send('m1');
    expect(kinds(session)).toEqual(['succeeded']);
    await finish(session);
  });
});
