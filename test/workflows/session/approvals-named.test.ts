/** Names of those who decide: one person under two spellings is one, and what the record calls a deadline is nobody. */
import { A, approvalCall, asking, decision, finish, kinds, notes, waiting } from './asked';

it.each(['policy', 'User', 'pol\u200bicy'])(
  'nobody decides by the name %j, and the attempt is on record',
  async (by) => {
    const session = await asking([approvalCall(A)]);
    for (const how of ['approve', 'reject'] as const) {
      const answer = await session.approvals.decide(decision(A, { actId: how, by, decision: how }));
      expect(answer).toMatchObject({
        type: 'NotAuthorized',
        message: expect.stringContaining('the record has it for what no person decided') as string,
      });
    }
    expect([waiting(session), notes(session)]).toEqual([[A], ['refused', 'refused']]);
    await finish(session);
  },
);

it('nor does anybody by it whose decision a worker has checked', async () => {
  const session = await asking([approvalCall(A)], { check: () => ({ kind: 'accepted', by: 'policy' }) });
  expect(await session.approvals.decide(decision(A, { signature: 'jws' }))).toMatchObject({ type: 'NotAuthorized' });
  await finish(session);
});

it.each([
  ['with a character that cannot be seen', 'an\u200bna'],
  ['in letters of full width', '\uff21nna'],
])('whoever approved does not count again %s', async (_, by) => {
  const session = await asking([approvalCall(A, { approvals: 2 })]);
  await session.approvals.decide(decision(A));
  expect(await session.approvals.decide(decision(A, { by, actId: 'again' }))).toMatchObject({ type: 'NotAuthorized' });
  await finish(session);
});

it('the session\u2019s user does not decide with a character that cannot be seen', async () => {
  const session = await asking([approvalCall(A)]);
  expect(await session.approvals.decide(decision(A, { by: 'Paula\u2060', actId: 'p' }))).toMatchObject({
    type: 'NotAuthorized',
  });
  await finish(session);
});

it('blanks around a name are gone before a worker or the record sees it', async () => {
  const session = await asking([approvalCall(A)]);
  await session.approvals.decide(decision(A, { by: ' anna ', signature: 'jws', actId: 'a1' }));
  expect(session.checkInputs[0]?.by).toBe('anna');
  await session.send('m1');
  expect([kinds(session), session.toolInputs[0]?.approved?.by]).toEqual([['succeeded'], ['anna']]);
  await finish(session);
});
