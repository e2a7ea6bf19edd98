/** The promise in one test: the worker is killed right after a booking that nobody has recorded, with twenty sessions in it. */
import { SLOTS, PATIENTS } from '../../examples/receptionist/calendar-seed';
import { script } from '../../examples/receptionist/script';
import { readCalendar } from '../support/calendar-world';
import { within } from '../support/eventually';
import { expectInvariants, expectSameAnswer } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';

const SESSIONS = 20;
/** From the kill until the last of them has its answer, the start of a new worker included, ms. */
const ALL_DONE_WITHIN_MS = 20_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ agents: 'receptionist', script });
});
afterAll(() => stage?.close());

/** A free slot for each of them, and a caller. */
const callers = SLOTS.filter((slot) => slot.starts_at > '2027-03-04')
  .slice(0, SESSIONS)
  .map((slot, index) => {
    const patient = PATIENTS[index % PATIENTS.length];
    return {
      sessionId: `caller-${index}`,
      slot: slot.slot_id,
      text: `book ${patient?.patient_id} ${slot.slot_id} Check-up`,
    };
  });

test('20 sessions, killed after an effect and before its record: 20 finish, 20 bookings, 0 duplicates, within 20 s', async () => {
  const armed = await stage.startWorker({ crashAt: 'tool.after-effect[book_appointment]#5' });
  const prefix = stage.taskQueue;
  const sends = callers.map(async ({ sessionId, text }) => {
    const message = { sessionId: `${prefix}-${sessionId}`, agent: 'receptionist', text, messageId: 'm-1' };
    return { message, result: await stage.client.send(message, { timeoutMs: 60_000 }), at: Date.now() };
  });
  const { signal } = await within('the armed worker to die', 30_000, armed.exited);
  const killedAt = Date.now();
  expect(signal).toBe('SIGKILL');
  const then = readCalendar(stage.calendarFile());
  await stage.startWorker();
  const restartedAt = Date.now();
  const done = await Promise.all(sends);

  // At least the one that died after its effect was in the window that counts; the ledger had nothing but its intent.
  const unrecorded = then.effects.filter((effect) => effect.state === 'started').length;
  expect(unrecorded).toBeGreaterThanOrEqual(1);
  const { appointments, liveEffects, doubleBooked } = readCalendar(stage.calendarFile());
  expect(appointments.map((row) => row.slot_id).sort()).toEqual(callers.map((caller) => caller.slot).sort());
  expect(new Set(appointments.map((row) => row.idempotency_key)).size).toBe(SESSIONS);
  expect(doubleBooked).toEqual([]);
  expect(liveEffects).toHaveLength(SESSIONS);
  expect(appointments.some((row) => row.times_requested > 1)).toBe(true);

  const lastAt = Math.max(...done.map(({ at }) => at));
  expect(lastAt - killedAt).toBeLessThan(ALL_DONE_WITHIN_MS);
  for (const { message, result } of done) {
    expect(result).toMatchObject({ kind: 'reply', turn: 1 });
    await expectInvariants(stage, message.sessionId);
  }
  const [first] = done;
  if (first) await expectSameAnswer(stage, first.message.sessionId, first.message, first.result);
  console.info(
    `kill to last answer ${lastAt - killedAt} ms (new worker after ${restartedAt - killedAt} ms); at the kill ` +
      `${then.appointments.length} bookings, ${unrecorded} without an outcome`,
  );
});
