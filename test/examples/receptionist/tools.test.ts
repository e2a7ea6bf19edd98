/** The receptionist's tools on the clinic's own calendar, by themselves: called as the engine calls them. */
import { createRegistry } from '../../../agents';
import { context, openBench, SESSION, type Bench } from './bench';

const MARIA = 1007;
const NINE = '2027-03-02T09:00/okafor';
const ELEVEN = '2027-03-02T11:00/okafor';
const GONE = '2027-03-02T09:30/okafor';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const run = (name: string, args: object, key?: string) => bench.run(name, args, key);
const tool = (name: string) => bench.tool(name);
const book = (slot: string, key: string, patient = MARIA) =>
  run('book_appointment', { patient_id: patient, slot_id: slot, reason: 'Check-up' }, key);
const released = (name: string, args: object, result: unknown) => tool(name).releases?.keys(args, result, SESSION);

test('the agent registers, with every effect in the ledger named calendar', () => {
  expect(createRegistry([bench.agent]).ledgerNames).toEqual(['calendar']);
  const effects = [...bench.agent.tools.values()].map((each) => [each.name, each.effect, each.ledger]);
  expect(effects).toEqual([
    ['find_patient', 'read', undefined],
    ['list_free_slots', 'read', undefined],
    ['book_appointment', 'idempotent', 'calendar'],
    ['move_appointment', 'transactional', 'calendar'],
    ['cancel_appointment', 'transactional', 'calendar'],
    ['take_deposit', 'reconcilable', 'calendar'],
    ['send_text_message', 'at-most-once', 'calendar'],
  ]);
});

test('find_patient needs both name and date of birth, and lists what is booked', async () => {
  await book(NINE, 'k1');
  expect(await run('find_patient', { name: 'Maria Kovacs', date_of_birth: '1985-06-14' })).toMatchObject({
    found: true,
    patient_id: MARIA,
    appointments: [{ appointment_id: 4006, when: 'Tuesday 2 March 2027, 09:00', with: 'Dr Okafor' }],
  });
  expect(await run('find_patient', { name: 'Maria Kovacs', date_of_birth: '1985-06-15' })).toEqual({ found: false });
});

test('list_free_slots offers what is free, and says why a range will not do', async () => {
  const ask = (from_day: string, to_day: string) =>
    run('list_free_slots', { from_day, to_day, practitioner: 'okafor', limit: 2 });
  expect(await ask('2027-03-02', '2027-03-02')).toMatchObject({
    slots: [{ slot_id: NINE }, { slot_id: '2027-03-02T10:30/okafor' }],
  });
  await expect(ask('2027-03-03', '2027-03-02')).rejects.toThrow('is before from_day');
  await expect(ask('2027-03-01', '2027-03-08')).rejects.toThrow('At most 7 days');
  await expect(ask('2027-04-01', '2027-04-02')).rejects.toThrow('open from 2027-03-01 to 2027-03-12 only');
});

test('book_appointment: the same key gets the same appointment', async () => {
  const first = await book(NINE, 'k1');
  expect(await book(NINE, 'k1')).toEqual(first);
  expect(first).toMatchObject({ appointment_id: 4006, status: 'booked', when: 'Tuesday 2 March 2027, 09:00' });
});

test.each([
  ['a slot that is gone', MARIA, GONE, 'is taken'],
  ['a slot that is not there', MARIA, '2027-03-06T09:00/okafor', 'There is no slot'],
  ['a patient that is not there', 999, NINE, 'There is no patient 999'],
])('book_appointment refuses %s, as a ToolError', async (_, patient, slot, message) => {
  const booking = book(slot, 'k1', patient);
  await expect(booking).rejects.toMatchObject({ name: 'ToolError' });
  await expect(booking).rejects.toThrow(message);
});

test('book_appointment tells a patient who has the slot already which appointment it is', async () => {
  await book(NINE, 'k1');
  await expect(book(NINE, 'k2')).rejects.toThrow('has 2027-03-02T09:00/okafor already: appointment 4006');
});

