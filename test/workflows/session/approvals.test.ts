/** Calls that people must approve: they wait while others run, and are decided on once, by whoever may. */
import type { ApprovalTerms } from '../../../workflows/contracts/approval';
import {
  A,
  approvalCall,
  asking,
  B,
  C,
  decision,
  finish,
  hashOf,
  kinds,
  notes,
  outcomes,
  settled,
  waiting,
} from './asked';
import { plannedCall, startScripted, SUCCEEDED } from './scripted-session';

describe('a call that must be approved', () => {
  it('waits, and whoever waits for the answer is told for what', async () => {
    const session = await asking([approvalCall(A)]);
    expect(await session.send('m1')).toMatchObject({
      kind: 'waiting_for_human',
      pending: [
        {
          kind: 'approval',
          id: A,
          summary: 'pay({"cents":7})',
          unblockedBy: 'decide',
          approval: {
            callId: A,
            tool: 'pay',
            turn: 1,
            step: 1,
            args: { cents: 7 },
            argsHash: hashOf({ cents: 7 }),
            effect: 'idempotent',
            terms: { reason: 'it costs money', approvals: 1 },
            approvedBy: [],
            keyNamespace: 'run-1',
          },
        },
      ],
    });
    expect(session.state).toMatchObject({
      status: 'waiting_for_human',
      reason: 'people must approve pay({"cents":7})',
    });
    expect(session.state.recent.at(-1)).toMatchObject({ id: A, outcome: 'awaiting_approval' });
    expect(session.activityIds).toEqual([]);
    await finish(session);
    expect(outcomes(session)).toEqual([[A, expect.objectContaining({ kind: 'cancelled' })]]);
    expect(session.activityIds).toEqual([]);
  });

  it('runs once it is approved, with what was approved, and its worker is told who did', async () => {
    const session = await asking([approvalCall(A)]);
    const at = expect.any(Number) as number;
    expect(await session.approvals.decide(decision(A, { reason: 'fine' }))).toEqual({
      kind: 'done',
      actId: `anna-approve-${A}`,
      callId: A,
      decision: 'approve',
      call: 'approved',
      approvedBy: ['anna'],
      approvals: 1,
      argsHash: hashOf({ cents: 7 }),
      status: 'running',
    });
    expect(await session.send('m1')).toMatchObject({ kind: 'reply', text: 'done' });
    expect(session.toolInputs).toMatchObject([
      { args: { cents: 7 }, argsHash: hashOf({ cents: 7 }), approved: { toolHash: 'tool-1', by: ['anna'], at } },
    ]);
    expect(session.activityIds).toEqual([A]);
    expect(notes(session)).toEqual(['approved']);
    expect(session.state.recent.find(({ id }) => id === A)).toMatchObject({ outcome: 'succeeded' });
    await finish(session);
  });

  it('is rejected with the reason for the model, and never runs', async () => {
    const session = await asking([approvalCall(A)]);
    const answer = await session.approvals.decide(decision(A, { decision: 'reject', reason: 'too dear' }));
    expect(answer).toMatchObject({ kind: 'done', call: 'rejected', status: 'running' });
    expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
    const message = 'anna did not allow this call: too dear';
    expect(outcomes(session)).toEqual([[A, { kind: 'rejected', reason: 'denied', message }]]);
    expect([session.activityIds, notes(session)]).toEqual([[], ['rejected']]);
    await finish(session);
  });

  it('takes no lane while it waits: the others run meanwhile, and it runs when one is free', async () => {
    let free = (): void => undefined;
    const session = await asking([approvalCall(A), plannedCall(B), plannedCall(C)], {
      policy: { parallelCalls: 1 },
      tool: ({ id }) => (id === C ? new Promise((resolve) => (free = () => resolve(SUCCEEDED))) : SUCCEEDED),
    });
    expect(session.activityIds).toEqual([B, C]);
    await session.approvals.decide(decision(A));
    await settled();
    expect(session.activityIds).toEqual([B, C]);
    free();
    expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
    expect(session.activityIds).toEqual([B, C, A]);
    expect(outcomes(session).map(([id]) => id)).toEqual([A, B, C]);
    await finish(session);
  });

  it('is one of several that are asked at once, decided in any order', async () => {
    const session = await asking([A, B, C].map((id) => approvalCall(id)));
    expect(waiting(session)).toEqual([A, B, C]);
    expect(session.state.reason).toBe('people must approve pay({"cents":7}) (and 2 more)');
    await session.approvals.decide(decision(C));
    await session.approvals.decide(decision(A, { decision: 'reject' }));
    expect(session.state.status).toBe('waiting_for_human');
    await session.approvals.decide(decision(B));
    await session.send('m1');
    expect(kinds(session)).toEqual(['rejected', 'succeeded', 'succeeded']);
    await finish(session);
  });

  it('needs as many different people as its tool says, and one is enough to reject', async () => {
    const session = await asking([approvalCall(A, { approvals: 2 }), approvalCall(B, { approvals: 2 })]);
    expect(await session.approvals.decide(decision(A))).toMatchObject({
      call: 'waiting',
      approvedBy: ['anna'],
      approvals: 2,
    });
    expect(await session.approvals.decide(decision(A, { actId: 'again', by: ' ANNA' }))).toMatchObject({
      type: 'NotAuthorized',
      message: ' ANNA approved this call already, and 2 different people must',
    });
    expect(waiting(session)).toEqual([A, B]);
    expect(await session.approvals.decide(decision(A, { by: 'bert' }))).toMatchObject({
      call: 'approved',
      approvedBy: ['anna', 'bert'],
    });
    await session.approvals.decide(decision(B));
    expect(await session.approvals.decide(decision(B, { decision: 'reject' }))).toMatchObject({ call: 'rejected' });
    await session.send('m1');
    expect(kinds(session)).toEqual(['succeeded', 'rejected']);
    expect(session.toolInputs[0]?.approved?.by).toEqual(['anna', 'bert']);
    await finish(session);
  });

  it.each([
    ['no terms', undefined],
    ['no stage', { stages: [] }],
    ['no number of people', { approvals: '1' }],
  ])('does not run where its plan has %s, and nobody is asked', async (_, wrong) => {
    const call = approvalCall(A);
    const approval = (wrong && { ...call.approval, ...wrong }) as ApprovalTerms;
    const session = startScripted([
      { kind: 'calls', calls: [{ ...call, approval }] },
      { kind: 'answer', text: 'done' },
    ]);
    expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
    expect([kinds(session), session.activityIds]).toEqual([['rejected'], []]);
    await finish(session);
  });

  it('begins only once nobody holds the session any more', async () => {
    const session = await asking([approvalCall(A)]);
    session.state.paused = { by: 'otto', since: 1 };
    expect(await session.approvals.decide(decision(A))).toMatchObject({
      call: 'approved',
      status: 'waiting_for_human',
    });
    await settled();
    expect(session.activityIds).toEqual([]);
    session.state.paused = undefined;
    session.holdGate.look();
    await session.send('m1');
    expect(session.activityIds).toEqual([A]);
    await finish(session);
  });

  it('is withdrawn where the agent says so when the user writes, and the model is told', async () => {
    const session = await asking([approvalCall(A), approvalCall(B, { approvals: 2 })]);
    await session.approvals.decide(decision(B));
    session.approvals.withdraw('user');
    expect(await session.send('m1')).toMatchObject({ kind: 'reply' });
    expect(outcomes(session)).toMatchObject([
      [A, { kind: 'rejected', reason: 'withdrawn' }],
      [B, { kind: 'rejected', reason: 'withdrawn' }],
    ]);
    expect(await session.approvals.decide(decision(A))).toMatchObject({
      type: 'AlreadyDecided',
      message: expect.stringContaining(`the call ${A} was already rejected by user at 1970-01-01T`) as string,
    });
    await finish(session);
  });
});

