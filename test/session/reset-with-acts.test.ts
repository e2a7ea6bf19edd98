/**
 * `temporal workflow reset` of a session that people acted on, by updates and by signals in turns: the server hands both to the new run at once. The SDK takes
 * them in as they came, but replays all signals before all updates (workflows/interceptors.ts).
 */
import { randomUUID } from 'node:crypto';
import { fetchHistory } from './history';
import { inspect, says, stage, talkTo, useKitchen } from './kitchen';
import { eventually } from './stage';

useKitchen();

test('the new run is replayed as it ran', async () => {
  const talk = talkTo('patient');
  const { session } = talk;
  const handle = stage.temporal.workflow.getHandle(session.id);
  says('one');
  await talk.send('m-1');
  const before = await fetchHistory(stage.temporal, session.id);
  const point = before.events?.findLast((event) => event.workflowTaskCompletedEventAttributes)?.eventId;
  for (const round of ['1', '2']) {
    await session.pause({ by: 'ada', actId: `pause-${round}` });
    await handle.signal('intervention', { actId: `resume-${round}`, act: 'resume', by: 'ada' });
    await eventually('it to go on', async () => ((await session.status()).paused ? undefined : true));
  }
  const { runId } = await handle.describe();
  await stage.temporal.workflowService.resetWorkflowExecution({
    namespace: stage.temporal.options.namespace,
    workflowExecution: { workflowId: session.id, runId },
    workflowTaskFinishEventId: point,
    requestId: randomUUID(),
    reason: 'a test',
  });
  await eventually('the acts to be taken in again', async () => {
    const { events } = await fetchHistory(stage.temporal, session.id);
    const left = (events ?? []).filter((event) => event.workflowExecutionUpdateCompletedEventAttributes);
    return left.length > 1 ? true : undefined;
  });
  // Signals come first: those of before that let it go on come before what they are about.
  await session.resume({ by: 'ada' });
  says('two');
  expect(await talk.send('m-2')).toMatchObject({ kind: 'reply', text: 'two' });
  await inspect(talk);
});
