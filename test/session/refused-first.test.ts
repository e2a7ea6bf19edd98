/**
 * A run whose first task has nothing to do but to refuse: the server would drop such a task, and the SDK lose with it what it noted of how the run is to be
 * replayed (docs/decisions/0008). The server keeps the first task of a run back that followed another within a second; an update brings one all the same.
 */
import { failedTasks, fetchHistory } from './history';
import { calls, inspect, says, stage, talkTo, thinks, thought, useKitchen, type Talk } from './kitchen';
import { json, sendRawUpdate } from './raw-payloads';
import { eventually } from './stage';

useKitchen();

/** A session whose second run has just begun, and has done nothing yet. */
async function inItsSecondRun(): Promise<Talk> {
  const talk = talkTo('interrupted', { continueAfter: { updates: 2 } });
  const runId = async () => (await stage.temporal.workflow.getHandle(talk.session.id).describe()).runId;
  says('one');
  await talk.send('m-1');
  const first = await runId();
  await talk.session.note('The second thing that this run takes in.', { by: 'ada' });
  await eventually('the next run', async () => ((await runId()) === first ? undefined : true));
  return talk;
}

const REFUSED: readonly (readonly [what: string, refused: (talk: Talk) => Promise<unknown>, words: RegExp])[] = [
  [
    'an act on a call that does not wait',
    ({ session }) => session.resolve('t1.s1.c1', { as: 'absent', by: 'ada' }).catch(String),
    /does not wait for anybody/,
  ],
  [
    'a message id that was used',
    (talk) => talk.send('m-1', 'something else').catch(String),
    /the message id m-1 was used for another message/,
  ],
  [
    'a request that nobody can read',
    ({ session }) => sendRawUpdate(stage, session.id, 'send', [json('42')]),
    /^Refused: send expects/,
  ],
  [
    'an update that there is not',
    ({ session }) => sendRawUpdate(stage, session.id, 'explode', [json('{}')]),
    /^Refused: a session has no update explode; those that it has: send, decide, resolve, intervene$/,
  ],
  [
    'an update by a name that the SDK keeps for itself',
    ({ session }) => sendRawUpdate(stage, session.id, '__temporal_explode', [json('{}')]),
    /^Refused: a session has no update reserved: __temporal_explode; /,
  ],
];

test.each(REFUSED)('%s: the run goes on, and is replayed as it ran', async (_, refused, words) => {
  const talk = await inItsSecondRun();
  expect(await refused(talk)).toMatch(words);
  // What is broken off is marked in history by the SDK, in a way that it has to have noted before.
  thinks('never heard');
  says('soup, then');
  const first = talk.send('m-3', 'a table');
  await thought.reached();
  expect(await talk.send('m-4', 'no, soup')).toMatchObject({ kind: 'reply', text: 'soup, then' });
  expect(await first).toMatchObject({ kind: 'stopped', reason: 'interrupted' });
  await inspect(talk);
});

test('all of them at once, before a run has done anything', async () => {
  const talk = await inItsSecondRun();
  const said = await Promise.all(REFUSED.map(([, refused]) => refused(talk)));
  for (const [index, [, , words]] of REFUSED.entries()) expect(said[index]).toMatch(words);
  calls(['burn', 'toast']);
  says('it burnt');
  expect(await talk.send('m-3', 'toast')).toMatchObject({ kind: 'reply', text: 'it burnt' });
  await inspect(talk);
});

test('what is refused later leaves nothing in history', async () => {
  const talk = talkTo('patient');
  says('hello');
  await talk.send('m-1');
  const before = await fetchHistory(stage.temporal, talk.session.id);
  for (const [, refused, words] of REFUSED.slice(0, 3)) expect(await refused(talk)).toMatch(words);
  const after = await fetchHistory(stage.temporal, talk.session.id);
  expect(after.events).toHaveLength(before.events?.length ?? 0);
  expect(failedTasks(after)).toEqual([]);
});
