/** SIGTERM to a worker under load: what is in flight finishes and is recorded, and another worker goes on at once. */
import { HEARTBEAT_MS } from '../../agents/policies';
import { COURIER, courierScript, deliverParcels, delivered } from '../support/courier-script';
import { startDestination, type Destination } from '../support/destination';
import { eventually, within } from '../support/eventually';
import { expectInvariants } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';

const SESSIONS = 5;
const PARCELS = 3;

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

test('SIGTERM, twice: effects in flight are recorded, leases are given back, exit code 0, and the next worker goes on at once', async () => {
  const first = await stage.startWorker();
  const ids = Array.from({ length: SESSIONS }, (_, index) => `${stage.taskQueue}-${index}`);
  destination.hold();
  const sends = ids.map((sessionId) =>
    stage.client.send(
      { sessionId, agent: COURIER, text: deliverParcels(PARCELS), messageId: 'm-1' },
      { timeoutMs: 60_000 },
    ),
  );
  await destination.untilHeld(SESSIONS);
  const second = await stage.startWorker();

  process.kill(first.pid, 'SIGTERM');
  // Draining, it takes nothing new: what is started now is the second worker's.
  const late = stage.client.send(
    { sessionId: `${stage.taskQueue}-late`, agent: COURIER, text: deliverParcels(0), messageId: 'm-1' },
    { timeoutMs: 20_000 },
  );
  expect(await late).toMatchObject({ kind: 'reply', text: delivered(0) });
  process.kill(first.pid, 'SIGTERM');
  const releasedAt = Date.now();
  destination.release();
  const exit = await within('the drained worker to end', 20_000, first.exited);
  const results = await Promise.all(sends);
  const goneOnAfterMs = Date.now() - releasedAt;

  expect(exit).toEqual({ code: 0, signal: null });
  expect(results.map((result) => result.kind === 'reply' && result.text)).toEqual(ids.map(() => delivered(PARCELS)));
  // A lease that was left behind, or an attempt that was lost, would have cost the heartbeat timeout.
  expect(goneOnAfterMs).toBeLessThan(HEARTBEAT_MS.dev);
  for (const sessionId of ids) {
    const { calls, reports } = await expectInvariants(stage, sessionId);
    expect([...reports.values()].map((report) => report.attempt)).toEqual(Array.from({ length: PARCELS }, () => 1));
    const [inFlight] = calls.filter((call) => call.tool === 'deliver');
    expect(inFlight?.owner).toContain(String(first.pid));
  }
  expect(destination.journal.filter((row) => row.decision === 'repeated')).toEqual([]);
  expect(destination.journal).toHaveLength(SESSIONS * PARCELS);
  console.info(`drained and gone on ${goneOnAfterMs} ms after the effects were answered`);
  expect(await second.stop()).toEqual({ code: 0, signal: null });
});

test('a worker with nothing to do ends at once, with exit code 0', async () => {
  const idle = await stage.startWorker();
  process.kill(idle.pid, 'SIGTERM');
  expect(await within('the idle worker to end', 5_000, idle.exited)).toEqual({ code: 0, signal: null });
  await eventually('its end', () => !isAlive(idle.pid), 1_000);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
