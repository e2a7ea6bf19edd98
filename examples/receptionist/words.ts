/** How the receptionist says dates and appointments: to the model in results, to people in summaries. */
import type { SlotRow } from './calendar-tables';

const DOCTORS: Readonly<Record<string, string>> = { okafor: 'Dr Okafor', lind: 'Dr Lind' };

export function doctor(practitioner: string): string {
  return DOCTORS[practitioner] ?? practitioner;
}

/** `2027-03-02T09:00` as `Tuesday 2 March 2027, 09:00`. */
export function when(startsAt: string): string {
  const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', timeZone: 'UTC' });
  const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  const at = new Date(`${startsAt}:00Z`);
  return `${day.format(at)} ${date.format(at)}, ${startsAt.slice(11)}`;
}

/** `2027-03-02T09:00/okafor` as `Tue 09:00 okafor`; what is no slot id stays as it is. */
export function shortSlot(slotId: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})\/(\w+)$/.exec(slotId);
  if (!match) return slotId;
  const [, day, time, practitioner] = match;
  const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' }).format(
    new Date(`${day}T00:00Z`),
  );
  return `${weekday} ${time} ${practitioner}`;
}

/** 2000 GBP as `£20.00`. @param amount in the smallest unit of the currency, of which all here have a hundred. */
export function money(amount: number, currency: string): string {
  return new Intl.NumberFormat('en-GB', { style: 'currency', currency }).format(amount / 100);
}

export function slotForModel(slot: SlotRow) {
  return { slot_id: slot.slot_id, when: when(slot.starts_at), with: doctor(slot.practitioner), minutes: slot.minutes };
}
