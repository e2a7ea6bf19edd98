/** The clinic's calendar: seeded the same everywhere, never booked twice, patient while somebody else is writing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCalendar, type Calendar } from '../../../examples/receptionist/calendar';
import { PATIENTS, SLOTS } from '../../../examples/receptionist/calendar-seed';

const NINE = '2027-03-02T09:00/okafor';
const GONE = '2027-03-02T09:30/okafor';

let folder: string;
let calendar: Calendar;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'calendar-test-'));
  calendar = openCalendar(path.join(folder, 'deep', 'calendar.sqlite'));
});
afterEach(() => {
  calendar.close();
  rmSync(folder, { recursive: true });
});

const booking = (idempotencyKey: string, slotId = NINE, patientId = 1007) => ({
  patientId,
  slotId,
  reason: 'Check-up',
  idempotencyKey,
});

test('the seed is two weeks of weekdays for two doctors and a dozen patients', () => {
  expect(PATIENTS).toHaveLength(12);
  expect(SLOTS).toHaveLength(10 * 12 * 2);
  const days = [...new Set(SLOTS.map((slot) => slot.starts_at.slice(0, 10)))];
  expect([days[0], days.at(-1)]).toEqual(['2027-03-01', '2027-03-12']);
  expect(days.map((day) => new Date(`${day}T00:00Z`).getUTCDay())).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
});

test('opening a calendar again keeps what is in it', async () => {
  await calendar.book(booking('k1'));
  const again = openCalendar(calendar.file);
  expect(await again.appointmentsOf(1007)).toMatchObject([{ slot_id: NINE, appointment_id: 4006 }]);
  expect(await again.freeSlots({ from: '2027-03-01', to: '2027-03-12', limit: 1000 })).toHaveLength(240 - 6);
  again.close();
});

test('a patient is found by name and date of birth, whatever the case and the accents', async () => {
  expect(await calendar.findPatients('mária  KOVACS', '1985-06-14')).toMatchObject([{ patient_id: 1007 }]);
  expect(await calendar.findPatients('Maria Kovacs', '1985-06-15')).toEqual([]);
  expect(await calendar.findPatients('John Smith', '2012-03-19')).toMatchObject([{ patient_id: 1012 }]);
});

test('the same key is the same appointment, and the repeat is counted', async () => {
  const first = await calendar.book(booking('k1'));
  const second = await calendar.book(booking('k1'));
  expect(first).toMatchObject({ kind: 'booked', appointment: { appointment_id: 4006, times_requested: 1 } });
  expect(second).toMatchObject({ kind: 'booked', appointment: { appointment_id: 4006, times_requested: 2 } });
  expect(await calendar.appointmentsOf(1007)).toHaveLength(1);
});

test('a repeat finds its appointment also when the slot has gone to somebody else since', async () => {
  await calendar.book(booking('k1'));
  const desk = new DatabaseSync(calendar.file);
  desk.exec(`UPDATE appointments SET status = 'cancelled' WHERE idempotency_key = 'k1'`);
  desk.close();
  await calendar.book(booking('k2', NINE, 1008));
  expect(await calendar.book(booking('k1'))).toMatchObject({
    kind: 'booked',
    appointment: { patient_id: 1007, status: 'cancelled' },
  });
  expect(await calendar.appointmentsOf(1008)).toHaveLength(1);
});

test('a slot is booked once, whoever asks and through whatever connection', async () => {
  const other = openCalendar(calendar.file);
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      (index % 2 ? other : calendar).book(booking(`k${index}`, NINE, 1001 + index)),
    ),
  );
  other.close();
  expect(answers.filter((answer) => answer.kind === 'booked')).toHaveLength(1);
  expect(answers.filter((answer) => answer.kind === 'taken')).toHaveLength(11);
});

test('what cannot be booked says why', async () => {
  expect(await calendar.book(booking('k1', GONE))).toMatchObject({ kind: 'taken', by: { patient_id: 1006 } });
  expect(await calendar.book(booking('k2', NINE, 999))).toEqual({ kind: 'no_such_patient' });
  expect(await calendar.book(booking('k3', '2027-03-06T09:00/okafor'))).toEqual({ kind: 'no_such_slot' });
});

test('free slots leave out what is booked, and respect doctor, range and limit', async () => {
  const slots = await calendar.freeSlots({ from: '2027-03-02', to: '2027-03-02', practitioner: 'okafor', limit: 3 });
  expect(slots.map((slot) => slot.slot_id)).toEqual([
    '2027-03-02T09:00/okafor',
    '2027-03-02T10:30/okafor',
    '2027-03-02T11:00/okafor',
  ]);
});

test('a booking waits while another process writes, without blocking the event loop', async () => {
  const writer = new DatabaseSync(calendar.file);
  writer.exec('BEGIN IMMEDIATE');
  const answer = calendar.book(booking('k1'));
  // Ended on the event loop that the booking waits on: had it blocked, this would come too late for it.
  await sleep(300);
  writer.exec('COMMIT');
  writer.close();
  expect(await answer).toMatchObject({ kind: 'booked' });
});