test('move_appointment moves, and releases the slot it leaves', async () => {
  await book(NINE, 'k1');
  const args = { patient_id: MARIA, appointment_id: 4006, new_slot_id: ELEVEN };
  const moved = await run('move_appointment', args);
  expect(moved).toMatchObject({ old_slot_id: NINE, slot_id: ELEVEN, when: 'Tuesday 2 March 2027, 11:00' });
  expect(released('move_appointment', args, moved)).toEqual([`${MARIA}:${NINE}`]);
  expect(await bench.calendar.appointmentsOf(MARIA)).toMatchObject([{ slot_id: ELEVEN }]);
});

test('move_appointment to where it is changes and releases nothing', async () => {
  await book(NINE, 'k1');
  const args = { patient_id: MARIA, appointment_id: 4006, new_slot_id: NINE };
  expect(released('move_appointment', args, await run('move_appointment', args))).toEqual([]);
});

test('cancel_appointment cancels, releases the slot, and the slot can be booked again', async () => {
  await book(NINE, 'k1');
  const args = { patient_id: MARIA, appointment_id: 4006 };
  const cancelled = await run('cancel_appointment', args);
  expect(released('cancel_appointment', args, cancelled)).toEqual([`${MARIA}:${NINE}`]);
  expect(await book(NINE, 'k2')).toMatchObject({ appointment_id: 4007, slot_id: NINE });
});

test.each([
  ['move_appointment', { patient_id: MARIA, appointment_id: 4006, new_slot_id: GONE }, 'is taken'],
  [
    'move_appointment',
    { patient_id: MARIA, appointment_id: 4006, new_slot_id: '2027-03-06T09:00/lind' },
    'There is no slot',
  ],
  [
    'move_appointment',
    { patient_id: 1001, appointment_id: 4006, new_slot_id: ELEVEN },
    'Patient 1001 has no appointment 4006',
  ],
  ['cancel_appointment', { patient_id: 1001, appointment_id: 4006 }, 'Patient 1001 has no appointment 4006'],
  ['cancel_appointment', { patient_id: MARIA, appointment_id: 5000 }, 'has no appointment 5000'],
])('%s refuses %j: %s', async (name, args, message) => {
  await book(NINE, 'k1');
  await expect(run(name, args)).rejects.toThrow(message);
  expect(await bench.calendar.appointmentsOf(MARIA)).toMatchObject([{ appointment_id: 4006, slot_id: NINE }]);
});

test('a transaction that is rolled back leaves the calendar as it was', async () => {
  await book(NINE, 'k1');
  const undone = bench.database.transaction().execute(async (tx) => {
    await tool('cancel_appointment').run({ patient_id: MARIA, appointment_id: 4006 }, { ...context('k2'), ...{ tx } });
    throw new Error('the ledger could not commit');
  });
  await expect(undone).rejects.toThrow('could not commit');
  expect(await bench.calendar.appointmentsOf(MARIA)).toHaveLength(1);
});

test('undoing a booking cancels it, and a booking that was cancelled since stays so', async () => {
  const args = { patient_id: MARIA, slot_id: NINE, reason: 'Check-up' };
  const booked = await book(NINE, 'k1');
  expect(await bench.undo('book_appointment', args, booked)).toEqual({ appointment_id: 4006, status: 'cancelled' });
  expect(await bench.calendar.appointmentsOf(MARIA)).toEqual([]);
  expect(await bench.undo('book_appointment', args, booked)).toEqual({ appointment_id: 4006, status: 'cancelled' });
  expect(await book(NINE, 'k2')).toMatchObject({ appointment_id: 4007 });
});

test('business key and summary of a booking', () => {
  const args = { patient_id: MARIA, slot_id: NINE, reason: 'Check-up' };
  const booking = tool('book_appointment');
  expect(booking.key?.(args, SESSION)).toBe(`${MARIA}:${NINE}`);
  expect(booking.sameAs?.(args)).toEqual(booking.sameAs?.({ ...args, reason: 'Something else' }));
  expect(booking.summary?.(args)).toBe('patient 1007, Tue 09:00 okafor');
});
