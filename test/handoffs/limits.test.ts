/** Limits of a family: what is given to children is out of reach of the others, what they use is the first session's, and what they do not use is given back. */
import { MODEL_CALL_ACTIVITY } from '../../workflows/contracts';
import type { Slice } from '../../workflows/contracts/handoff';
import { isPlainObject } from '../../workflows/contracts/json';
import { Gate } from '../session/gate';
import { activities } from '../session/history';
import { eventually, uniqueName } from '../session/stage';
import { calls, done, ends, heard, model, says, talkTo, told, useCast, waits, type Talk } from './cast';
import { inspect } from './inspect';

useCast();
const ada = { by: 'ada' };
const used = (prompt_tokens: number, completion_tokens: number) => ({ prompt_tokens, completion_tokens });

/** What is left of a bound by all that the first session knows. */
async function leftOf({ session }: Talk, bound: string): Promise<number> {
  const { limits = [] } = await session.status();
  const found = limits.find((limit) => limit.bound === bound);
  return found ? found.limit - found.used : NaN;
}

/** What each delegation was planned to leave to whoever asked. */
function keptIn(runs: Awaited<ReturnType<typeof inspect>>): readonly Slice[] {
  const results = runs.flatMap(({ history }) => activities(history)).map(({ result }) => JSON.stringify(result));
  return results.flatMap((text) =>
    [...(text ?? '').matchAll(/"keeps":(\{[^}]*\})/g)].map(([, keeps]) => JSON.parse(keeps ?? '') as Slice),
  );
}

test('what is left is split among those who are asked at once, and given back to the token', async () => {
  const talk = talkTo('front', { limits: { onLimit: 'stop', session: { tokens: 60_000, microUsd: 90_001 } } });
  const gates = [new Gate(), new Gate(), new Gate()];
  const [first, second, third] = gates as [Gate, Gate, Gate];
  model.script('front', {
    ...calls(['ask_writer', { task: 'a' }], ['ask_lookout', { task: 'b' }], ['ask_clerk', { task: 'c' }]),
    usage: used(900, 101),
  });
  model.script('writer', says('a', { after: first, usage: used(1_001, 7) }));
  model.script('lookout', says('b', { after: second, usage: used(500, 499) }));
  model.script('clerk', says('c', { after: third, usage: used(333, 3) }));
  model.script('front', says('All.', { usage: used(2_000, 20) }));
  const answer = talk.send('m-1');
  for (const gate of gates) await gate.reached();
  const left = { tokens: await leftOf(talk, 'session.tokens'), microUsd: await leftOf(talk, 'session.microUsd') };
  expect(left.tokens).toBe(60_000 - 1_001);
  const slices = await Promise.all(
    ['h1', 'h2', 'h3'].map(async (path) => {
      const { limits = [] } = await talk.session.child(path).status();
      const of = (bound: string) => limits.find((limit) => limit.bound === bound)?.limit ?? NaN;
      return { tokens: of('family.tokens'), microUsd: of('family.microUsd') };
    }),
  );
  const sum = (kind: 'tokens' | 'microUsd') => slices.reduce((all, slice) => all + slice[kind], 0);
  for (const gate of gates) gate.open();
  expect(await answer).toMatchObject({ kind: 'reply', text: 'All.' });
  const spent = 1_001 + 1_008 + 999 + 336 + 2_020;
  expect(await leftOf(talk, 'session.tokens')).toBe(60_000 - spent);
  const { microUsd, inputTokens, outputTokens } = await talk.session.usage();
  expect(inputTokens + outputTokens).toBe(spent);
  expect(await leftOf(talk, 'session.microUsd')).toBe(90_001 - microUsd);
  // All but what the answer needs was given to them.
  const [keeps] = keptIn(await inspect(talk));
  for (const kind of ['tokens', 'microUsd'] as const) {
    const given = left[kind] - (keeps?.[kind] ?? NaN);
    expect(sum(kind)).toBeLessThanOrEqual(given);
    expect(sum(kind)).toBeGreaterThan(given - 3);
  }
});

test('the agent that has the user has what is left of the session, and its use is the session’s', async () => {
  const talk = talkTo('front', { limits: { onLimit: 'stop', session: { tokens: 50_000 } } });
  model.script('front', { ...calls(['transfer_to_orders', { about: 'x' }]), usage: used(1_000, 10) });
  model.script('orders', says('Orders.', { usage: used(2_000, 20) }), says('Again.', { usage: used(3_000, 30) }));
  await talk.send('m-1');
  await talk.send('m-2');
  const { limits = [] } = await talk.session.child('h1').status();
  expect(limits.find(({ bound }) => bound === 'family.tokens')).toEqual({
    bound: 'family.tokens',
    limit: 50_000 - 1_010,
    used: 5_050,
  });
  expect(await leftOf(talk, 'session.tokens')).toBe(50_000 - 6_060);
  await inspect(talk);
});

