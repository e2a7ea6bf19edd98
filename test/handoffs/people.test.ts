/** What waits for people in children surfaces at the first session, which is where they decide. */
import { AWAITING_SEARCH_ATTRIBUTE } from '../../workflows/contracts';
import { caught, eventually } from '../session/stage';
import {
  approvalIn,
  calls,
  childrenOf,
  done,
  ends,
  heard,
  model,
  says,
  shake,
  stage,
  talkTo,
  useCast,
  waits,
  type Talk,
} from './cast';
import { inspect } from './inspect';

useCast();
const ada = { by: 'ada' };

/** The search attribute of the first session that says who is asked. */
async function awaiting({ session }: Talk): Promise<unknown> {
  const { typedSearchAttributes } = await stage.temporal.workflow.getHandle(session.id).describe();
  const found = typedSearchAttributes.getAll().find(({ key }) => key.name === AWAITING_SEARCH_ATTRIBUTE);
  return found?.value ?? [];
}

test('an approval of the agent that has the user: shown, found, and decided at the first session', async () => {
  const talk = talkTo('front', { user: 'grace' });
  model.script('front', calls(['transfer_to_orders', { about: 'a boat' }]));
  model.script('orders', says('Orders.'), calls(['buy', { what: 'a boat' }]), says('Bought.'));
  await talk.send('m-1');
  const asked = await talk.send('m-2');
  expect(asked).toMatchObject({
    kind: 'waiting_for_human',
    turn: 2,
    pending: [{ kind: 'approval', child: 'h1', approval: { tool: 'buy', args: { what: 'a boat' } } }],
  });
  const [item] = await waits(talk);
  const { callId, argsHash } = approvalIn(item);
  expect(callId).toMatch(/^h1:t2\.s1\.c1-[0-9a-f]{8}$/);
  expect(item?.id).toBe(callId);
  expect(await talk.session.status()).toMatchObject({ status: 'waiting_for_human', active: { agent: 'orders' } });
  expect(
    await eventually('who is asked', async () => ((await awaiting(talk)) as string[]).length > 0 || undefined),
  ).toBe(true);
  const listed = await eventually('it in the list of all that waits', async () => {
    const found = (await stage.client.waiting()).filter(({ sessionId }) => sessionId.startsWith(talk.session.id));
    return found.length > 0 ? found : undefined;
  });
  expect(listed).toMatchObject([{ sessionId: talk.session.id, agent: 'front', user: 'grace', item: { id: callId } }]);
  // Whoever asks again is told the same, and the next message waits behind it.
  expect(await talk.send('m-2')).toEqual(asked);
  expect((await caught(talk.session.approve(callId, { ...ada, argsHash: 'f'.repeat(64) }))).message).toMatch(/argu/);
  expect(await talk.session.approve(callId, { ...ada, argsHash, actId: 'a-1' })).toMatchObject({
    kind: 'done',
    callId,
    call: 'approved',
    approvedBy: ['ada'],
  });
  expect(await talk.answer('m-2')).toMatchObject({ kind: 'reply', turn: 2, text: 'Bought.' });
  expect(await talk.session.approve(callId, { ...ada, argsHash, actId: 'a-1' })).toMatchObject({
    kind: 'already_done',
  });
  expect(done).toEqual(['buy a boat']);
  expect(await talk.session.pending()).toEqual([]);
  expect(await talk.session.status()).toMatchObject({ status: 'waiting_for_user' });
  await eventually('nobody to be asked', async () => ((await awaiting(talk)) as string[]).length === 0 || undefined);
  expect((await caught(talk.session.approve(callId, { ...ada, argsHash, actId: 'a-2' }))).message).toMatch(
    callId.slice(3),
  );
  await inspect(talk);
});

test('approvals of delegates at two depths: one is rejected, one is edited, one is approved', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: '1' }], ['buy', { what: 'oars' }]), says('All done.'));
  model.script('clerk', calls(['buy', { what: 'a boat' }], ['ask_clerk', { task: '2' }]));
  model.script('clerk', calls(['buy', { what: 'a ship' }]), says('deep'), says('not deep'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'waiting_for_human' });
  const items = await waits(talk, 3);
  const by = (path: string | undefined) => approvalIn(items.find(({ child }) => child === path));
  const [own, first, second] = [by(undefined), by('h1'), by('h1/h1')];
  expect(second.callId).toMatch(/^h1\/h1:t1\.s1\.c1-/);
  // With all of its arguments, by its id alone.
  expect(await talk.session.pendingCall(second.callId)).toMatchObject({ id: second.callId, child: 'h1/h1' });
  const edited = { ...ada, argsHash: second.argsHash, decision: 'edit', args: { what: 'a raft' } } as const;
  expect(await talk.session.decide(second.callId, edited)).toMatchObject({ callId: second.callId, decision: 'edit' });
  const changed = await eventually('the edited call', async () => {
    const found = (await talk.session.pending()).find(({ child }) => child === 'h1/h1');
    return found === undefined || approvalIn(found).argsHash !== second.argsHash ? { found } : undefined;
  });
  if (changed.found) {
    const { callId, argsHash } = approvalIn(changed.found);
    await talk.session.approve(callId, { ...ada, argsHash });
  }
  expect(
    await talk.session.reject(first.callId, { ...ada, argsHash: first.argsHash, reason: 'too dear' }),
  ).toMatchObject({
    call: 'rejected',
  });
  await talk.session.approve(own.callId, { ...ada, argsHash: own.argsHash });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'All done.' });
  expect(done.toSorted()).toEqual(['buy a raft', 'buy oars']);
  expect((await ends(talk, 'buy', 'h1'))[0]).toMatch(/^rejected: .*too dear/);
  expect(heard('clerk')).toMatch(/too dear/);
  await inspect(talk);
});

