/** The tools that only read: who is calling, and what is free. */
import { z } from 'zod';
import { defineTool, ToolError } from '../../agents';
import { Day, PractitionerChoice } from './arguments';
import type { Calendar } from './calendar';
import { CALENDAR_DAYS } from './calendar-seed';
import { doctor, slotForModel, when } from './words';

const DAY_MS = 86_400_000;
const LONGEST_RANGE_DAYS = 7;

export function findPatient(calendar: Calendar) {
  return defineTool({
    name: 'find_patient',
    effect: 'read',
    description:
      'Finds a patient by full name and date of birth and returns the patient_id together with the appointments that are booked. ' +
      'Both must match: this is how a caller is identified. Use it before anything is booked, moved or cancelled.',
    input: z.object({
      name: z.string().min(2).max(120).describe('Full name as the caller gave it.'),
      date_of_birth: Day,
    }),
    timeout: '10s',
    summary: ({ name }) => name,
    run: async ({ name, date_of_birth }) => {
      const [patient, ...others] = await calendar.findPatients(name, date_of_birth);
      if (!patient || others.length > 0) return { found: false as const };
      const appointments = await calendar.appointmentsOf(patient.patient_id);
      return {
        found: true as const,
        patient_id: patient.patient_id,
        name: patient.name,
        appointments: appointments.map((appointment) => ({
          appointment_id: appointment.appointment_id,
          slot_id: appointment.slot_id,
          when: when(appointment.starts_at),
          with: doctor(appointment.practitioner),
          reason: appointment.reason,
        })),
      };
    },
  });
}

export function listFreeSlots(calendar: Calendar) {
  return defineTool({
    name: 'list_free_slots',
    effect: 'read',
    description: `Lists free slots, earliest first, in a range of at most ${LONGEST_RANGE_DAYS} days. A slot may be taken by somebody else a moment later.`,
    input: z.object({
      from_day: Day,
      to_day: Day,
      practitioner: PractitionerChoice,
      limit: z.number().int().min(1).max(24).describe('How many slots to return at most.'),
    }),
    timeout: '10s',
    summary: ({ from_day, to_day, practitioner }) =>
      `${practitioner}, ${from_day}${to_day === from_day ? '' : ` to ${to_day}`}`,
    run: async ({ from_day, to_day, practitioner, limit }) => {
      if (to_day < from_day) throw new ToolError(`to_day ${to_day} is before from_day ${from_day}.`);
      if (Date.parse(to_day) - Date.parse(from_day) >= LONGEST_RANGE_DAYS * DAY_MS) {
        throw new ToolError(`At most ${LONGEST_RANGE_DAYS} days at a time; ask again with a shorter range.`);
      }
      if (to_day < CALENDAR_DAYS.first || from_day > CALENDAR_DAYS.last) {
        throw new ToolError(`The calendar is open from ${CALENDAR_DAYS.first} to ${CALENDAR_DAYS.last} only.`);
      }
      const slots = await calendar.freeSlots({
        from: from_day,
        to: to_day,
        limit,
        ...(practitioner === 'any' ? {} : { practitioner }),
      });
      return { slots: slots.map(slotForModel) };
    },
  });
}
