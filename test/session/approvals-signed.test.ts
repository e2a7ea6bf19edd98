/** Signed decisions from end to end: what a signature is good for, and all that it is not good for: another call, another session under the same id, later. */
import { newApproverKey, NotAuthorized, signerFromJwk, type ClaimedDecision, type Session } from '../../client';
import { decisionsIn, unapproved } from './decisions';
import { caught, eventually, PATIENCE_MS } from './stage';
import { inspect, newSession, ranIn, stage, TELLER, tellerNamed, tools, untilAsked, useTeller } from './teller';

beforeAll(async () => {
  const [ada, mallory] = await Promise.all([newApproverKey('ada'), newApproverKey('mallory')]);
  keys = { ada, mallory };
  process.env.HOLDFAST_APPROVERS = JSON.stringify([{ name: 'ada', publicKey: ada.publicJwk }]);
});
afterAll(() => {
  delete process.env.HOLDFAST_APPROVERS;
});

let keys: Readonly<Record<'ada' | 'mallory', Awaited<ReturnType<typeof newApproverKey>>>>;

useTeller([tellerNamed(TELLER, { tools: tools.filter(({ name }) => name === 'pay') })]);

/** Ada's decision to approve, and the token she made for it. */
interface Signed {
  readonly actId: string;
  readonly signature: string;
}

/** Approves with a signature, which it keeps. */
async function approveSigned(session: Session, callId: string, argsHash: string): Promise<Signed> {
  const sign = signerFromJwk(keys.ada.privateJwk, 'ada');
  let signature = '';
  const signer = async (claims: ClaimedDecision) => (signature = await sign(claims));
  const actId = `approve-${callId}`;
  expect(await session.approve(callId, { argsHash, by: 'ada', actId, signer })).toMatchObject({ call: 'approved' });
  return { actId, signature };
}

test('a signature is good for one call, in whichever run of its session, and for nothing else', async () => {
  const session = newSession({ continueAfter: { updates: 3 } });
  const text = 'pay a:5, pay b:5';
  await session.say(text, 'm-1');
  const [one, two] = await untilAsked(session, 2);
  if (!one || !two) throw new Error('two calls were to wait');
  const unsigned = await caught(session.approve(one.callId, { argsHash: one.argsHash, by: 'ada' }));
  expect(unsigned).toBeInstanceOf(NotAuthorized);
  await eventually('the next run', async () => {
    await session.say(text, 'm-1');
    return (await session.status()).run !== 1 || undefined;
  });
  const { actId, signature } = await approveSigned(session, one.callId, one.argsHash);
  const sameAgain = { decision: 'approve', by: 'ada', actId, signature } as const;
  expect(await session.decide(one.callId, { ...sameAgain, argsHash: one.argsHash })).toMatchObject({
    kind: 'already_done',
  });
  const forTheOther = await caught(
    session.decide(two.callId, { ...sameAgain, actId: `${actId}-2`, argsHash: two.argsHash }),
  );
  expect(forTheOther).toBeInstanceOf(NotAuthorized);
  const mallorys = signerFromJwk(keys.mallory.privateJwk, 'ada');
  const forged = await caught(session.approve(two.callId, { argsHash: two.argsHash, by: 'ada', signer: mallorys }));
  expect(forged).toBeInstanceOf(NotAuthorized);
  await approveSigned(session, two.callId, two.argsHash);
  expect(await session.say(text, 'm-1')).toMatchObject({ kind: 'reply' });
  expect(ranIn(session)).toHaveLength(2);
  const decisions = decisionsIn(await inspect(session));
  expect(unapproved(ranIn(session), decisions, () => 1)).toEqual([]);
  // Those that were refused are in the trace too.
  expect((await session.status()).refusals).toEqual(
    expect.arrayContaining([expect.objectContaining({ message: 'decide', act: 'approve', by: 'ada' })]),
  );
});

test('a signature for a session is no good for another under the same id', async () => {
  const session = newSession();
  const text = 'pay a:5';
  await session.say(text, 'm-1');
  const [first] = await untilAsked(session, 1);
  const old = await approveSigned(session, first?.callId ?? '', first?.argsHash ?? '');
  expect(await session.say(text, 'm-1')).toMatchObject({ kind: 'reply' });
  await session.end();
  await session.result({ timeoutMs: PATIENCE_MS });
  // The client starts no session under an id that was used; a fork by other means may.
  await stage.temporal.workflow.start('agentSession', {
    workflowId: session.id,
    taskQueue: stage.taskQueue,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [{ v: 1, agent: TELLER }],
  });
  await session.say(text, 'm-1');
  const [again] = await untilAsked(session, 1);
  if (!again) throw new Error('a call was to wait');
  expect(again.argsHash).toBe(first?.argsHash);
  const refused = await caught(
    session.decide(again.callId, { decision: 'approve', by: 'ada', argsHash: again.argsHash, ...old }),
  );
  expect(refused).toBeInstanceOf(NotAuthorized);
  expect(ranIn(session)).toHaveLength(1);
  await session.end();
  await session.result({ timeoutMs: PATIENCE_MS });
  await inspect(session);
});
