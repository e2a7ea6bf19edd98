/** Client processes are killed between `send` and its answer. Whoever asks again with the message id gets that answer. */
import path from 'node:path';
import { startProcess, type ManagedProcess } from '../../testing/managed-process';
import { COURIER, courierScript, delivered, deliverParcels } from '../support/courier-script';
import { startDestination, type Destination } from '../support/destination';
import { expectInvariants, expectSameAnswer } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';

/** The scenario's figure is 100, which takes a minute; `HOLDFAST_TEST_CLIENTS=100` plays it. */
const CLIENTS = Number(process.env.HOLDFAST_TEST_CLIENTS ?? 10);
const CLIENT_MAIN = path.join(__dirname, '../../dist/test/support/client-main.js');

let destination: Destination;
let stage: Stage;
beforeAll(async () => {
  destination = await startDestination();
  stage = await openStage({
    agents: 'courier',
    script: courierScript,
    workerEnv: { COURIER_DESTINATION: destination.url },
  });
});
afterAll(async () => {
  await stage?.close();
  await destination?.close();
});

test(`${CLIENTS} clients die between send and answer: repeats get the same answer, and no message makes a second turn`, async () => {
  await stage.startWorker();
  destination.hold();
  const messages = Array.from({ length: CLIENTS }, (_, index) => ({
    sessionId: `${stage.taskQueue}-${index}`,
    agent: COURIER,
    text: deliverParcels(1 + (index % 2), `customer-${index}`),
    messageId: 'm-1',
  }));
  // Those of even number die when their turn is known to be in the middle, the others the moment they begin to send: whether
  // the server has heard of these is anybody's guess.
  const clients = await Promise.all(
    messages.map(async (message, index): Promise<ManagedProcess<string>> => {
      const client = await startProcess<string>({
        script: CLIENT_MAIN,
        args: [stage.address, stage.taskQueue, JSON.stringify(message)],
        logFile: path.join(stage.folder, `client-${index}.log`),
      });
      if (index % 2 === 1) await client.kill();
      return client;
    }),
  );
  const heldSessions = () => new Set(destination.journal.map((row) => row.session));
  await destination.untilHeld(CLIENTS / 2);
  const inTheMiddle = messages.filter((_, index) => index % 2 === 0);
  for (let held = CLIENTS / 2; !inTheMiddle.every(({ sessionId }) => heldSessions().has(sessionId));) {
    await destination.untilHeld((held += 1));
  }
  const exits = await Promise.all(clients.map((client) => client.kill()));
  expect(exits.map((exit) => exit.signal)).toEqual(messages.map(() => 'SIGKILL'));

  // The first repeats come while the turns are still in the middle, and from other processes than the first send.
  const repeats = messages.map((message) => stage.client.send(message, { timeoutMs: 30_000 }));
  destination.release();
  const results = await Promise.all(repeats);
  for (const [index, message] of messages.entries()) {
    expect(results[index]).toMatchObject({ kind: 'reply', turn: 1, text: delivered(1 + (index % 2)) });
    const { items } = await expectInvariants(stage, message.sessionId);
    expect(items.filter((item) => item.kind === 'user')).toHaveLength(1);
    const [first] = results.slice(index);
    if (first) await expectSameAnswer(stage, message.sessionId, message, first);
  }
  const expected = messages.flatMap((message, index) =>
    Array.from({ length: 1 + (index % 2) }, () => message.sessionId),
  );
  expect(destination.journal.map((row) => row.session).sort()).toEqual(expected.sort());
  expect(destination.journal.map((row) => row.decision)).toEqual(expected.map(() => 'applied'));
});
