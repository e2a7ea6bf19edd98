/**
 * Two workflow tasks in a row in which a session had nothing to tell the server, then an update while no worker is there: the SDK would have the worker that
 * comes take the last of them together with the update, and replay each by itself later on (docs/decisions/0008).
 */
import { fetchHistory, type History } from './history';
import { agents, calls, gate, inspect, says, stage, talkTo, useKitchen } from './kitchen';
import { eventually } from './stage';

useKitchen();

const tasksDone = ({ events }: History): number =>
  (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes).length;

test('a session that is told to go on while no worker is there is replayed as it went on', async () => {
  const talk = talkTo('patient');
  const { id } = talk.session;
  const inTask = async (what: string, happens: () => Promise<unknown> | void) => {
    const before = tasksDone(await fetchHistory(stage.temporal, id));
    await happens();
    await eventually(`${what} to be taken in`, async () =>
      tasksDone(await fetchHistory(stage.temporal, id)) > before ? true : undefined,
    );
  };
  calls(['cook', 'soup']);
  const first = talk.send('m-1');
  await gate.reached();
  await talk.session.pause({ by: 'ada' });
  await first;
  await inTask('what nobody knows', () => stage.temporal.workflow.getHandle(id).signal('explode'));
  await inTask('the end of the call', () => gate.open());
  await stage.worker.stop();
  const resumed = talk.session.resume({ by: 'ada' });
  says('soup is ready');
  await stage.startWorker({ agents });
  await resumed;
  expect(await talk.answer('m-1')).toMatchObject({ kind: 'reply', text: 'soup is ready' });
  await inspect(talk);
});
