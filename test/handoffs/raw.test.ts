/** Signals between parent and child, sent by somebody else: whatever they say, no task of a workflow fails, and nobody is kept waiting. */
import { json } from '../session/raw-payloads';
import { eventually } from '../session/stage';
import {
  approvalIn,
  calls,
  callOf,
  childrenOf,
  done,
  gate,
  handsBack,
  model,
  says,
  shut,
  stage,
  talkTo,
  useCast,
  waits,
  type Talk,
} from './cast';
import { inspect } from './inspect';

useCast();

async function signal(
  { session }: Talk,
  path: string,
  name: 'relay' | 'report',
  ...payloads: readonly unknown[]
): Promise<void> {
  const handle = stage.temporal.workflow.getHandle(path === '' ? session.id : `${session.id}/${path}`);
  for (const payload of payloads) await handle.signal(name, payload);
}

const spent = { tokens: 0, microUsd: 0, modelCalls: 0 };
const usage = {
  modelCalls: 0,
  toolCalls: 0,
  inputTokens: 0,
  outputTokens: 0,
  microUsd: 0,
  unpricedCalls: 0,
  cutOffMicroUsd: 0,
};
const report = {
  child: 'h1',
  seq: 90,
  accepted: true,
  pending: [],
  waits: false,
  status: 'running',
  usage,
  spent,
  changes: [],
};

test('reports that are none are refused, and are on record', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]), says('Front.'));
  model.script('orders', says('Orders.'), handsBack());
  await talk.send('m-1');
  const junk: readonly unknown[] = [
    7,
    null,
    'report',
    [],
    {},
    { ...report, child: 'h9' },
    { ...report, child: '__proto__' },
    { ...report, seq: -1 },
    { ...report, seq: 1.5 },
    { ...report, spent: { ...spent, tokens: -5 } },
    { ...report, spent: { ...spent, tokens: 1e300 } },
    { ...report, usage: { ...usage, microUsd: 'much' } },
    { ...report, usage: {} },
    { ...report, pending: [null, 7] },
    { ...report, pending: [{ kind: 'approval', id: 'x' }] },
    {
      ...report,
      pending: [{ kind: 'approval', id: 'x', summary: 's', since: 1, unblockedBy: 'decide', approval: {} }],
    },
    { ...report, changes: [null] },
    { ...report, changes: [{ established: 7 }] },
    { ...report, changes: [{ done: [{}] }] },
    { ...report, wants: 'everything' },
    { ...report, status: 'weird' },
    { ...report, result: { kind: 'answered' } },
    { ...report, undoable: [7, {}] },
  ];
  await signal(talk, '', 'report', ...junk);
  await eventually('them to be taken in', async () => ((await talk.session.status()).refused >= 10 ? true : undefined));
  expect(await talk.session.pending()).toEqual([]);
  expect(await talk.session.status()).toMatchObject({ active: { agent: 'orders' } });
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'Front.' });
  await inspect(talk);
});

/** What nothing recursive goes through: the arguments of no client could be made of it. */
const NESTED = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;

async function signalText({ session }: Talk, path: string, name: string, text: string): Promise<void> {
  const workflowId = path === '' ? session.id : `${session.id}/${path}`;
  const input = { payloads: [json(text.replaceAll('"NESTED"', NESTED))] };
  await stage.temporal.workflowService.signalWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId },
    signalName: name,
    input,
  });
}

test('what is well made but for something deep in it is refused, or shown and indexed as far as that can be', async () => {
  shut();
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'), calls(['pay', { what: 'rent' }]), says('Paid.'));
  await talk.send('m-1');
  const second = talk.send('m-2');
  await gate.reached();
  const call = { callId: 't1.s1.c1-a', tool: 'pay', args: {}, argsHash: 'a', effect: 'read', stage: 0, approvedBy: [] };
  const asks = (roles: unknown, more: object = {}) => {
    const terms = { reason: 'much', toolHash: 'h', approvals: 1, stages: [{ roles }] };
    const item = { kind: 'approval', id: call.callId, summary: 's', since: 1, unblockedBy: 'decide' };
    return { pending: [{ ...item, approval: { ...call, terms, ...more } }] };
  };
  const answers = (answer: object) => ({ relayId: 'send:m-2', result: { kind: 'answered', answer } });
  const wrong: readonly object[] = [
    asks([{ toString: 5 }]),
    asks(['x'.repeat(5_000)]),
    asks(['lead'], { args: { nested: 'NESTED' } }),
    { standing: [{ actId: 'x', tool: 'pay', by: 'ada', toolHash: 'h' }] },
    { standing: [{ actId: 'x', tool: 'pay', by: 'ada', toolHash: 'h', at: 9e15 }] },
    { changes: [{ established: [{ id: 'h1.f1', text: 'it is', since: 1, more: 'NESTED' }] }] },
    answers({ kind: 'reply', messageId: 'm-2', text: 5 }),
    answers({ kind: 'reply', messageId: 'm-2', text: 'x', partial: 5 }),
    answers({ kind: 'stopped', messageId: 'm-2', reason: 5, message: 'x' }),
    {},
  ];
  for (const [index, each] of wrong.entries()) {
    await signalText(talk, '', 'report', JSON.stringify({ ...report, seq: 90 + index, ...each }));
    // Each in a task of its own: what the next one says would hide it.
    await talk.session.status();
  }
  await signalText(talk, 'h1', 'relay', '{"relayId":"a","act":"NESTED"}');
  gate.open();
  expect(await second).toMatchObject({ kind: 'reply', text: 'Paid.' });
  await inspect(talk);
});

