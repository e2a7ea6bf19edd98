/** Decisions that a worker checks before they are taken: edits and signatures, and what happens meanwhile. */
import type { ApprovalCheckInput } from '../../../workflows/contracts/approval';
import type { CheckEnd } from '../../../workflows/session/approvals';
import {
  A,
  approvalCall,
  asking,
  B,
  decision,
  editedTo,
  finish,
  hashOf,
  kinds,
  notes,
  outcomes,
  settled,
  TERMS,
  waiting,
} from './asked';

const EDIT = { decision: 'edit', args: { cents: 5 } } as const;
const passes = ({ by, args }: ApprovalCheckInput): CheckEnd => ({
  kind: 'accepted',
  by,
  ...(args ? { edited: editedTo(args) } : {}),
});

/** Checks that the test lets come back. */
function gated() {
  const waits: ((end: CheckEnd) => void)[] = [];
  return {
    check: () => new Promise<CheckEnd>((resolve) => waits.push(resolve)),
    async end(index: number, end: CheckEnd): Promise<void> {
      waits[index]?.(end);
      await settled();
    },
  };
}

it('a decision whose id was used for another act while it was checked changes nothing', async () => {
  const checks = gated();
  const session = await asking([approvalCall(A)], { check: checks.check });
  const answer = session.approvals.decide(decision(A, { ...EDIT, actId: 'one' }));
  const pause = { actId: 'one', act: 'pause', by: 'ben' } as const;
  expect(session.interventions.intervene(pause)).toMatchObject({ kind: 'done' });
  await checks.end(0, { kind: 'accepted', by: 'anna', edited: editedTo({ cents: 5 }) });
  expect(await answer).toMatchObject({
    type: 'Refused',
    message: expect.stringMatching(/one was used for another act/),
  });
  expect(waiting(session)).toEqual([A]);
  expect(session.interventions.intervene(pause)).toMatchObject({ kind: 'already_done' });
  await finish(session);
});

describe('an edit', () => {
  it('runs with the arguments of the person, and the record and the model are told', async () => {
    const session = await asking([approvalCall(A)], { check: passes });
    const answer = await session.approvals.decide(decision(A, { ...EDIT, reason: 'less' }));
    expect(answer).toMatchObject({ call: 'approved', argsHash: hashOf({ cents: 5 }), approvedBy: ['anna'] });
    await session.send('m1');
    expect(session.toolInputs).toMatchObject([{ args: { cents: 5 }, argsHash: hashOf({ cents: 5 }) }]);
    expect(session.checkInputs).toMatchObject([
      {
        callId: A,
        decision: 'edit',
        args: { cents: 5 },
        argsHash: hashOf({ cents: 7 }),
        by: 'anna',
        stage: 0,
        reason: 'less',
      },
    ]);
    const items = session.state.items.map((item) =>
      item.kind === 'note' ? `${item.audience}: ${item.reason}` : item.kind,
    );
    expect(items).toEqual(['user', 'assistant', 'record: edited', 'outcome', 'model: edited', 'assistant']);
    expect(session.state.items[4]).toMatchObject({
      text: `Before your call ${A} of pay was allowed, anna changed its arguments. What counts is: {"cents":5}`,
    });
    await finish(session);
  });

  it('that the tool does not take is refused, and the call still waits', async () => {
    const problem = 'cents: expected a number';
    const session = await asking([approvalCall(A)], { check: () => ({ kind: 'refused', type: 'Refused', problem }) });
    expect(await session.approvals.decide(decision(A, EDIT))).toEqual({ type: 'Refused', message: problem });
    expect([waiting(session), notes(session)]).toEqual([[A], ['refused']]);
    await finish(session);
  });

  it('that nobody can check is refused in words, and may be tried again under the same id', async () => {
    const ends: CheckEnd[] = [{ kind: 'failed', message: 'no worker' }];
    const session = await asking([approvalCall(A)], { check: (input) => ends.shift() ?? passes(input) });
    expect(await session.approvals.decide(decision(A, EDIT))).toEqual({
      type: 'Refused',
      message: 'the decision could not be checked, so nothing was changed and the call still waits: no worker',
    });
    expect(await session.approvals.decide(decision(A, EDIT))).toMatchObject({ kind: 'done', call: 'approved' });
    await finish(session);
  });

  it('voids what others approved before, and counts as the approval of its person', async () => {
    const session = await asking([approvalCall(A, { approvals: 2 })], { check: passes });
    await session.approvals.decide(decision(A, { by: 'bert' }));
    expect(await session.approvals.decide(decision(A, EDIT))).toMatchObject({ call: 'waiting', approvedBy: ['anna'] });
    expect(await session.approvals.decide(decision(A, { by: 'carl' }))).toMatchObject({ type: 'StaleDecision' });
    const seen = { argsHash: hashOf({ cents: 5 }) };
    expect(await session.approvals.decide(decision(A, { ...seen, actId: 'own' }))).toMatchObject({
      type: 'NotAuthorized',
    });
    expect(await session.approvals.decide(decision(A, { ...seen, actId: 'b2', by: 'bert' }))).toMatchObject({
      call: 'approved',
      approvedBy: ['anna', 'bert'],
    });
    await session.send('m1');
    expect(session.toolInputs[0]?.argsHash).toBe(seen.argsHash);
    await finish(session);
  });

  it('that the rule asks others about waits for them: it does not let its person decide for them', async () => {
    const terms = { ...TERMS, signed: true, stages: [{ roles: ['boss'] }] } as const;
    const boss = { verified: true, roles: ['boss'] } as const;
    const session = await asking([approvalCall(A)], {
      check: ({ by, args }) => ({ kind: 'accepted', by, ...(args ? { edited: editedTo(args, terms) } : boss) }),
    });
    expect(await session.approvals.decide(decision(A, EDIT))).toMatchObject({ call: 'waiting', approvedBy: [] });
    const next = decision(A, { by: 'berta', argsHash: hashOf({ cents: 5 }) });
    expect(await session.approvals.decide(next)).toMatchObject({ type: 'NotAuthorized' });
    expect(await session.approvals.decide({ ...next, signature: 'jws' })).toMatchObject({ call: 'approved' });
    await session.send('m1');
    expect(session.toolInputs[0]?.approved?.by).toEqual(['berta']);
    await finish(session);
  });

  it('of more than a step may hold is refused: it could not go along to the next run', async () => {
    const args = { text: 'x'.repeat(300_000) };
    const session = await asking([approvalCall(A, { approvals: 2 }), approvalCall(B)], { check: passes });
    expect(await session.approvals.decide(decision(A, { decision: 'edit', args }))).toMatchObject({ kind: 'done' });
    expect(await session.approvals.decide(decision(B, { decision: 'edit', args }))).toMatchObject({
      type: 'Refused',
      message: expect.stringContaining('at most 524288') as string,
    });
    await finish(session);
  });
});

