/** The receptionist: an agent over one calendar. */
import { defineAgent, type Agent } from '../../agents';
import { bookAppointment } from './book-appointment';
import type { Calendar } from './calendar';
import { cancelAppointment, moveAppointment } from './change-appointment';
import { INSTRUCTIONS } from './instructions';
import { findPatient, listFreeSlots } from './look-up';

export const RECEPTIONIST = 'receptionist';

/** @param model as the provider knows it. */
export function receptionist(calendar: Calendar, model = 'gpt-5-mini'): Agent {
  return defineAgent({
    name: RECEPTIONIST,
    instructions: INSTRUCTIONS,
    model: { name: model, timeout: '60s' },
    tools: [
      findPatient(calendar),
      listFreeSlots(calendar),
      bookAppointment(calendar),
      moveAppointment,
      cancelAppointment,
    ],
    limits: { steps: 10 },
  });
}