test('a delegate that has used its part asks for more: of the family’s bound a person is asked, and extends it', async () => {
  const talk = talkTo('asking', { limits: { session: { modelCalls: 5 } } });
  model.script('asking', calls(['ask_clerk', { task: 'pay' }]), says('Paid.'));
  model.script('clerk', ...[1, 2, 3, 4].map((bill) => calls(['pay', { what: `bill ${bill}` }])), says('paid'));
  expect(await talk.send('m-1')).toMatchObject({
    kind: 'waiting_for_human',
    pending: [{ kind: 'limit', limit: { bound: 'session.modelCalls', limit: 5 } }],
  });
  expect(done.length).toBeGreaterThan(1);
  expect(await talk.session.extend('session.modelCalls', 5, ada)).toMatchObject({
    limit: { bound: 'session.modelCalls', limit: 10 },
  });
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Paid.' });
  expect(done).toHaveLength(4);
  expect(await talk.session.usage()).toMatchObject({ modelCalls: 7 });
  await inspect(talk);
});

test('where the policy is to stop, a delegate that has used its part comes back with what it has, and whoever asked answers with that', async () => {
  const talk = talkTo('front', { limits: { onLimit: 'stop', session: { modelCalls: 5 } } });
  model.script('front', calls(['ask_clerk', { task: 'pay' }]), says('Two of them are paid.'));
  model.script('clerk', ...[1, 2].map((bill) => calls(['pay', { what: `bill ${bill}` }])), says('two paid'));
  const answer = await talk.send('m-1');
  const [end] = await ends(talk, 'ask_clerk');
  expect(end).toMatch(/^failed: clerk did not get to the end \(family\.modelCalls: .*What it has: two paid/);
  expect(answer).toMatchObject({
    kind: 'reply',
    text: 'Two of them are paid.',
    partial: expect.stringMatching(/session\.modelCalls: 4 of 5 .*one is kept for the last answer/) as string,
  });
  expect(heard('front')).toContain('What it has: two paid');
  expect(done).toHaveLength(2);
  expect((await talk.session.usage()).modelCalls).toBe(5);
  await inspect(talk);
});

test.each(['tokens', 'microUsd'] as const)(
  'of %s a delegate leaves what the request for an answer may cost',
  async (kind) => {
    const talk = talkTo('front', { limits: { onLimit: 'stop', session: { tokens: 12_000, microUsd: 5_500 } } });
    const dear = { tokens: used(4_000, 10), microUsd: used(1_000, 900) }[kind];
    model.improvise(({ agent, messages }) => {
      const isFirst = !messages.some(({ role }) => role === 'tool');
      if (agent === 'clerk') return { ...calls(['pay', { what: `bill ${done.length}` }]), usage: dear };
      if (isFirst) return { ...calls(['ask_clerk', { task: 'pay' }]), usage: used(1_000, 10) };
      return says('What could be paid is paid.', { usage: used(1_500, 20) });
    });
    expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'What could be paid is paid.' });
    expect((await ends(talk, 'ask_clerk'))[0]).toContain(`failed: clerk did not get to the end (family.${kind}`);
    expect(await leftOf(talk, `session.${kind}`)).toBeGreaterThanOrEqual(0);
    model.clear();
    await inspect(talk);
  },
);

test('where nothing is left but what an answer needs, nobody is asked, and the model says so', async () => {
  const talk = talkTo('front', { limits: { onLimit: 'stop', session: { tokens: 6_000 } } });
  model.script('front', {
    ...calls(['ask_clerk', { task: 'a' }], ['ask_writer', { task: 'b' }]),
    usage: used(3_000, 9),
  });
  model.script('front', says('I know no more.', { usage: used(1_500, 20) }));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'I know no more.' });
  expect(await ends(talk, 'ask_clerk')).toEqual([
    expect.stringMatching(/^rejected: clerk was not asked: nothing is left for it \(session\.tokens: 3,009 of 6,000/),
  ]);
  expect(await ends(talk, 'ask_writer')).toHaveLength(1);
  expect((await talk.session.status()).children ?? []).toEqual([]);
  await inspect(talk);
});

test('handoffs are counted over the session: past the bound the model is told, and may go on itself', async () => {
  const talk = talkTo('front', { limits: { onLimit: 'stop', session: { handoffs: 2 } } });
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', says('Orders.'), calls(['transfer_to_refunds', { about: 'y' }]));
  model.script('refunds', says('Refunds.'), calls(['transfer_to_orders', { about: 'z' }]), says('I stay.'));
  await talk.send('m-1');
  await talk.send('m-2');
  expect(await talk.send('m-3')).toMatchObject({ kind: 'reply', text: 'I stay.' });
  expect((await ends(talk, 'transfer_to_orders', 'h2'))[0]).toMatch(
    /^rejected: no further handoff can be made: session\.handoffs: 2 of 2/,
  );
  expect((await talk.session.status()).active).toEqual({ agent: 'refunds', child: 'h2' });
  expect(await leftOf(talk, 'session.handoffs')).toBe(0);
  await inspect(talk);
});

