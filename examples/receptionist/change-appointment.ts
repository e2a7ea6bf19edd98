/**
 * Moving and cancelling. Both write through `ctx.tx`, the transaction that also holds the ledger's row: the change and the
 * record of it are one commit, so there is no moment at which a crash could leave one without the other.
 */
import type { Transaction } from 'kysely';
import { z } from 'zod';
import { defineTool, ToolError } from '../../agents';
import { AppointmentId, PatientId, SlotId } from './arguments';
import { bookingKey, CALENDAR_LEDGER } from './calendar-ledger';
import type { CalendarTables } from './calendar-tables';
import { doctor, shortSlot, when } from './words';

export const moveAppointment = defineTool({
  name: 'move_appointment',
  effect: 'transactional',
  description:
    'Moves a booked appointment of a patient to another free slot. The appointment_id stays the same; the old slot becomes free.',
  input: z.object({ patient_id: PatientId, appointment_id: AppointmentId, new_slot_id: SlotId }),
  ledger: CALENDAR_LEDGER,
  timeout: '20s',
  summary: ({ appointment_id, new_slot_id }) => `${appointment_id} to ${shortSlot(new_slot_id)}`,
  run: async ({ patient_id, appointment_id, new_slot_id }, { tx }) => {
    const appointment = await bookedAppointment(tx, patient_id, appointment_id);
    const slot = await tx.selectFrom('slots').selectAll().where('slot_id', '=', new_slot_id).executeTakeFirst();
    if (!slot) throw new ToolError(`There is no slot ${new_slot_id}. Use a slot_id from list_free_slots.`);
    const taken = await tx
      .selectFrom('appointments')
      .select('appointment_id')
      .where('slot_id', '=', new_slot_id)
      .where('status', '=', 'booked')
      .where('appointment_id', '!=', appointment_id)
      .executeTakeFirst();
    if (taken) throw new ToolError(`${new_slot_id} is taken. Use list_free_slots and offer the caller another one.`);
    await tx
      .updateTable('appointments')
      .set({ slot_id: new_slot_id })
      .where('appointment_id', '=', appointment_id)
      .execute();
    return {
      appointment_id,
      old_slot_id: appointment.slot_id,
      slot_id: new_slot_id,
      when: when(slot.starts_at),
      with: doctor(slot.practitioner),
    };
  },
  // The slot it leaves may be booked again; an appointment that was there already leaves none.
  releases: {
    tool: 'book_appointment',
    keys: ({ patient_id, new_slot_id }, { old_slot_id }) =>
      old_slot_id === new_slot_id ? [] : [bookingKey(patient_id, old_slot_id)],
  },
});

export const cancelAppointment = defineTool({
  name: 'cancel_appointment',
  effect: 'transactional',
  description: 'Cancels a booked appointment of a patient. The slot becomes free. Only when the caller asked for it.',
  input: z.object({ patient_id: PatientId, appointment_id: AppointmentId }),
  ledger: CALENDAR_LEDGER,
  timeout: '20s',
  summary: ({ appointment_id }) => String(appointment_id),
  run: async ({ patient_id, appointment_id }, { tx }) => {
    const appointment = await bookedAppointment(tx, patient_id, appointment_id);
    await tx
      .updateTable('appointments')
      .set({ status: 'cancelled' })
      .where('appointment_id', '=', appointment_id)
      .execute();
    return { appointment_id, slot_id: appointment.slot_id, status: 'cancelled' as const };
  },
  releases: {
    tool: 'book_appointment',
    keys: ({ patient_id }, { slot_id }) => [bookingKey(patient_id, slot_id)],
  },
});

/** @throws ToolError where it is not there, is another patient's (said in the same words), or is cancelled already. */
async function bookedAppointment(tx: Transaction<CalendarTables>, patientId: number, appointmentId: number) {
  const appointment = await tx
    .selectFrom('appointments')
    .selectAll()
    .where('appointment_id', '=', appointmentId)
    .where('patient_id', '=', patientId)
    .executeTakeFirst();
  if (!appointment) throw new ToolError(`Patient ${patientId} has no appointment ${appointmentId}.`);
  if (appointment.status === 'cancelled') throw new ToolError(`Appointment ${appointmentId} is cancelled already.`);
  return appointment;
}
