/** Signed decisions on calls of children: a signature is made for the child's call, and is good for nothing else in the family. */
import { newApproverKey, NotAuthorized, signerFromJwk, type ClaimedDecision } from '../../client';
import { caught, eventually } from '../session/stage';
import { approvalIn, calls, done, model, says, talkTo, useCast, waits } from './cast';
import { inspect } from './inspect';

let keys: Readonly<Record<'ada' | 'mallory', Awaited<ReturnType<typeof newApproverKey>>>>;
beforeAll(async () => {
  const [ada, mallory] = await Promise.all([newApproverKey('ada'), newApproverKey('mallory')]);
  keys = { ada, mallory };
  process.env.HOLDFAST_APPROVERS = JSON.stringify([{ name: 'ada', publicKey: ada.publicJwk }]);
});
afterAll(() => {
  delete process.env.HOLDFAST_APPROVERS;
});

useCast();

test('a signed approval of a delegate’s call, by the id that the first session shows; no other call, and nobody else’s key', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: 'buy' }]), says('Bought.'));
  model.script('clerk', calls(['buy', { what: 'a boat' }], ['ask_clerk', { task: 'the same' }]));
  model.script('clerk', calls(['buy', { what: 'a boat' }]), says('deep'), says('not deep'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'waiting_for_human' });
  const items = await waits(talk, 2);
  const upper = approvalIn(items.find(({ child }) => child === 'h1'));
  const lower = approvalIn(items.find(({ child }) => child === 'h1/h1'));
  // The same arguments: what is signed is a call.
  expect(upper.argsHash).toBe(lower.argsHash);
  const unsigned = await caught(talk.session.approve(upper.callId, { argsHash: upper.argsHash, by: 'ada' }));
  expect(unsigned).toBeInstanceOf(NotAuthorized);
  const sign = signerFromJwk(keys.ada.privateJwk, 'ada');
  let signature = '';
  const signer = async (claims: ClaimedDecision) => (signature = await sign(claims));
  const { callId, argsHash } = upper;
  expect(await talk.session.approve(callId, { argsHash, by: 'ada', actId: 'one', signer })).toMatchObject({
    callId,
    call: 'approved',
  });
  // Good for that call alone, and once.
  const stolen = { argsHash: lower.argsHash, by: 'ada', actId: 'one', decision: 'approve', signature } as const;
  expect((await caught(talk.session.decide(lower.callId, stolen))).message).toMatch(
    /act id one was used for another act/,
  );
  expect(await caught(talk.session.decide(lower.callId, { ...stolen, actId: 'two' }))).toBeInstanceOf(NotAuthorized);
  const forged = signerFromJwk(keys.mallory.privateJwk, 'ada');
  expect(
    await caught(talk.session.approve(lower.callId, { argsHash: lower.argsHash, by: 'ada', signer: forged })),
  ).toBeInstanceOf(NotAuthorized);
  await eventually('one of them', () => (done.length === 1 ? true : undefined));
  expect(await talk.session.approve(lower.callId, { argsHash: lower.argsHash, by: 'ada', signer: sign })).toMatchObject(
    {
      callId: lower.callId,
      call: 'approved',
    },
  );
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Bought.' });
  expect(done).toEqual(['buy a boat', 'buy a boat']);
  await inspect(talk);
});
