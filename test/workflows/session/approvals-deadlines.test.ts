/** What the clock does to calls that wait for approval: reminders, deadlines and the next stage, whenever somebody is there to look. */
import type { ApprovalTerms } from '../../../workflows/contracts/approval';
import { A, approvalCall, asking, B, decision, finish, kinds, notes, outcomes, settled, waiting } from './asked';
import type { Scripted } from './scripted-session';

const HOUR = 3_600_000;
const signed = { signed: true } as const;

/** Lets the time pass, and has the timer go off that is running then. */
async function passes(session: Scripted, ms: number): Promise<void> {
  session.pass(ms);
  session.timers
    .filter(({ stopped }) => !stopped)
    .at(-1)
    ?.fire();
  await settled();
}

const staged = (...stages: ApprovalTerms['stages']) => ({ stages });

describe('a deadline', () => {
  it('rejects where nothing else is said, and the model is told why', async () => {
    const session = await asking([approvalCall(A, staged({ deadlineMs: HOUR }))]);
    expect(session.timers).toHaveLength(1);
    expect(session.timers[0]?.ms).toBeGreaterThan(HOUR - 20);
    await passes(session, HOUR);
    const message = 'nobody decided on this call in time, so it did not run';
    expect(outcomes(session)).toEqual([[A, { kind: 'rejected', reason: 'denied', message }]]);
    expect(session.activityIds).toEqual([]);
    expect(await session.approvals.decide(decision(A))).toMatchObject({
      type: 'AlreadyDecided',
      message: expect.stringContaining('already rejected by policy') as string,
    });
    await finish(session);
  });

  it('approves where the tool says so, and the record says that no person did', async () => {
    const session = await asking([approvalCall(A, staged({ deadlineMs: HOUR, atDeadline: 'approve' }))]);
    await passes(session, HOUR);
    expect(kinds(session)).toEqual(['succeeded']);
    expect(session.toolInputs[0]?.approved?.by).toEqual(['policy']);
    expect(notes(session)).toEqual(['approved_by_deadline']);
    await finish(session);
  });

  it.each([
    ['approve', 'where decisions are signed', { ...signed, ...staged({ deadlineMs: HOUR, atDeadline: 'approve' }) }],
    ['escalate', 'where nobody is left to ask', staged({ deadlineMs: HOUR, atDeadline: 'escalate' })],
  ] as const)('that says %s %s rejects: what a plan cannot mean does not run', async (_, __, terms) => {
    const session = await asking([approvalCall(A, terms)]);
    await passes(session, HOUR);
    expect([kinds(session), session.activityIds]).toEqual([['rejected'], []]);
    await finish(session);
  });

  it('comes before a decision that arrives after it, also where its timer was held up', async () => {
    const session = await asking([approvalCall(A, staged({ deadlineMs: HOUR }))]);
    session.pass(HOUR);
    expect(await session.approvals.decide(decision(A))).toMatchObject({ type: 'AlreadyDecided' });
    await settled();
    expect(kinds(session)).toEqual(['rejected']);
    await finish(session);
  });

  it('is no deadline any more once the call is decided on', async () => {
    const session = await asking([approvalCall(A, staged({ deadlineMs: HOUR })), approvalCall(B)]);
    await session.approvals.decide(decision(A));
    expect(session.timers.map(({ stopped }) => stopped)).toEqual([true]);
    await session.approvals.decide(decision(B));
    await session.send('m1');
    expect(kinds(session)).toEqual(['succeeded', 'succeeded']);
    await finish(session);
  });
});

describe('the next stage', () => {
  const twoStages = (first: object = {}, more: Partial<ApprovalTerms> = {}) =>
    approvalCall(A, {
      notify: true,
      ...more,
      stages: [
        { deadlineMs: HOUR, atDeadline: 'escalate', ...first },
        { deadlineMs: 2 * HOUR, atDeadline: 'reject' },
      ],
    });

  it('begins when the deadline of the first one was acted on, and has all of its time', async () => {
    const session = await asking([twoStages()]);
    await passes(session, 10 * HOUR);
    expect(waiting(session)).toEqual([A]);
    expect(session.notified.map(({ kind }) => kind)).toEqual(['asked', 'escalated']);
    expect(session.timers.at(-1)?.ms).toBeGreaterThan(2 * HOUR - 20);
    await passes(session, 2 * HOUR);
    expect([kinds(session), notes(session)]).toEqual([['rejected'], ['escalated', 'rejected']]);
    await finish(session);
  });

  it('keeps the approvals of those who may decide there too, and no others', async () => {
    const roles = { clerk: ['clerk'], boss: ['boss', 'clerk'] };
    const terms = {
      ...signed,
      approvals: 2,
      stages: [
        { roles: ['clerk'], deadlineMs: HOUR, atDeadline: 'escalate' },
        { roles: ['boss'], deadlineMs: HOUR },
      ],
    } as const;
    for (const [role, left] of [
      ['clerk', []],
      ['boss', ['anna']],
    ] as const) {
      const session = await asking([approvalCall(A, terms)], {
        check: ({ by }) => ({ kind: 'accepted', by, verified: true, roles: roles[role] }),
      });
      await session.approvals.decide(decision(A, { signature: 'jws' }));
      await passes(session, HOUR);
      const approving = session.state.runningStep?.calls[0]?.approving;
      expect([approving?.stage, approving?.approvedBy.map(({ by }) => by)]).toEqual([1, left]);
      await finish(session);
    }
  });
});

describe('a reminder', () => {
  it('is sent and counted when it is due; of those that nobody could send in time one is', async () => {
    const session = await asking([
      approvalCall(A, { notify: true, ...staged({ deadlineMs: HOUR, remindMs: [100_000, 200_000, 300_000] }) }),
    ]);
    await passes(session, 100_000);
    await passes(session, 250_000);
    expect(session.notified.map(({ kind }) => kind)).toEqual(['asked', 'reminder', 'reminder']);
    expect(notes(session)).toEqual(['reminded', 'reminded']);
    expect(session.state.runningStep?.calls[0]?.approving?.reminded).toBe(3);
    await passes(session, HOUR);
    expect(kinds(session)).toEqual(['rejected']);
    await finish(session);
  });

  it('that nobody takes is on record, and changes nothing', async () => {
    const session = await asking([approvalCall(A, { notify: true })], { notify: () => 'the pager is down' });
    await settled();
    expect(session.notified).toMatchObject([{ kind: 'asked', sessionId: 'session-1', item: { id: A } }]);
    expect(session.state.items.at(-1)).toMatchObject({ reason: 'notify_failed', callId: A });
    expect(session.approvals.quiet).toBe(true);
    expect(waiting(session)).toEqual([A]);
    await finish(session);
  });
});
