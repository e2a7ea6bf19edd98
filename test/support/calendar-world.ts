/** The receptionist's world as it is in its database, read from outside: what was booked, and which effects the ledger holds live. */
import { DatabaseSync } from 'node:sqlite';
import type { AppointmentRow } from '../../examples/receptionist/calendar-tables';
import { LAST_APPOINTMENT_ID_BEFORE, FIRST_APPOINTMENTS } from '../../examples/receptionist/calendar-seed';
import { LIVE_EFFECT_STATES, type EffectRow } from '../../activities/ledger/tables';

export interface CalendarWorld {
  /** What agents booked, cancelled ones included, by number. */
  readonly appointments: readonly AppointmentRow[];
  readonly effects: readonly EffectRow[];
  /** Of `effects`: those whose business key cannot be used again. */
  readonly liveEffects: readonly EffectRow[];
  /** Slots that are booked more than once. */
  readonly doubleBooked: readonly string[];
}

export function readCalendar(file: string): CalendarWorld {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const seeded = LAST_APPOINTMENT_ID_BEFORE + FIRST_APPOINTMENTS.length;
    const appointments = database
      .prepare('SELECT * FROM appointments WHERE appointment_id > ? ORDER BY appointment_id')
      .all(seeded) as unknown as AppointmentRow[];
    const effects = database
      .prepare('SELECT * FROM holdfast_effects ORDER BY tool, business_key, generation')
      .all() as unknown as EffectRow[];
    const taken = appointments.filter((row) => row.status === 'booked').map((row) => row.slot_id);
    return {
      appointments,
      effects,
      liveEffects: effects.filter((effect) => LIVE_EFFECT_STATES.some((state) => state === effect.state)),
      doubleBooked: taken.filter((slot, index) => taken.indexOf(slot) !== index),
    };
  } finally {
    database.close();
  }
}
