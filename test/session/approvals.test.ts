/** Calls that people must approve, on a real server: each way in which they are decided, by whom, and what history holds of it. */
import { z } from 'zod';
import { defineTool } from '../../agents';
import { AlreadyDecided, NotAuthorized, Refused, StaleDecision, type PendingApproval } from '../../client';
import { decisionsIn } from './decisions';
import { caught, eventually } from './stage';
import {
  inspect,
  newSession,
  ran,
  ranIn,
  TELLER,
  tellerNamed,
  tools,
  untilAsked,
  useTeller,
  type Talk,
} from './teller';

const PATIENT = 'patient';

/** Asks others after a second, and writes to the same journal as the teller's tools. */
const escalating = defineTool({
  name: 'pay_later',
  description: 'Pays.',
  effect: 'at-most-once',
  input: z.object({ name: z.string(), cents: z.int() }),
  approval: { when: 'always', deadline: '1s', escalate: [{ deadline: '1h' }] },
  run: (args, { session, callId, approvedBy = [] }) => {
    ran.push({ sessionId: session.id, callId, tool: 'pay_later', args, approvedBy });
    return args;
  },
});

useTeller([tellerNamed(TELLER), tellerNamed(PATIENT, { tools: [...tools, escalating], whileWaiting: 'withdraw' })]);

async function asked(session: Talk, text: string): Promise<PendingApproval> {
  expect(await session.say(text, 'm-1')).toMatchObject({ kind: 'waiting_for_human', pending: [{ kind: 'approval' }] });
  const [first] = await untilAsked(session, 1);
  if (!first) throw new Error('nothing waits');
  return first;
}

const outcomes = async (session: Talk) =>
  (await session.wholeTranscript()).flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : []));
const notes = async (session: Talk) =>
  (await session.wholeTranscript()).flatMap((item) =>
    item.kind === 'note' ? [`${item.audience}: ${item.reason}${item.by === undefined ? '' : ` by ${item.by}`}`] : [],
  );

test('approved: it runs once, and its tool is told by whom', async () => {
  const session = newSession({ user: 'paula' });
  const { callId, argsHash } = await asked(session, 'pay a:5');
  expect((await session.status()).status).toBe('waiting_for_human');
  expect(await session.approve(callId, { argsHash, by: 'ada' })).toMatchObject({ kind: 'done', call: 'approved' });
  expect(await session.say('pay a:5', 'm-1')).toMatchObject({ kind: 'reply' });
  expect(ranIn(session)).toMatchObject([{ callId, args: { name: 'a', cents: 5 }, approvedBy: ['ada'] }]);
  expect(await notes(session)).toEqual(['record: approved by ada']);
  await inspect(session);
});

test('rejected: it never runs, and the model is told who did not allow it and why', async () => {
  const session = newSession();
  const { callId, argsHash } = await asked(session, 'pay a:5');
  await session.reject(callId, { argsHash, by: 'ada', reason: 'too dear' });
  expect(await session.say('pay a:5', 'm-1')).toMatchObject({
    kind: 'reply',
    text: expect.stringContaining('ada did not allow this call: too dear') as string,
  });
  expect([ranIn(session), await outcomes(session)]).toMatchObject([[], [{ kind: 'rejected', reason: 'denied' }]]);
  await inspect(session);
});

test('edited: the tool\u2019s schema is asked, what the person gave runs, and the model is told', async () => {
  const session = newSession();
  const { callId, argsHash } = await asked(session, 'pay a:5');
  const wrong = await caught(session.edit(callId, { name: 'a', cents: 'five' }, { argsHash, by: 'ada' }));
  expect(wrong).toBeInstanceOf(Refused);
  expect(wrong.message).toContain('cents');
  expect(await session.edit(callId, { name: 'a', cents: 4 }, { argsHash, by: 'ada' })).toMatchObject({
    call: 'approved',
  });
  expect(await session.say('pay a:5', 'm-1')).toMatchObject({ kind: 'reply' });
  expect(ranIn(session)).toMatchObject([{ args: { name: 'a', cents: 4 }, approvedBy: ['ada'] }]);
  expect(await notes(session)).toEqual(['record: refused by ada', 'record: edited by ada', 'model: edited by ada']);
  await inspect(session);
});

