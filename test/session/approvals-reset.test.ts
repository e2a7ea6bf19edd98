/**
 * `temporal workflow reset` of a session that people decided in. The server hands the acts that came after the point to the new run, as it begins. So:
 * from the task that took the decision in, the decision holds; from an earlier one, it comes before the call, is refused, and people are asked anew.
 * Where the operator leaves updates out, they are asked anew from wherever. In none of these is a payment made twice.
 */
import { randomUUID } from 'node:crypto';
import type { Session } from '../../client';
import { decisionsIn } from './decisions';
import { fetchHistory, type HistoryEvent } from './history';
import { eventually } from './stage';
import { inspect, newSession, ranIn, stage, untilAsked, useTeller } from './teller';

const TEXT = 'pay a:5';
/** `RESET_REAPPLY_EXCLUDE_TYPE_UPDATE` of the server's API. */
const EXCLUDE_UPDATES = 2;

useTeller();

async function events(session: Session): Promise<readonly HistoryEvent[]> {
  return (await fetchHistory(stage.temporal, session.id)).events ?? [];
}

/** `decided`: the workflow task that took the decision in; `asked`: the one that put the call to people; `start`: the first of all. */
type Point = 'decided' | 'asked' | 'start';

async function resetTo(session: Session, point: Point, withoutUpdates: boolean): Promise<void> {
  const all = await events(session);
  const decided = all.findIndex(
    ({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) =>
      accepted?.acceptedRequest?.input?.name === 'decide',
  );
  // What a task takes in is written down right after its end.
  const tasks = all.slice(0, decided).filter(({ workflowTaskCompletedEventAttributes: done }) => done);
  const target = { decided: tasks.at(-1), asked: tasks.at(-2), start: tasks[0] }[point];
  if (!target?.eventId) throw new Error('there is no workflow task to reset to');
  const { runId } = await stage.temporal.workflow.getHandle(session.id).describe();
  await stage.temporal.workflowService.resetWorkflowExecution({
    namespace: stage.temporal.options.namespace,
    workflowExecution: { workflowId: session.id, runId },
    workflowTaskFinishEventId: target.eventId,
    requestId: randomUUID(),
    reason: 'a test',
    ...(withoutUpdates ? { resetReapplyExcludeTypes: [EXCLUDE_UPDATES] } : {}),
  });
}

/** A session whose one payment ada approved and which has answered. */
async function paid(): Promise<ReturnType<typeof newSession>> {
  const session = newSession();
  await session.say(TEXT, 'm-1');
  const [asked] = await untilAsked(session, 1);
  await session.approve(asked?.callId ?? '', { argsHash: asked?.argsHash ?? '', by: 'ada', actId: 'act-1' });
  expect(await session.say(TEXT, 'm-1')).toMatchObject({ kind: 'reply' });
  expect(ranIn(session)).toHaveLength(1);
  return session;
}

async function untilAnswered(session: Session): Promise<void> {
  await eventually('the answer', async () => {
    const answer = await session.answer('m-1').catch(() => undefined);
    return answer?.kind === 'answered' || undefined;
  });
}

async function expectPaidOnce(session: Session): Promise<void> {
  expect(ranIn(session)).toHaveLength(1);
  await inspect(session);
}

test('to where it was decided: the decision holds, and nobody is asked', async () => {
  const session = await paid();
  await resetTo(session, 'decided', false);
  await untilAnswered(session);
  const [decision] = decisionsIn([{ history: await fetchHistory(stage.temporal, session.id) }]);
  expect(decision?.result).toMatchObject({ kind: 'done', call: 'approved' });
  await expectPaidOnce(session);
});

test.each([
  ['to its beginning', 'start', false],
  ['to where people were asked', 'asked', false],
  ['to where it was decided, without the updates', 'decided', true],
] as const)('%s: people are asked anew, and what was paid is not paid again', async (_, point, withoutUpdates) => {
  const session = await paid();
  await resetTo(session, point, withoutUpdates);
  const [asked] = await untilAsked(session, 1);
  expect(ranIn(session)).toHaveLength(1);
  await session.approve(asked?.callId ?? '', { argsHash: asked?.argsHash ?? '', by: 'ada' });
  await untilAnswered(session);
  await expectPaidOnce(session);
});
