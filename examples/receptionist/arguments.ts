/** The kinds of argument that several tools take. */
import { z } from 'zod';
import { PRACTITIONERS } from './calendar-seed';

export const PatientId = z
  .number()
  .int()
  .min(1)
  .describe('The patient_id that find_patient returned, for example 1007. Never a number the caller made up.');

export const AppointmentId = z
  .number()
  .int()
  .min(1)
  .describe('The appointment_id that book_appointment or find_patient returned, for example 4001.');

export const SlotId = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\/[a-z]+$/,
    'expected a slot_id as list_free_slots returns it, e.g. 2027-03-02T09:00/okafor',
  )
  .describe('A slot_id exactly as list_free_slots returned it, for example 2027-03-02T09:00/okafor.');

export const Day = z.iso.date().describe('A day as YYYY-MM-DD, for example 2027-03-02.');

export const PractitionerChoice = z
  .enum([...PRACTITIONERS, 'any'])
  .describe('okafor: Dr Okafor, general practice. lind: Dr Lind, general practice and children. any: whoever is free.');