describe('while a decision is checked', () => {
  it('somebody else may be faster, and the checked one is told so', async () => {
    const gate = gated();
    const session = await asking([approvalCall(A)], { check: gate.check });
    const edit = session.approvals.decide(decision(A, EDIT));
    expect(session.approvals.idle).toBe(false);
    await session.approvals.decide(decision(A, { by: 'bert' }));
    await gate.end(0, { kind: 'accepted', by: 'anna', edited: editedTo({ cents: 5 }) });
    expect(await edit).toMatchObject({ type: 'AlreadyDecided' });
    expect(session.toolInputs.map(({ argsHash }) => argsHash)).toEqual([hashOf({ cents: 7 })]);
    expect(session.approvals.idle).toBe(true);
    await finish(session);
  });

  it('the same decision again waits for the same check, and another under its id is refused', async () => {
    const gate = gated();
    const session = await asking([approvalCall(A)], { check: gate.check });
    const twice = [1, 2].map(async () => session.approvals.decide(decision(A, EDIT)));
    expect(await session.approvals.decide(decision(A, { actId: decision(A, EDIT).actId }))).toMatchObject({
      type: 'Refused',
    });
    await gate.end(0, { kind: 'accepted', by: 'anna', edited: editedTo({ cents: 5 }) });
    expect(await Promise.all(twice)).toMatchObject([{ kind: 'done' }, { kind: 'already_done', call: 'approved' }]);
    expect(session.checkInputs).toHaveLength(1);
    await finish(session);
  });

  it('of two edits at once the first that comes back counts, and the other is stale or late', async () => {
    const gate = gated();
    const session = await asking([approvalCall(A, { approvals: 2 })], { check: gate.check });
    const anna = session.approvals.decide(decision(A, EDIT));
    const bert = session.approvals.decide(decision(A, { ...EDIT, by: 'bert', args: { cents: 6 } }));
    await gate.end(1, { kind: 'accepted', by: 'bert', edited: editedTo({ cents: 6 }) });
    await gate.end(0, { kind: 'accepted', by: 'anna', edited: editedTo({ cents: 5 }) });
    expect(await bert).toMatchObject({ call: 'waiting', argsHash: hashOf({ cents: 6 }) });
    expect(await anna).toMatchObject({ type: 'StaleDecision' });
    await finish(session);
  });

  it.each([
    ['accepted', { kind: 'accepted', by: 'anna', verified: true }, 'succeeded'],
    ['refused', { kind: 'refused', type: 'NotAuthorized', problem: 'a forged signature' }, 'rejected'],
    ['not to be had', { kind: 'failed', message: 'no worker' }, 'rejected'],
  ] as const)('the deadline waits for it: it comes back %s', async (_, end, outcome) => {
    const gate = gated();
    const session = await asking([approvalCall(A, { stages: [{ deadlineMs: 1000 }] })], { check: gate.check });
    const decided = session.approvals.decide(decision(A, { signature: 'jws' }));
    session.pass(1000);
    session.timers.at(-1)?.fire();
    expect(waiting(session)).toEqual([A]);
    expect(await session.approvals.decide(decision(A, { by: 'late' }))).toMatchObject({
      type: 'Refused',
      message: 'the deadline of this call has passed; a decision that came before it is being checked',
    });
    await gate.end(0, end);
    await decided;
    await settled();
    expect(kinds(session)).toEqual([outcome]);
    await finish(session);
  });

  it('the turn may be stopped: the call does not run, whatever the check says', async () => {
    const gate = gated();
    const session = await asking([approvalCall(A)], { check: gate.check });
    const edit = session.approvals.decide(decision(A, EDIT));
    await session.interventions.intervene({ actId: 's', act: 'stop', by: 'otto' });
    await settled();
    await gate.end(0, { kind: 'accepted', by: 'anna', edited: editedTo({ cents: 5 }) });
    expect(await edit).toMatchObject({ type: 'Refused' });
    expect(outcomes(session)).toMatchObject([[A, { kind: 'cancelled' }]]);
    expect(session.activityIds).toEqual([]);
    await finish(session);
  });

  it('the user may write, where that withdraws the call', async () => {
    const gate = gated();
    const session = await asking([approvalCall(A)], { check: gate.check });
    const edit = session.approvals.decide(decision(A, EDIT));
    session.approvals.withdraw('user');
    await gate.end(0, { kind: 'accepted', by: 'anna', edited: editedTo({ cents: 5 }) });
    expect(await edit).toMatchObject({ type: 'AlreadyDecided' });
    expect([kinds(session), session.activityIds]).toEqual([['rejected'], []]);
    await finish(session);
  });
});