test('approved by as many as must, the edit of one voids what the other had approved', async () => {
  const session = newSession();
  const { callId, argsHash } = await asked(session, 'pay_two a:5');
  expect(await session.approve(callId, { argsHash, by: 'ada' })).toMatchObject({ call: 'waiting', approvals: 2 });
  const edited = await session.edit(callId, { name: 'a', cents: 3 }, { argsHash, by: 'bob' });
  expect(edited).toMatchObject({ call: 'waiting', approvedBy: ['bob'] });
  expect(await caught(session.approve(callId, { argsHash, by: 'cleo' }))).toBeInstanceOf(StaleDecision);
  const now = await session.pendingCall(callId);
  expect(now?.approval).toMatchObject({ args: { name: 'a', cents: 3 }, argsHash: edited.argsHash, editedBy: 'bob' });
  await session.approve(callId, { argsHash: edited.argsHash, by: 'ada' });
  await session.say('pay_two a:5', 'm-1');
  expect(ranIn(session)).toMatchObject([{ args: { cents: 3 }, approvedBy: ['bob', 'ada'] }]);
  await inspect(session);
});

test('allowed for the session up to an amount: later calls within it are not asked about, until that is revoked', async () => {
  const session = newSession();
  const { callId, argsHash } = await asked(session, 'pay a:5');
  await session.approve(callId, { argsHash, by: 'ada', actId: 'for-all', standing: { upTo: 10 } });
  await session.say('pay a:5', 'm-1');
  expect(await session.say('pay b:10')).toMatchObject({ kind: 'reply' });
  expect((await session.status()).standing).toMatchObject([{ by: 'ada', tool: 'pay', upTo: 10, unit: 'cents' }]);
  expect(await session.say('pay c:11')).toMatchObject({ kind: 'waiting_for_human' });
  const [dear] = await untilAsked(session, 1);
  await session.reject(dear?.callId ?? '', { argsHash: dear?.argsHash ?? '', by: 'ada' });
  await session.revoke('for-all', { by: 'bob' });
  expect(await session.say('pay d:1', 'm-4')).toMatchObject({ kind: 'waiting_for_human' });
  const [again] = await untilAsked(session, 1);
  await session.reject(again?.callId ?? '', { argsHash: again?.argsHash ?? '', by: 'bob' });
  await session.say('pay d:1', 'm-4');
  expect(ranIn(session).map(({ args, approvedBy }) => [args.name, ...approvedBy])).toEqual([
    ['a', 'ada'],
    ['b', 'ada'],
  ]);
  await inspect(session);
});

test('a deadline does what the tool says: approves, rejects, or has others asked', async () => {
  const sessions = [newSession(), newSession(), newSession({}, PATIENT)] as const;
  const [soon, never, later] = sessions;
  await Promise.all([asked(soon, 'pay_soon a'), asked(never, 'pay_or_not a'), asked(later, 'pay_later a:2')]);
  await eventually('both deadlines', async () => {
    const kinds = await Promise.all([soon, never].map(async (session) => (await outcomes(session))[0]?.kind));
    return kinds.join() === 'succeeded,rejected' ? true : undefined;
  });
  expect([ranIn(soon)[0]?.approvedBy, ranIn(never)]).toEqual([['policy'], []]);
  const waits = await eventually('others to be asked', async () => {
    const [item] = await later.pending();
    return item?.approval?.stage === 1 ? item.approval : undefined;
  });
  await later.approve(waits.callId, { argsHash: waits.argsHash, by: 'boss' });
  expect(await later.say('pay_later a:2', 'm-1')).toMatchObject({ kind: 'reply' });
  expect(ranIn(later)).toMatchObject([{ approvedBy: ['boss'] }]);
  expect(await notes(later)).toEqual(['record: escalated', 'record: approved by boss']);
  for (const session of sessions) await inspect(session);
});