describe('a decision', () => {
  it('that is repeated is answered with what was decided, whatever has happened since', async () => {
    const session = await asking([approvalCall(A, { approvals: 2 })]);
    const first = await session.approvals.decide(decision(A));
    await session.approvals.decide(decision(A, { by: 'bert' }));
    await session.send('m1');
    expect(await session.approvals.decide(decision(A))).toEqual({
      ...first,
      kind: 'already_done',
      status: 'waiting_for_user',
    });
    expect(notes(session)).toEqual(['approved', 'approved']);
    await finish(session);
  });

  it('under an id that another one has is refused, also where only the person differs', async () => {
    const session = await asking([approvalCall(A, { approvals: 2 }), approvalCall(B)]);
    await session.approvals.decide(decision(A, { actId: 'x' }));
    for (const other of [decision(B, { actId: 'x' }), decision(A, { actId: 'x', by: 'bert' })]) {
      expect(await session.approvals.decide(other)).toMatchObject({ type: 'Refused' });
    }
    expect(waiting(session)).toEqual([A, B]);
    await finish(session);
  });

  it('of the second of two is refused with who was faster, and when', async () => {
    const session = await asking([approvalCall(A)]);
    const both = [decision(A), decision(A, { by: 'bert', decision: 'reject' })];
    const answers = await Promise.all(both.map(async (each) => session.approvals.decide(each)));
    expect(answers).toMatchObject([{ call: 'approved' }, { type: 'AlreadyDecided' }]);
    expect(answers[1]).toMatchObject({
      message: expect.stringMatching(
        /^the call \S+ was already approved by anna at 1970-01-01T00:00:00.\d+Z/,
      ) as string,
    });
    await session.send('m1');
    expect(kinds(session)).toEqual(['succeeded']);
    expect(notes(session)).toEqual(['approved', 'refused']);
    await finish(session);
  });

  it.each([
    ['an unknown call', decision('t9.s9.c9-z'), 'Refused', 'does not wait for approval; those that wait: t1.s1.c1-a'],
    ['a call that needs none', decision(B), 'Refused', 'needs no approval'],
    ['other arguments', decision(A, { argsHash: 'seen' }), 'StaleDecision', 'about other arguments'],
    ['a call one asked for', decision(A, { by: ' pAULA ' }), 'NotAuthorized', 'is the user of this session'],
    ['a bound without an amount', decision(A, { standing: { upTo: 5 } }), 'Refused', 'how much a call is about'],
  ])('on %s is refused, and recorded with who claimed what', async (_, request, type, words) => {
    const session = await asking([approvalCall(A), plannedCall(B)], {
      tool: () => new Promise(() => undefined),
    });
    expect(session.approvals.refusal(request)).toBeNull();
    const message = expect.stringContaining(words) as string;
    expect(await session.approvals.decide(request)).toEqual({ type, message });
    const { by, callId } = request;
    expect(session.state.refusals).toMatchObject([{ message: 'decide', act: 'approve', callId, by, problem: message }]);
    expect(session.state.items.at(-1)).toMatchObject({
      kind: 'note',
      audience: 'record',
      reason: 'refused',
      by,
      callId,
    });
    expect(waiting(session)).toEqual([A]);
  });

  it('is not taken by the user under another spelling of the same name', async () => {
    const session = await asking([approvalCall(A)], { input: { user: 'Jos\u00e9' } });
    expect(await session.approvals.decide(decision(A, { by: 'JOSE\u0301' }))).toMatchObject({ type: 'NotAuthorized' });
    await finish(session);
  });

  it('while the turn is being stopped is refused, and the call never runs', async () => {
    const session = await asking([approvalCall(A)]);
    await session.interventions.intervene({ actId: 's', act: 'stop', by: 'otto' });
    expect(await session.approvals.decide(decision(A))).toMatchObject({
      type: 'Refused',
      message: `the turn is being stopped, so the call ${A} waits for nobody`,
    });
    await settled();
    expect([kinds(session), session.activityIds]).toEqual([['cancelled'], []]);
    await finish(session);
  });

  it('in a session that ends does not even get in, but for a repeat', async () => {
    const session = await asking([approvalCall(A), approvalCall(B)]);
    await session.approvals.decide(decision(A));
    session.end();
    expect(session.approvals.refusal(decision(B))).toMatchObject({ type: 'SessionClosing' });
    expect(session.approvals.refusal(decision(A))).toBeNull();
    expect(await session.approvals.decide(decision(A))).toMatchObject({ kind: 'already_done' });
    await session.finished;
    expect(outcomes(session)[1]).toMatchObject([B, { kind: 'cancelled' }]);
  });
});
