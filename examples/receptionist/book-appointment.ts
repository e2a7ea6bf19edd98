/**
 * Booking. The calendar itself recognises a repeat, by the key it is given, which is what `idempotent` promises: a call that
 * was cut off after the calendar had it is simply made again and gets the same appointment.
 */
import { z } from 'zod';
import { defineTool, NotApplied, ToolError } from '../../agents';
import { PatientId, SlotId } from './arguments';
import type { BookingAnswer, Calendar } from './calendar';
import { bookingKey, CALENDAR_LEDGER } from './calendar-ledger';
import { isBusy } from '../shared/when-busy';
import { doctor, shortSlot, when } from './words';

export function bookAppointment(calendar: Calendar) {
  return defineTool({
    name: 'book_appointment',
    effect: 'idempotent',
    description:
      'Books a free slot for a patient and returns the appointment_id, which is the reference the caller is told. ' +
      'Only after the caller has agreed to that slot.',
    input: z.object({
      patient_id: PatientId,
      slot_id: SlotId,
      reason: z.string().min(1).max(200).describe('Why the patient comes, in a few words, as the caller put it.'),
    }),
    ledger: CALENDAR_LEDGER,
    timeout: '20s',
    keyValidFor: '30d',
    key: ({ patient_id, slot_id }) => bookingKey(patient_id, slot_id),
    sameAs: ({ patient_id, slot_id }) => ({ patient_id, slot_id }),
    summary: ({ patient_id, slot_id }) => `patient ${patient_id}, ${shortSlot(slot_id)}`,
    run: async ({ patient_id, slot_id, reason }, ctx) => {
      const answer = await askCalendar(calendar, {
        patientId: patient_id,
        slotId: slot_id,
        reason,
        idempotencyKey: ctx.idempotencyKey,
      });
      switch (answer.kind) {
        case 'booked': {
          const { appointment } = answer;
          return {
            appointment_id: appointment.appointment_id,
            patient_id: appointment.patient_id,
            slot_id: appointment.slot_id,
            when: when(appointment.starts_at),
            with: doctor(appointment.practitioner),
            status: appointment.status,
          };
        }
        case 'taken':
          throw new ToolError(
            answer.by.patient_id === patient_id
              ? `This patient has ${slot_id} already: appointment ${answer.by.appointment_id}.`
              : `${slot_id} is taken. Use list_free_slots and offer the caller another one.`,
          );
        case 'no_such_patient':
          throw new ToolError(`There is no patient ${patient_id}. Use find_patient first.`);
        case 'no_such_slot':
          throw new ToolError(`There is no slot ${slot_id}. Use a slot_id from list_free_slots.`);
      }
    },
    // Written by the ledger's own transaction: the appointment is cancelled and its key given back in one commit, or neither is.
    compensate: {
      effect: 'transactional',
      run: async (_, { appointment_id }, { tx }) => {
        await tx
          .updateTable('appointments')
          .set({ status: 'cancelled' })
          .where('appointment_id', '=', appointment_id)
          .execute();
        return { appointment_id, status: 'cancelled' as const };
      },
    },
  });
}

/** A calendar that stayed busy has written nothing: that may be tried again. */
async function askCalendar(calendar: Calendar, request: Parameters<Calendar['book']>[0]): Promise<BookingAnswer> {
  try {
    return await calendar.book(request);
  } catch (error) {
    if (isBusy(error)) throw new NotApplied('The calendar is busy.', { cause: error });
    throw error;
  }
}
