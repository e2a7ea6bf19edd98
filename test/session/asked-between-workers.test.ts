/**
 * Questions that wait for a worker while something comes in: the worker gets them with what came in, before the task that brings it (docs/decisions/0008).
 */
import { setTimeout as pause } from 'node:timers/promises';
import { failedTasks, fetchHistory } from './history';
import { agents, says, stage, talkTo, useKitchen } from './kitchen';

useKitchen();

const SESSIONS = 6;
const ROUNDS = 2;

test('they are answered, acts are done, and each session is replayed as it went on', async () => {
  const talks = Array.from({ length: SESSIONS }, () => talkTo('patient'));
  says(...talks.map(() => 'hello'));
  for (const talk of talks) await talk.send('m-1');
  let worker = stage.worker;
  for (let round = 0; round < ROUNDS; round += 1) {
    await worker.stop();
    const asked = talks.flatMap(({ session }) => [session.status(), session.usage(), session.status()]);
    // So that the server has the questions before it has anything else to do.
    await pause(300);
    for (const { session } of talks) await stage.temporal.workflow.getHandle(session.id).signal('explode');
    const noted = talks.map(({ session }) => session.note(`mind the gap ${round}`, { by: 'ada' }));
    await pause(100);
    worker = await stage.startWorker({ agents });
    await Promise.all([...asked, ...noted]);
    const histories = await Promise.all(
      talks.map(async ({ session: { id } }) => ({ workflowId: id, history: await fetchHistory(stage.temporal, id) })),
    );
    expect(await stage.replayAll(histories)).toEqual({});
    for (const { history } of histories) expect(failedTasks(history)).toEqual([]);
  }
  // By a worker that has never seen them.
  await worker.stop();
  await stage.startWorker({ agents });
  says(...talks.map(() => 'and on'));
  for (const talk of talks) {
    expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'and on' });
    const items = await talk.session.wholeTranscript();
    expect(items.filter(({ kind }) => kind === 'note')).toHaveLength(ROUNDS);
  }
}, 120_000);
