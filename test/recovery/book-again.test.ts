/** Book, cancel, and book the same slot again, with real processes on a real server: booked, and one live effect. */
import { script } from '../../examples/receptionist/script';
import { readCalendar } from '../support/calendar-world';
import { expectInvariants } from '../support/invariants';
import { openStage, type Stage } from '../support/recovery-stage';

const SLOT = '2027-03-03T09:00/okafor';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ agents: 'receptionist', script });
  await stage.startWorker();
});
afterAll(() => stage?.close());

const textOf = async (sessionId: string, messageId: string, text: string): Promise<string> => {
  const message = { sessionId: `${stage.taskQueue}-${sessionId}`, agent: 'receptionist', text, messageId };
  const result = await stage.client.send(message, { timeoutMs: 20_000 });
  return result.kind === 'reply' ? result.text : JSON.stringify(result);
};

test('a slot that was booked, cancelled and booked again is booked, with one live effect', async () => {
  expect(await textOf('caller', 'm-1', `book 1007 ${SLOT} Check-up`)).toContain('"appointment_id":4006');
  expect(await textOf('caller', 'm-2', 'cancel 1007 4006')).toContain('"status":"cancelled"');
  expect(await textOf('caller', 'm-3', `book 1007 ${SLOT} Check-up`)).toContain('"appointment_id":4007');

  const { appointments, effects, liveEffects } = readCalendar(stage.calendarFile());
  expect(appointments).toMatchObject([
    { appointment_id: 4006, slot_id: SLOT, status: 'cancelled' },
    { appointment_id: 4007, slot_id: SLOT, status: 'booked' },
  ]);
  expect(effects).toMatchObject([
    { tool: 'book_appointment', business_key: `1007:${SLOT}`, generation: 1, state: 'reversed' },
    { tool: 'book_appointment', business_key: `1007:${SLOT}`, generation: 2, state: 'succeeded' },
  ]);
  expect(liveEffects).toHaveLength(1);
  const { calls } = await expectInvariants(stage, `${stage.taskQueue}-caller`);
  expect(calls.find((call) => call.effectState === 'reversed')?.generation).toBe(1);
});

test('asked for twice in another session it is the same booking, and for another patient the slot is taken', async () => {
  expect(await textOf('again', 'm-1', `book 1007 ${SLOT} Check-up`)).toContain('"appointment_id":4007');
  expect(await textOf('other', 'm-1', `book 1008 ${SLOT} Check-up`)).toContain(`${SLOT} is taken`);
  const { appointments, liveEffects } = readCalendar(stage.calendarFile());
  expect(appointments.filter((row) => row.status === 'booked')).toMatchObject([
    { appointment_id: 4007, times_requested: 1 },
  ]);
  expect(liveEffects).toHaveLength(1);
  for (const id of ['again', 'other']) await expectInvariants(stage, `${stage.taskQueue}-${id}`);
});
