/** The clinic's calendar as tables: their SQL, and their types for Kysely (`ctx.tx` of the transactional tools). */
import type { Generated } from 'kysely';

export interface PatientRow {
  readonly patient_id: number;
  readonly name: string;
  /** `1985-06-14`. */
  readonly date_of_birth: string;
  readonly phone: string;
}

export interface SlotRow {
  /** `2027-03-02T09:00/okafor`. */
  readonly slot_id: string;
  readonly practitioner: string;
  /** Local time of the clinic, `2027-03-02T09:00`. */
  readonly starts_at: string;
  readonly minutes: number;
}

export interface AppointmentRow {
  readonly appointment_id: number;
  readonly patient_id: number;
  readonly slot_id: string;
  readonly reason: string;
  readonly status: 'booked' | 'cancelled';
  /** Null for appointments that were not booked by an agent. */
  readonly idempotency_key: string | null;
  /** How often the booking was asked for under its key: 2 means that a repeat was recognised. */
  readonly times_requested: number;
}

/** The tables as Kysely sees them. */
export interface CalendarTables {
  patients: PatientRow;
  slots: SlotRow;
  appointments: Omit<AppointmentRow, 'appointment_id' | 'times_requested'> & {
    appointment_id: Generated<number>;
    times_requested: Generated<number>;
  };
}

/**
 * Two unique indexes carry the promises: one row per idempotency key makes a repeated booking the same booking, and one
 * booked row per slot makes a double booking impossible, whoever asks.
 */
export const CALENDAR_SQL = `
  CREATE TABLE IF NOT EXISTS patients (
    patient_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    date_of_birth TEXT NOT NULL,
    phone TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS slots (
    slot_id TEXT PRIMARY KEY,
    practitioner TEXT NOT NULL,
    starts_at TEXT NOT NULL,
    minutes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS appointments (
    appointment_id INTEGER PRIMARY KEY AUTOINCREMENT,
    patient_id INTEGER NOT NULL REFERENCES patients,
    slot_id TEXT NOT NULL REFERENCES slots,
    reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('booked', 'cancelled')),
    idempotency_key TEXT UNIQUE,
    times_requested INTEGER NOT NULL DEFAULT 1
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS one_booking_per_slot ON appointments (slot_id) WHERE status = 'booked';
`;
