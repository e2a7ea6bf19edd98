/**
 * The clinic's calendar: a SQLite file of its own, shared with other processes and with the ledger's tables. Opening creates
 * and seeds it. Move and cancel are not here: they are written by the tools themselves in the ledger's transaction.
 */
import type { DatabaseSync } from 'node:sqlite';
import { FIRST_APPOINTMENTS, LAST_APPOINTMENT_ID_BEFORE, PATIENTS, SLOTS } from './calendar-seed';
import { CALENDAR_SQL, type AppointmentRow, type PatientRow, type SlotRow } from './calendar-tables';
import { openDatabase } from '../shared/open-database';
import { BUSY_TIMEOUT_MS, retryWhileBusy } from '../shared/when-busy';

/** An appointment together with its slot. */
export type Appointment = AppointmentRow & SlotRow;

export interface BookingRequest {
  readonly patientId: number;
  readonly slotId: string;
  readonly reason: string;
  /** The same key is the same booking, however often it is asked for. */
  readonly idempotencyKey: string;
}

export type BookingAnswer =
  | { readonly kind: 'booked'; readonly appointment: Appointment }
  | { readonly kind: 'no_such_patient' }
  | { readonly kind: 'no_such_slot' }
  | { readonly kind: 'taken'; readonly by: AppointmentRow };

export interface FreeSlotsRequest {
  /** First and last day, `2027-03-02`. */
  readonly from: string;
  readonly to: string;
  readonly practitioner?: string;
  readonly limit: number;
}

export interface Calendar {
  readonly file: string;
  /** Patients of that date of birth whose name matches, case and accents aside. */
  findPatients(name: string, dateOfBirth: string): Promise<readonly PatientRow[]>;
  patient(patientId: number): Promise<PatientRow | undefined>;
  /** Booked appointments, earliest first. */
  appointmentsOf(patientId: number): Promise<readonly Appointment[]>;
  freeSlots(request: FreeSlotsRequest): Promise<readonly SlotRow[]>;
  book(request: BookingRequest): Promise<BookingAnswer>;
  close(): void;
}

/** Opens the calendar, and creates and seeds it where it is not there. Any number of processes may do so at once. */
export function openCalendar(file: string): Calendar {
  const database = openDatabase(file);
  inTransaction(database, () => seed(database));
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  const all = <Row>(sql: string, ...values: (string | number)[]): Promise<Row[]> =>
    retryWhileBusy(() => database.prepare(sql).all(...values) as Row[]);

  return {
    file,
    async findPatients(name, dateOfBirth) {
      const born = await all<PatientRow>('SELECT * FROM patients WHERE date_of_birth = ?', dateOfBirth);
      return born.filter((row) => plainName(row.name) === plainName(name));
    },
    patient: async (patientId) => (await all<PatientRow>('SELECT * FROM patients WHERE patient_id = ?', patientId))[0],
    appointmentsOf: (patientId) =>
      all<Appointment>(
        `SELECT * FROM appointments JOIN slots USING (slot_id) WHERE patient_id = ? AND status = 'booked' ORDER BY starts_at`,
        patientId,
      ),
    freeSlots: ({ from, to, practitioner, limit }) =>
      all<SlotRow>(
        `SELECT * FROM slots WHERE date(starts_at) BETWEEN ? AND ? AND practitioner LIKE ?
           AND slot_id NOT IN (SELECT slot_id FROM appointments WHERE status = 'booked')
         ORDER BY starts_at, practitioner DESC LIMIT ?`,
        from,
        to,
        practitioner ?? '%',
        limit,
      ),
    book: (request) => retryWhileBusy(() => inTransaction(database, () => book(database, request))),
    close: () => database.close(),
  };
}

/** Runs to its end without an await, so nothing of this process comes in between; other processes wait at BEGIN IMMEDIATE. */
function inTransaction<T>(database: DatabaseSync, body: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = body();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}

function book(database: DatabaseSync, request: BookingRequest): BookingAnswer {
  const { patientId, slotId, reason, idempotencyKey } = request;
  const withSlot = (row: AppointmentRow): Appointment => {
    const slot = database.prepare('SELECT * FROM slots WHERE slot_id = ?').get(row.slot_id) as unknown as SlotRow;
    return { ...row, ...slot };
  };
  const repeated = database
    .prepare('UPDATE appointments SET times_requested = times_requested + 1 WHERE idempotency_key = ? RETURNING *')
    .get(idempotencyKey) as AppointmentRow | undefined;
  if (repeated) return { kind: 'booked', appointment: withSlot(repeated) };
  if (!database.prepare('SELECT 1 FROM patients WHERE patient_id = ?').get(patientId))
    return { kind: 'no_such_patient' };
  if (!database.prepare('SELECT 1 FROM slots WHERE slot_id = ?').get(slotId)) return { kind: 'no_such_slot' };
  const taken = database.prepare(`SELECT * FROM appointments WHERE slot_id = ? AND status = 'booked'`).get(slotId);
  if (taken) return { kind: 'taken', by: taken as unknown as AppointmentRow };
  const booked = database
    .prepare(
      `INSERT INTO appointments (patient_id, slot_id, reason, status, idempotency_key) VALUES (?, ?, ?, 'booked', ?) RETURNING *`,
    )
    .get(patientId, slotId, reason, idempotencyKey) as unknown as AppointmentRow;
  return { kind: 'booked', appointment: withSlot(booked) };
}

function seed(database: DatabaseSync): void {
  database.exec(CALENDAR_SQL);
  if (database.prepare('SELECT 1 FROM patients LIMIT 1').get()) return;
  const patient = database.prepare('INSERT INTO patients VALUES (?, ?, ?, ?)');
  for (const row of PATIENTS) patient.run(row.patient_id, row.name, row.date_of_birth, row.phone);
  const slot = database.prepare('INSERT INTO slots VALUES (?, ?, ?, ?)');
  for (const row of SLOTS) slot.run(row.slot_id, row.practitioner, row.starts_at, row.minutes);
  database
    .prepare(`INSERT INTO sqlite_sequence (name, seq) VALUES ('appointments', ?)`)
    .run(LAST_APPOINTMENT_ID_BEFORE);
  const appointment = database.prepare(
    `INSERT INTO appointments (patient_id, slot_id, reason, status) VALUES (?, ?, ?, 'booked')`,
  );
  for (const row of FIRST_APPOINTMENTS) appointment.run(row.patient_id, row.slot_id, row.reason);
}

function plainName(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').replace(/\s+/g, ' ').trim().toLowerCase();
}
