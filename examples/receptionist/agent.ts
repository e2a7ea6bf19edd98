/** The receptionist: an agent over one calendar, a payment service and a gateway for text messages. */
import { defineAgent, type Agent } from '../../agents';
import { bookAppointment } from './book-appointment';
import type { Calendar } from './calendar';
import { cancelAppointment, moveAppointment } from './change-appointment';
import { INSTRUCTIONS } from './instructions';
import { findPatient, listFreeSlots } from './look-up';
import { sendTextMessage } from './send-text-message';
import { takeDeposit } from './take-deposit';

export const RECEPTIONIST = 'receptionist';

/**
 * @param services address of the payment service and the gateway.
 * @param model as the provider knows it.
 */
export function receptionist(calendar: Calendar, services: string, model = 'gpt-5-mini'): Agent {
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
      takeDeposit(calendar, services),
      sendTextMessage(calendar, services),
    ],
    limits: { steps: 10 },
  });
}