test('a call of a child that nobody knows the end of is resolved at the first session', async () => {
  shake();
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'money' }]));
  model.script('orders', calls(['wire', { what: 'rent' }]), says('Wired.'));
  expect(await talk.send('m-1')).toMatchObject({
    kind: 'waiting_for_human',
    pending: [{ kind: 'unresolved', child: 'h1' }],
  });
  const [item] = await waits(talk);
  const callId = item?.call?.callId ?? '';
  expect(callId).toMatch(/^h1:/);
  expect(
    await talk.session.resolve(callId, { as: 'applied', result: { wired: 'by hand' }, ...ada, actId: 'r-1' }),
  ).toMatchObject({ kind: 'done', callId, as: 'applied' });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Wired.' });
  expect(await ends(talk, 'wire', 'h1')).toEqual(['succeeded: {"wired":"by hand"}']);
  expect((await talk.session.state()).state.done).toMatchObject([{ callId, tool: 'wire' }]);
  expect(done).toEqual([]);
  await inspect(talk);
});

test('a call of a delegate that did not happen is done after all', async () => {
  shake();
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: 'wire' }]), says('Done.'));
  model.script('clerk', calls(['wire', { what: 'rent' }]), says('wired'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'waiting_for_human' });
  const [item] = await waits(talk);
  expect(await talk.session.resolve(item?.id ?? '', { as: 'absent', ...ada })).toMatchObject({ as: 'absent' });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Done.' });
  expect(done).toEqual(['wire rent']);
  await inspect(talk);
});

test('acts on children that are not there, and on calls that they do not have, are refused in words', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_writer', { task: 'x' }], ['ask_clerk', { task: 'y' }]), says('Done.'));
  model.script('writer', says('written'));
  model.script('clerk', calls(['buy', { what: 'a boat' }]), says('bought'));
  await talk.send('m-1');
  const { callId, argsHash } = approvalIn((await waits(talk))[0]);
  await eventually('the writer to be done', async () =>
    (await childrenOf(talk)).includes('h1 writer closed answered') ? true : undefined,
  );
  const own = callId.slice(3);
  const decide = async (id: string) => (await caught(talk.session.approve(id, { ...ada, argsHash }))).message;
  expect(await decide(`h9:${own}`)).toMatch(/no child h9 of this session is open; those that are: h2/);
  expect(await decide(`h1:${own}`)).toMatch(/no child h1 of this session is open/);
  expect(await decide(`h2:t9.s9.c9-00000000`)).toMatch(/t9\.s9\.c9/);
  expect(await decide(`h2/h7:${own}`)).toMatch(/no child h7/);
  expect((await caught(talk.session.undo(`h2:${own}`, ada))).message).toMatch(/cannot be undone/);
  expect((await caught(talk.session.cancelCall(`h9:${own}`, ada))).message).toMatch(/no child h9/);
  expect((await caught(talk.session.resolve(callId, { as: 'absent', ...ada }))).message).toMatch(own);
  await talk.session.reject(callId, { ...ada, argsHash, reason: 'no' });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply' });
  expect(await childrenOf(talk)).toEqual(['h1 writer closed answered', 'h2 clerk closed answered']);
  await inspect(talk);
});

test('two people decide at once on a call of a child: the first counts', async () => {
  const talk = talkTo();
  model.script('front', calls(['ask_clerk', { task: 'y' }]), says('Done.'));
  model.script('clerk', calls(['buy', { what: 'a boat' }]), says('ok'));
  await talk.send('m-1');
  const { callId, argsHash } = approvalIn((await waits(talk))[0]);
  const ways = await Promise.allSettled([
    talk.session.approve(callId, { by: 'ada', argsHash }),
    talk.session.reject(callId, { by: 'bob', argsHash, reason: 'no' }),
  ]);
  expect(ways.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply' });
  expect(done).toEqual(ways[0].status === 'fulfilled' ? ['buy a boat'] : []);
  await inspect(talk);
});