describe('who decides', () => {
  it('is who the key belongs to: the session\u2019s user does not get in by it either', async () => {
    const session = await asking([approvalCall(A, { signed: true })], {
      check: () => ({ kind: 'accepted', by: 'paula', verified: true }),
    });
    expect(await session.approvals.decide(decision(A, { signature: 'jws' }))).toMatchObject({ type: 'NotAuthorized' });
    await finish(session);
  });

  it('approves what waits, and not what a worker puts in its place', async () => {
    const session = await asking([approvalCall(A)], {
      check: ({ by }) => ({ kind: 'accepted', by, edited: editedTo({ cents: 9_999 }) }),
    });
    await session.approvals.decide(decision(A, { signature: 'jws' }));
    await session.send('m1');
    expect(session.toolInputs).toMatchObject([{ args: { cents: 7 }, argsHash: hashOf({ cents: 7 }) }]);
    await finish(session);
  });

  it('must have signed where that is asked for, and needs no worker to be told so', async () => {
    const session = await asking([approvalCall(A, { signed: true })]);
    expect(await session.approvals.decide(decision(A))).toEqual({
      type: 'NotAuthorized',
      message: 'a decision on this call must be signed, and this one carries no signature',
    });
    expect(session.checkInputs).toEqual([]);
    await finish(session);
  });

  it.each([
    ['without a signature that held', {}],
    ['with another role', { verified: true, roles: ['guest'] }],
  ] as const)('does not count %s, even where a worker let it pass', async (_, accepted) => {
    const session = await asking([approvalCall(A, { signed: true, stages: [{ roles: ['boss'] }] })], {
      check: () => ({ kind: 'accepted', by: 'anna', ...accepted }),
    });
    expect(await session.approvals.decide(decision(A, { signature: 'jws' }))).toMatchObject({ type: 'NotAuthorized' });
    expect(waiting(session)).toEqual([A]);
    await finish(session);
  });
});
