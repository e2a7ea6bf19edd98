/** Reads, from outside, what the calendar and its ledger hold of a booking: the demo's evidence. */
import { DatabaseSync } from 'node:sqlite';
import type { AppointmentRow } from '../calendar-tables';

export interface CrashScene {
  /** The row that the booking left in the calendar. */
  readonly appointment: AppointmentRow;
  /** `<namespace>/<call id>`. */
  readonly key: string;
  readonly callId: string;
}

/** The state of each of the ledger's rows for a key: one, if all is well. */
export type LedgerStates = readonly string[];

/** The newest appointment that an agent booked, or undefined where there is none. */
export function findCrashScene(file: string): CrashScene | undefined {
  return reading(file, (database) => {
    const appointment = database
      .prepare('SELECT * FROM appointments WHERE idempotency_key IS NOT NULL ORDER BY appointment_id DESC LIMIT 1')
      .get() as unknown as AppointmentRow | undefined;
    if (!appointment?.idempotency_key) return undefined;
    const key = appointment.idempotency_key;
    return { appointment, key, callId: key.slice(key.lastIndexOf('/') + 1) };
  });
}

export function appointmentsUnder(file: string, key: string): readonly AppointmentRow[] {
  return reading(
    file,
    (database) =>
      database.prepare('SELECT * FROM appointments WHERE idempotency_key = ?').all(key) as unknown as AppointmentRow[],
  );
}

/** Slots that are booked more than once; the calendar's own index forbids it, and the demo looks anyway. */
export function doubleBookedSlots(file: string): readonly string[] {
  return reading(file, (database) =>
    database
      .prepare(`SELECT slot_id FROM appointments WHERE status = 'booked' GROUP BY slot_id HAVING count(*) > 1`)
      .all()
      .map((row) => String(row.slot_id)),
  );
}

export function bookedIn(file: string, patientId: number, slotId: string): readonly AppointmentRow[] {
  return reading(
    file,
    (database) =>
      database
        .prepare(`SELECT * FROM appointments WHERE patient_id = ? AND slot_id = ? AND status = 'booked'`)
        .all(patientId, slotId) as unknown as AppointmentRow[],
  );
}

export function ledgerStates(file: string, key: string): LedgerStates {
  return reading(file, (database) =>
    database
      .prepare('SELECT state FROM holdfast_calls WHERE call_key = ?')
      .all(key)
      .map((row) => String(row.state)),
  );
}

function reading<T>(file: string, look: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    return look(database);
  } finally {
    database.close();
  }
}
