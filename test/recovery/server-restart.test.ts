/** The Temporal server itself is killed in the middle of turns and started again on the same file and port. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COURIER, courierScript, delivered, deliverParcels } from '../support/courier-script';
import { startDestination, type Destination } from '../support/destination';
import { eventually } from '../support/eventually';
import { expectInvariants, expectSameAnswer } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';
import { TestServer } from '../support/temporal-server';

/** How long it is away, ms: a restart by hand or by a supervisor. */
const AWAY_MS = 1_500;

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-restart-'));
let server: TestServer;
let destination: Destination;
let stage: Stage;
beforeAll(async () => {
  server = await TestServer.start({ dbFile: path.join(folder, 'temporal.sqlite') });
  destination = await startDestination();
  stage = await openStage({
    agents: 'courier',
    script: courierScript,
    latencyMs: 500,
    server,
    workerEnv: { COURIER_DESTINATION: destination.url },
  });
});
afterAll(async () => {
  await stage?.close();
  await destination?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('SIGKILL of the server in the middle of turns: the sessions finish, and the callers get their answers', async () => {
  await stage.startWorker();
  const message = (phase: string, parcels: number) => ({
    sessionId: `${stage.taskQueue}-${phase}`,
    agent: COURIER,
    text: deliverParcels(parcels),
    messageId: 'm-1',
  });
  const messages = [message('tool', 3), message('model', 2)] as const;
  destination.hold();
  const inTool = stage.client.send(messages[0], { timeoutMs: 50_000 });
  await destination.untilHeld(1);
  const inModel = stage.client.send(messages[1], { timeoutMs: 50_000 });
  await eventually('a model call to be in flight', () =>
    stage.model.requests().some(({ status }) => status === undefined),
  );

  await server.kill();
  // The effect and the model's answer come back to a worker that has no server to report to.
  destination.release();
  await sleep(AWAY_MS);
  await server.restart();
  const backAt = Date.now();
  const results = await Promise.all([inTool, inModel]);
  const finishedAfterMs = Date.now() - backAt;

  expect(results.map((result) => result.kind === 'reply' && result.text)).toEqual([delivered(3), delivered(2)]);
  for (const [index, sent] of messages.entries()) {
    const { status } = await expectInvariants(stage, sent.sessionId);
    expect(status.turn).toBe(1);
    const [first] = results.slice(index);
    if (first) await expectSameAnswer(stage, sent.sessionId, sent, first);
    const rows = destination.journal.filter((row) => row.session === sent.sessionId && row.decision === 'applied');
    expect(rows.map((row) => row.parcel)).toEqual(index === 0 ? [1, 2, 3] : [1, 2]);
  }
  console.info(`both finished ${finishedAfterMs} ms after the server was back`);
});
