/**
 * The ledger that lives inside the calendar's own database. All tools with an effect use it: so a cancelled appointment and
 * the record that its slot may be booked again commit together, or neither does.
 */
import { ledgerNamed } from '../../agents';
import type { CalendarTables } from './calendar-tables';

export const CALENDAR_LEDGER = ledgerNamed<CalendarTables>('calendar');

/** What makes two bookings the same one: a patient has a slot once. */
export function bookingKey(patientId: number, slotId: string): string {
  return `${patientId}:${slotId}`;
}
