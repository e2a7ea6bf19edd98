/**
 * What has to be true in the calendar before something is done elsewhere. A calendar that cannot be read is no doubt about the
 * effect: nothing was done yet, and that is said.
 */
import { NotApplied, ToolError } from '../../agents';
import type { Appointment, Calendar } from './calendar';
import type { PatientRow } from './calendar-tables';

/** @throws ToolError where there is no such patient; NotApplied where the calendar cannot be read. */
export async function existingPatient(calendar: Calendar, patientId: number): Promise<PatientRow> {
  const patient = await read(() => calendar.patient(patientId));
  if (!patient) throw new ToolError(`There is no patient ${patientId}. Use find_patient first.`);
  return patient;
}

/** @throws ToolError where the patient has no such appointment; NotApplied where the calendar cannot be read. */
export async function existingAppointment(
  calendar: Calendar,
  patientId: number,
  appointmentId: number,
): Promise<Appointment> {
  const appointments = await read(() => calendar.appointmentsOf(patientId));
  const appointment = appointments.find((one) => one.appointment_id === appointmentId);
  if (!appointment) throw new ToolError(`Patient ${patientId} has no appointment ${appointmentId}.`);
  return appointment;
}

async function read<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    throw new NotApplied('The calendar cannot be read.', { cause: error });
  }
}
