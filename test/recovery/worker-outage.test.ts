/** The only worker is killed and nobody is there for a while: sessions in every phase wait, no caller hangs, and all finish. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HEARTBEAT_MS } from '../../agents/policies';
import { DeadlineExceeded, NoWorker, SessionClosed } from '../../client';
import { WORKER_TIMING } from '../../worker/timing';
import { COURIER, courierScript, delivered, deliverParcels } from '../support/courier-script';
import { startDestination, type Destination } from '../support/destination';
import { eventually } from '../support/eventually';
import { expectInvariants, expectSameAnswer } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';

/** Longer than every timeout by which the server notices a dead worker: heartbeat 3 s, sticky queue 1 s, workflow task 5 s. */
const OUTAGE_MS = 8_000;
/** What a call may take beyond its deadline, ms: one look at who polls, and a busy machine. */
const SLACK_MS = 4_000;
const THINKING_MS = 700;

let destination: Destination;
let stage: Stage;
beforeAll(async () => {
  destination = await startDestination();
  stage = await openStage({
    agents: 'courier',
    script: courierScript,
    latencyMs: THINKING_MS,
    workerEnv: { COURIER_DESTINATION: destination.url },
  });
});
afterAll(async () => {
  await stage?.close();
  await destination?.close();
});

/** The error of a call that cannot succeed, and that it came in time. */
async function refusalOf(call: Promise<unknown>, timeoutMs: number): Promise<Error> {
  const began = Date.now();
  const error: unknown = await call.then(
    () => new Error('the call succeeded without any worker'),
    (thrown: unknown) => thrown,
  );
  expect(Date.now() - began).toBeLessThan(timeoutMs + SLACK_MS);
  expect([DeadlineExceeded.name, NoWorker.name]).toContain((error as Error).name);
  return error as Error;
}

test('nobody works for 8 s: calls end by their deadline with a clear error, and every session finishes afterwards', async () => {
  expect(OUTAGE_MS).toBeGreaterThan(HEARTBEAT_MS.dev);
  expect(WORKER_TIMING.dev.stickyQueueScheduleToStartTimeout).toBe('1s');
  const id = (phase: string) => `${stage.taskQueue}-${phase}`;
  const send = (phase: string, messageId: string, parcels: number, timeoutMs = 60_000) =>
    stage.client.send(
      { sessionId: id(phase), agent: COURIER, text: deliverParcels(parcels), messageId },
      { timeoutMs },
    );

  const worker = await stage.startWorker();
  for (const phase of ['idle', 'leaving']) expect(await send(phase, 'm-1', 0)).toMatchObject({ kind: 'reply' });
  destination.hold();
  const inTool = [send('tool', 'm-1', 2), send('queue', 'm-1', 1)];
  await destination.untilHeld(2);
  inTool.push(send('tool', 'm-2', 1), send('queue', 'm-2', 0));
  for (const phase of ['tool', 'queue']) {
    const session = stage.client.session(id(phase));
    await eventually('a second message to wait', async () => (await session.answer('m-2')).kind === 'in_progress');
  }
  const inModel = send('model', 'm-1', 1);
  await eventually('a model call to be in flight', () =>
    stage.model.requests().some(({ status }) => status === undefined),
  );
  await worker.kill();
  const killedAt = Date.now();
  destination.release();

  // Every kind of call that a client makes; the sends above go on waiting.
  const [asked, told, begun] = await Promise.all([
    refusalOf(stage.client.session(id('idle')).status({ timeoutMs: 2_000 }), 2_000),
    refusalOf(
      stage.client.session(id('idle')).send({ text: deliverParcels(1), messageId: 'm-2' }, { timeoutMs: 2_500 }),
      2_500,
    ),
    refusalOf(send('new', 'm-1', 1, 2_500), 2_500),
    refusalOf(stage.client.session(id('leaving')).end({ actId: 'end-1', timeoutMs: 2_000 }), 2_000),
    refusalOf(stage.client.session(id('tool')).wholeTranscript({ timeoutMs: 2_000 }), 2_000),
  ]);
  expect(asked.message).toContain(`reading the status of session ${id('idle')}`);
  expect(told.message).toMatch(/send it again with the message id m-2, it is never taken twice$/);
  expect(begun.message).toMatch(/send it again with the message id m-1, it is never taken twice$/);
  await sleep(Math.max(0, OUTAGE_MS - (Date.now() - killedAt)));

  await stage.startWorker();
  const backAt = Date.now();
  const results = await Promise.all([...inTool, inModel]);
  expect(results.map((result) => result.kind === 'reply' && result.text)).toEqual(
    [2, 1, 1, 0, 1].map((count) => delivered(count)),
  );
  // What the errors promised: the same id again, and the message is taken once.
  expect(await send('new', 'm-1', 1)).toMatchObject({ kind: 'reply', turn: 1, text: delivered(1) });
  expect(await send('idle', 'm-2', 1)).toMatchObject({ kind: 'reply', turn: 2, text: delivered(1) });
  const leaving = stage.client.session(id('leaving'));
  await leaving.end({ actId: 'end-1' }).catch((error: unknown) => expect(error).toBeInstanceOf(SessionClosed));
  expect(await leaving.result({ timeoutMs: 30_000 })).toMatchObject({ status: 'completed', reason: 'ended' });
  const finishedAfterMs = Date.now() - backAt;

  const phases = ['tool', 'queue', 'model', 'new', 'idle'];
  for (const phase of phases) await expectInvariants(stage, id(phase));
  await expectSameAnswer(stage, id('model'), { text: deliverParcels(1), messageId: 'm-1' }, await inModel);
  expect((await stage.client.session(id('tool')).status()).turn).toBe(2);
  const applied = destination.journal.filter((row) => row.decision === 'applied');
  const parcels = (phase: string) => applied.filter((row) => row.session === id(phase)).map((row) => row.parcel);
  expect(phases.map((phase) => parcels(phase))).toEqual([[1, 2, 1], [1], [1], [1], [1]]);
  // Those that were held when the worker died were asked for again, under the same key.
  expect(
    destination.journal
      .filter((row) => row.decision === 'repeated')
      .map((row) => row.session)
      .sort(),
  ).toEqual([id('queue'), id('tool')]);
  console.info(`all finished ${finishedAfterMs} ms after a worker was back`);
});
