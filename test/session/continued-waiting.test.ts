/** Calls, compensations and bounds that wait for a person while the session, on a real server, goes on in run after run. */
import { done, inspect, newSession, outcomes, shaky, useClerk } from './clerk';
import { activities } from './history';
import { eventually } from './stage';

useClerk();

test('a call waits for a person through many runs, and goes on as it is told', async () => {
  const session = newSession({ updates: 3 });
  shaky.set('w.1', 1).set('w.2', 2).set('w.3', 1);
  expect(await session.say('pay w x3', 'm-1')).toMatchObject({ kind: 'waiting_for_human' });
  const pending = await eventually('all to wait', async () => {
    const found = await session.pending();
    return found.length === 3 ? found : undefined;
  });
  const push = async (): Promise<void> => {
    for (let index = 0; index < 8; index += 1) await session.say('pay w x3', 'm-1');
  };
  await push();
  expect((await session.status()).run).toBeGreaterThan(2);
  expect(await session.pending()).toEqual(pending);
  expect(await session.status()).toMatchObject({ status: 'waiting_for_human', turn: 1 });
  const idOf = (name: string) => pending.find(({ call }) => call?.args.name === name)?.id ?? '';
  const absent = { as: 'absent', actId: 'act-2', by: 'ada' } as const;
  expect(await session.resolve(idOf('w.2'), absent)).toMatchObject({ kind: 'done' });
  await eventually('it to be in doubt again', async () => {
    const found = (await session.pending()).find(({ id }) => id === idOf('w.2'));
    return found && found.since > (pending.find(({ id }) => id === found.id)?.since ?? 0) ? found : undefined;
  });
  await push();
  expect(await session.resolve(idOf('w.2'), absent)).toMatchObject({ kind: 'already_done' });
  await session.resolve(idOf('w.2'), { as: 'absent' });
  await session.resolve(idOf('w.1'), { as: 'applied', result: { did: 'pay w.1' } });
  await push();
  await session.resolve(idOf('w.3'), { as: 'give_up' });
  expect(await session.say('pay w x3', 'm-1')).toMatchObject({ kind: 'reply', text: 'did pay w x3' });
  expect(done).toEqual(['pay w.2']);
  const ends = outcomes(await session.wholeTranscript()).map(({ callId, outcome }) => [callId, outcome.kind]);
  expect(new Map(ends as [string, string][])).toEqual(
    new Map([
      [idOf('w.1'), 'succeeded'],
      [idOf('w.2'), 'succeeded'],
      [idOf('w.3'), 'unknown'],
    ]),
  );
  const runs = await inspect(session);
  const again = runs
    .flatMap(({ history }) => activities(history).map(({ id }) => id))
    .filter((id) => id.includes('.again'));
  expect(again).toEqual([`${idOf('w.2')}.again1`, `${idOf('w.2')}.again2`]);
});

test('a call is undone in a later run than it was made in, also where that is in doubt for some runs', async () => {
  const session = newSession({ updates: 3 });
  await session.say('pay u x2');
  const chat = async (): Promise<void> => {
    for (let index = 0; index < 6; index += 1) await session.say('hello');
  };
  await chat();
  const [one, two] = outcomes(await session.wholeTranscript()).map(({ callId }) => callId) as [string, string];
  expect(await session.undo(one, { actId: 'undo-1' })).toMatchObject({ kind: 'done', outcome: { kind: 'succeeded' } });
  shaky.set('u.2!', 1);
  expect(await session.undo(two)).toMatchObject({ kind: 'done', outcome: { kind: 'unknown' } });
  await chat();
  expect(await session.pending()).toMatchObject([{ id: `${two}.undo` }]);
  await session.resolve(`${two}.undo`, { as: 'absent' });
  await eventually('the refund', () => (done.includes('refund u.2!') ? true : undefined));
  expect(await session.undo(one, { actId: 'undo-1' })).toMatchObject({ kind: 'already_done' });
  await chat();
  expect(done).toEqual(['pay u.1', 'pay u.2', 'refund u.1!', 'refund u.2!']);
  expect(await session.pending()).toEqual([]);
  await inspect(session);
});

test('a bound that was met is asked about through many runs, and the turn goes on once it is extended', async () => {
  const session = newSession({ updates: 3 }, { turn: { modelCalls: 4 }, onLimit: 'ask', askMs: 600_000 });
  expect(await session.say('note l x4', 'm-1')).toMatchObject({ kind: 'waiting_for_human' });
  const [pending] = await session.pending();
  expect(pending).toMatchObject({ kind: 'limit', id: 'turn.modelCalls', unblockedBy: 'intervene' });
  for (let index = 0; index < 8; index += 1) await session.say('note l x4', 'm-1');
  expect((await session.status()).run).toBeGreaterThan(2);
  expect(await session.pending()).toEqual([pending]);
  const extended = await session.extend('turn.modelCalls', 10, { actId: 'more' });
  expect(extended).toMatchObject({ kind: 'done', limit: { bound: 'turn.modelCalls', limit: 14 } });
  expect(await session.say('note l x4', 'm-1')).toMatchObject({ kind: 'reply', text: 'did note l x4' });
  const { run = 1 } = await session.status();
  while ((await session.status()).run === run) await session.say('hello');
  expect(await session.extend('turn.modelCalls', 10, { actId: 'more' })).toMatchObject({ kind: 'already_done' });
  expect(done).toEqual(['note l.1', 'note l.2', 'note l.3', 'note l.4']);
  await inspect(session);
});
