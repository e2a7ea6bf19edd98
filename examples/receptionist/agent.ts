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

const MODEL = 'gpt-5-mini';

/**
 * @param services address of the payment service and the gateway.
 * @param model as the provider knows it.
 */
export function receptionist(calendar: Calendar, services: string, model = MODEL): Agent {
  return defineAgent({
    name: RECEPTIONIST,
    instructions: INSTRUCTIONS,
    // The longest answer lists a morning's free slots; a bound on it is what lets a call be reserved before it is made.
    model: { name: model, timeout: '60s', maxOutputTokens: 4_000 },
    tools: [
      findPatient(calendar),
      listFreeSlots(calendar),
      bookAppointment(calendar),
      moveAppointment,
      cancelAppointment,
      takeDeposit(calendar, services),
      sendTextMessage(calendar, services),
    ],
    limits: {
      steps: 10,
      // A calendar or a card service that keeps failing is for the front desk, and nobody holds the line for longer than that.
      turn: { toolFailures: 6, wallClock: '5m' },
      // One caller costs about three cents. Of another model the price may not be known, so its tokens are bounded.
      session: model === MODEL ? { microUsd: 500_000 } : { tokens: 1_000_000 },
      onLimit: 'ask',
      // The front desk answers within its opening hours; after that the caller is told what was done.
      askFor: '8h',
    },
  });
}