test('withdrawn where the agent says so when the user writes again, who is answered next', async () => {
  const session = newSession({}, PATIENT);
  await asked(session, 'pay a:5');
  expect(await session.say('never mind', 'm-2')).toMatchObject({
    kind: 'reply',
    text: expect.stringContaining('never mind') as string,
  });
  expect([ranIn(session), await outcomes(session)]).toMatchObject([[], [{ kind: 'rejected', reason: 'withdrawn' }]]);
  await inspect(session);
});

test('what is refused has a type, changes nothing, and is on record with who claimed what', async () => {
  const session = newSession({ user: 'paula' });
  const { callId, argsHash } = await asked(session, 'pay a:5');
  const stale = argsHash.replace(/./g, '0');
  const refused = [
    await caught(session.approve('t9.s9.c9-00000000', { argsHash, by: 'ada' })),
    await caught(session.approve(callId, { argsHash: stale, by: 'ada' })),
    await caught(session.approve(callId, { argsHash, by: 'Paula' })),
  ];
  expect(refused.map(({ constructor }) => constructor)).toEqual([Refused, StaleDecision, NotAuthorized]);
  expect((await session.status()).refusals).toMatchObject([
    { message: 'decide', act: 'approve', callId: 't9.s9.c9-00000000', by: 'ada' },
    { callId, by: 'ada', problem: refused[1]?.message },
    { callId, by: 'Paula', problem: refused[2]?.message },
  ]);
  expect(await notes(session)).toEqual([
    'record: refused by ada',
    'record: refused by ada',
    'record: refused by Paula',
  ]);
  await session.approve(callId, { argsHash, by: 'ada' });
  expect(await session.say('pay a:5', 'm-1')).toMatchObject({ kind: 'reply' });
  expect(await caught(session.reject(callId, { argsHash, by: 'bob' }))).toBeInstanceOf(AlreadyDecided);
  const decisions = decisionsIn(await inspect(session));
  expect(decisions.map(({ refusedAs = 'taken' }) => refusedAs)).toEqual([
    'Refused',
    'StaleDecision',
    'NotAuthorized',
    'taken',
    'AlreadyDecided',
  ]);
});

test('the session goes on in new runs while calls wait: each is decided once, and runs with what was approved', async () => {
  const session = newSession({ continueAfter: { events: 20 } });
  expect(await session.say('pay_two a:5, pay b:6, look c', 'm-1')).toMatchObject({ kind: 'waiting_for_human' });
  const [a, b] = await untilAsked(session, 2);
  if (!a || !b) throw new Error('nothing waits');
  await session.approve(a.callId, { argsHash: a.argsHash, by: 'ada', actId: 'ada-1' });
  for (let count = 0; count < 8; count += 1) {
    await caught(session.approve(a.callId, { argsHash: a.argsHash, by: 'ada', actId: `more-${count}` }));
  }
  expect((await session.status()).run).toBeGreaterThan(1);
  expect(await session.pendingCall(a.callId)).toMatchObject({ approval: { approvedBy: [{ by: 'ada' }] } });
  expect(await session.approve(a.callId, { argsHash: a.argsHash, by: 'ada', actId: 'ada-1' })).toMatchObject({
    kind: 'already_done',
    call: 'waiting',
  });
  await session.edit(b.callId, { name: 'b', cents: 1 }, { argsHash: b.argsHash, by: 'bob' });
  await session.approve(a.callId, { argsHash: a.argsHash, by: 'bob' });
  expect(await session.say('pay_two a:5, pay b:6, look c', 'm-1')).toMatchObject({ kind: 'reply' });
  expect(
    ranIn(session)
      .map(({ args, approvedBy }) => [args.name, args.cents, ...approvedBy])
      .sort(),
  ).toEqual([
    ['a', 5, 'ada', 'bob'],
    ['b', 1, 'bob'],
  ]);
  // No further run begins after this.
  await session.end({ by: 'ada' });
  expect((await inspect(session)).length).toBeGreaterThan(1);
});