test('relays that are none are refused by a child, and a first session takes none', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'), says('Still orders.'));
  await talk.send('m-1');
  const junk: readonly unknown[] = [
    7,
    null,
    {},
    { relayId: 7 },
    { relayId: 'a' },
    { relayId: 'a', act: 'fly' },
    { relayId: 'a', act: 'send' },
    { relayId: 'a', act: 'send', payload: { request: { messageId: '', text: 7 } } },
    { relayId: 'a', act: 'send', payload: { request: { messageId: 'x', text: 'x' }, slice: { tokens: -1 } } },
    { relayId: 'a', act: 'park', payload: { maxBytes: 'all' } },
    { relayId: 'a', act: 'park' },
    { relayId: 'a', act: 'slice', payload: { granted: true, slice: { tokens: 'x' } } },
    { relayId: 'a', act: 'decide', payload: { callId: 'x' } },
    { relayId: 'a', act: 'resolve' },
    { relayId: 'a', act: 'intervene', payload: { act: 'end' } },
  ];
  await signal(talk, 'h1', 'relay', ...junk);
  await signal(talk, '', 'relay', { relayId: 'a', act: 'park', payload: { maxBytes: 1_000 } }, 7);
  await eventually('them to be taken in', async () => ((await talk.session.status()).refused === 2 ? true : undefined));
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'Still orders.' });
  expect((await talk.session.child('h1').status()).refused).toBeGreaterThan(9);
  await inspect(talk);
});

test('a child that somebody else tells to come back is begun again, with what it was at', async () => {
  shut();
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'), calls(['ask_clerk', { task: 'pay' }]), says('Paid.'));
  model.script('clerk', calls(['pay', { what: 'rent' }], ['buy', { what: 'a boat' }]), says('paid'));
  await talk.send('m-1');
  const park = { relayId: 'park:forged', act: 'park', payload: { maxBytes: 500_000 } };
  await signal(talk, 'h1', 'relay', park);
  // Idle: it comes back, and is begun again with the next message.
  await eventually('it to come back', async () =>
    (await childrenOf(talk))[0] === 'h1 orders parked' ? true : undefined,
  );
  const second = talk.send('m-2');
  await gate.reached();
  await callOf(talk, 'pay', 'h1/h1');
  await signal(talk, 'h1/h1', 'relay', park);
  await signal(talk, 'h1', 'relay', park);
  gate.open();
  await second;
  const { callId, argsHash } = approvalIn((await waits(talk))[0]);
  // It may be on its way from the one run to the next.
  await eventually('somebody to be told', async () => {
    await signal(talk, 'h1/h1', 'relay', park);
    return true;
  });
  await eventually('the approval to go through', async () => {
    await talk.session.approve(callId, { by: 'ada', argsHash, actId: 'a-1' });
    return true;
  });
  expect(await talk.answer('m-2')).toMatchObject({ kind: 'reply', text: 'Paid.' });
  expect(done.toSorted()).toEqual(['buy a boat', `pay rent in ${talk.session.id}`]);
  await inspect(talk);
});

test('a child that is cancelled while it hands over hands nobody over', async () => {
  const talk = talkTo();
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]), says('Front.'), says('Front.'));
  model.script('orders', says('Orders.'), calls(['pay', { what: 'rent' }], ['transfer_to_refunds', { about: 'y' }]));
  await talk.send('m-1');
  shut();
  const second = talk.send('m-2');
  await gate.reached();
  await stage.temporal.workflow.getHandle(`${talk.session.id}/h1`).cancel();
  gate.open();
  expect(await second).toMatchObject({ kind: 'reply', text: 'Front.' });
  expect(await childrenOf(talk)).toEqual(['h1 orders closed cancelled']);
  expect(await talk.send('m-3')).toMatchObject({ text: 'Front.' });
  await inspect(talk);
});