test('where the policy is to ask, a person lets a further handoff pass, or not', async () => {
  const talk = talkTo('asking', { limits: { turn: { handoffs: 1 } } });
  model.script('asking', calls(['transfer_to_orders', { about: 'x' }]));
  model.script('orders', calls(['transfer_to_refunds', { about: 'y' }]));
  model.script('refunds', says('Refunds.'));
  expect(await talk.send('m-1')).toMatchObject({
    kind: 'waiting_for_human',
    pending: [{ kind: 'limit', limit: { bound: 'turn.handoffs', limit: 1, used: 1 } }],
  });
  await talk.session.extend('turn.handoffs', 1, ada);
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Refunds.' });
  // The next turn has its own.
  model.script('refunds', calls(['transfer_to_orders', { about: 'z' }]));
  model.script('orders', calls(['transfer_to_refunds', { about: 'again' }]));
  expect(await talk.send('m-2')).toMatchObject({ kind: 'waiting_for_human' });
  await talk.session.stop(ada);
  expect(await talk.answer('m-2')).toMatchObject({ kind: 'stopped', session: 'open' });
  expect((await talk.session.status()).active).toMatchObject({ agent: 'orders' });
  model.script('orders', says('Still here.'));
  expect(await talk.send('m-3')).toMatchObject({ text: 'Still here.' });
  expect((await ends(talk, 'transfer_to_refunds', 'h3'))[0]).toMatch(/^(cancelled|rejected)/);
  await inspect(talk);
});

test('in a circle without anything new the model is told, then a person is asked, then it is over', async () => {
  const talk = talkTo('asking');
  const round = () => {
    model.script('orders', calls(['transfer_to_refunds', { about: uniqueName('y') }]));
    model.script('refunds', calls(['transfer_to_orders', { about: uniqueName('z') }]));
  };
  model.script('asking', calls(['transfer_to_orders', { about: 'x' }]));
  for (let index = 0; index < 4; index += 1) round();
  const answer = await talk.send('m-1');
  const names = model.asked.map(({ agent }) => agent);
  // Bounded, whatever is answered: nothing of this goes on for ever.
  expect(names.length).toBeLessThan(12);
  expect(heard('refunds') + heard('orders')).toMatch(
    /nothing new was established or done since (orders|refunds) had this conversation last \((orders, refunds, orders|refunds, orders, refunds)\)/,
  );
  expect(answer).toMatchObject({
    kind: 'waiting_for_human',
    pending: [{ kind: 'limit', limit: { bound: 'detector.handoffCycle' } }],
  });
  const pending = await waits(talk);
  expect(pending[0]?.child).toBeUndefined();
  await talk.session.stop(ada);
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'stopped' });
  model.clear();
  await inspect(talk);
});

test('a circle in which something was done is none', async () => {
  const talk = talkTo('front', { limits: { onLimit: 'stop' } });
  model.script('front', calls(['transfer_to_orders', { about: 'x' }]));
  for (let index = 0; index < 2; index += 1) {
    model.script('orders', calls(['pay', { what: `o${index}` }]), calls(['transfer_to_refunds', { about: 'y' }]));
    model.script('refunds', calls(['pay', { what: `r${index}` }]), calls(['transfer_to_orders', { about: 'z' }]));
  }
  model.script('orders', says('Done.'));
  expect(await talk.send('m-1')).toMatchObject({ kind: 'reply', text: 'Done.' });
  expect(done).toHaveLength(4);
  const runs = await inspect(talk);
  expect(runs).toHaveLength(6);
  expect((await told(talk)).filter((line) => line === 'record: handoff')).toHaveLength(5);
  const asked = runs.flatMap(({ history }) => activities(history)).filter(({ type }) => type === MODEL_CALL_ACTIVITY);
  expect(asked.filter(({ result }) => isPlainObject(result))).toHaveLength(10);
});

test('a bound of a delegate’s own is asked about at the first session, and extended by its child', async () => {
  const talk = talkTo('asking');
  model.script('asking', calls(['ask_reader', { task: 'read' }]), says('Read.'));
  model.script('reader', ...Array.from({ length: 3 }, () => calls(['fail', { what: 'it' }], ['look', { what: 'x' }])));
  model.script('reader', ...Array.from({ length: 4 }, () => calls(['give_result', { found: 'a', pages: 30 }])));
  model.script('reader', calls(['give_result', { found: 'a', pages: 3 }]));
  const answer = await talk.send('m-1');
  expect(answer).toMatchObject({ kind: 'waiting_for_human' });
  const [item] = await waits(talk);
  expect(item).toMatchObject({ kind: 'limit', child: 'h1' });
  const { bound = 'turn.repairs' } = item?.limit ?? {};
  await talk.session.extend(bound, 10, { ...ada, child: 'h1' });
  const next = await eventually('what comes next', async () => {
    const found = await talk.session.answer('m-1');
    if (found.kind === 'answered') return 'answered';
    const [another] = await talk.session.pending();
    return another && another.limit?.bound !== bound ? another.limit?.bound : undefined;
  });
  if (next !== 'answered') await talk.session.extend(next, 10, ada);
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'Read.' });
  await inspect(talk);
});
