/**
 * Sessions without end, on a real server: the run continues as new in the middle of turns and between them, and nobody who talks to the session
 * can tell.
 */
import { openLedger } from '../../activities/ledger';
import type { Session } from '../../client';
import { runsOf } from '../../testing/run-chain';
import {
  AGENT_SEARCH_ATTRIBUTE,
  CONVERSATION_CLOSE_ACTIVITY,
  CONVERSATION_STORE_ACTIVITY,
  STATUS_SEARCH_ATTRIBUTE,
} from '../../workflows/contracts';
import { done, gate, inspect, model, newSession, numbered, outcomes, sending, stage, useClerk } from './clerk';
import { activities } from './history';
import { eventually } from './stage';

useClerk();

test('a turn goes on through many runs, and each of its calls happens once', async () => {
  const session = newSession({ events: 30 });
  expect(await session.say('note a x15')).toMatchObject({ kind: 'reply', turn: 1, text: 'did note a x15' });
  expect(done).toEqual(numbered('note a', 15));
  const { run = 1, keyNamespace } = await session.status();
  expect(run).toBeGreaterThan(3);
  const described = await stage.temporal.workflow.getHandle(session.id).describe();
  const shown = Object.fromEntries(described.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  expect(shown).toMatchObject({ [STATUS_SEARCH_ATTRIBUTE]: 'waiting_for_user', [AGENT_SEARCH_ATTRIBUTE]: 'clerk' });
  const runs = await inspect(session);
  expect(runs).toHaveLength(run);
  const ledger = await openLedger({ name: 'default', url: stage.ledgerFile });
  const ids = outcomes(await session.wholeTranscript()).map(({ callId }) => callId);
  for (const id of ids) expect(await ledger.readCall(`${keyNamespace}/${id}`)).toMatchObject({ state: 'succeeded' });
  await ledger.close();
});

test('what does not fit is stored, and read back by models and people alike', async () => {
  const session = newSession({ events: 40 });
  expect(await session.say('note big x15 of 20000')).toMatchObject({
    kind: 'reply',
    text: 'did note big x15 of 20000',
  });
  expect(done).toEqual(numbered('note big', 15));
  const runs = await inspect(session);
  const stored = runs.flatMap(({ history }) =>
    activities(history).filter(({ type }) => type === CONVERSATION_STORE_ACTIVITY),
  );
  expect(stored.length).toBeGreaterThan(0);
  expect(stored.map(({ end }) => end)).toEqual(stored.map(() => 'completed'));
  // Each request had the whole conversation.
  const last = model.requests().at(-1)?.body.toString('utf8') ?? '';
  for (const name of numbered('big', 15)) expect(last).toContain(name);
  // A run that is over answers for its own part.
  expect(outcomes(await session.wholeTranscript()).map(({ outcome }) => outcome.kind)).toEqual(
    Array(15).fill('succeeded'),
  );
  await session.end();
  await session.result(sending);
  const [closing] = (await runsOf(stage.temporal, session.id)).slice(-1);
  expect(activities(closing?.history ?? {}).map(({ type }) => type)).toContain(CONVERSATION_CLOSE_ACTIVITY);
});

test('a run that begins with more than it may have does something before the next one begins', async () => {
  const session = newSession({ bytes: 50_000 });
  await session.say(`hello ${'x'.repeat(100_000)}`);
  expect(await session.say('note b x3')).toMatchObject({ kind: 'reply', turn: 2 });
  expect(done).toEqual(numbered('note b', 3));
  const { run = 1 } = await session.status();
  expect(run).toBeGreaterThan(1);
  // 70 events: no run has fewer than 20.
  expect(run).toBeLessThan(5);
  await inspect(session);
});

test('a repeated message gets the same answer in a later run, and no second turn', async () => {
  const session = newSession({ updates: 3 });
  const first = await session.say('note r', 'm-1');
  for (let index = 0; index < 10; index += 1) await session.say(`hello ${index}`);
  expect((await session.status()).run).toBeGreaterThan(2);
  expect(await session.say('note r', 'm-1')).toEqual(first);
  expect(done).toEqual(['note r.1']);
  expect((await session.status()).turn).toBe(11);
  await inspect(session);
});

test.each([
  ['ended', (session: Session) => session.end({ by: 'ada' }), { kind: 'ended' }],
  ['cancelled', (session: Session) => session.cancel(), { kind: 'ended', status: 'cancelled' }],
  ['stopped', (session: Session) => session.stop({ by: 'ada' }), { kind: 'stopped', reason: 'stopped_by_person' }],
] as const)('a session that is to continue and waits for a call is %s all the same', async (_, act, answer) => {
  const session = newSession({ updates: 3 });
  const first = session.say('wait s x2', 'm-1');
  await gate.reached();
  const more = ['m-2', 'm-3', 'm-4', 'm-5', 'm-6'].map((id) => session.say('hello', id));
  await eventually('all to queue', async () => ((await session.status()).queued === 5 ? true : undefined));
  await act(session);
  gate.open();
  expect(await first).toMatchObject(answer);
  const after = await Promise.allSettled(more);
  const kinds = after.map((end) => (end.status === 'fulfilled' ? end.value.kind : String(end.reason)));
  expect(new Set(kinds)).toEqual(new Set([answer.kind === 'stopped' ? 'reply' : 'ended']));
  await inspect(session);
});

test('four clients that talk at once over many runs are each answered once, in order', async () => {
  const session = newSession({ updates: 10 });
  await session.say('hello');
  const clients = await Promise.all([1, 2, 3, 4].map(() => stage.connect()));
  const turns = await Promise.all(
    clients.map(async (client, who) => {
      const mine: number[] = [];
      for (let index = 0; index < 12; index += 1) {
        const text = `from ${who}.${index}`;
        const answer = await client.send(
          { sessionId: session.id, agent: 'clerk', text, messageId: `${who}.${index}` },
          sending,
        );
        expect(answer).toMatchObject({ kind: 'reply', text: `did ${text}` });
        mine.push(answer.kind === 'reply' ? answer.turn : 0);
      }
      return mine;
    }),
  );
  for (const mine of turns) expect(mine).toEqual([...mine].sort((a, b) => a - b));
  expect(new Set(turns.flat()).size).toBe(48);
  expect(await session.status()).toMatchObject({ turn: 49, queued: 0 });
  const runs = await inspect(session);
  expect(runs.length).toBeGreaterThan(3);
});
