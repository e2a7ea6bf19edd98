/**
 * Sending a text message, through a gateway that recognises no repeat and answers no question. A message cannot be called back and
 * nobody likes to get it twice, so the tool is `at-most-once`: a call that was cut off is never made again, a person decides.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineTool } from '../../agents';
import { PatientId } from './arguments';
import { askService } from '../shared/ask-service';
import type { Calendar } from './calendar';
import { CALENDAR_LEDGER } from './calendar-ledger';
import { existingPatient } from './check-patient';

const sentSchema = z.object({ message_id: z.string().min(1) });

/** @param services where the gateway is. */
export function sendTextMessage(calendar: Calendar, services: string) {
  return defineTool({
    name: 'send_text_message',
    effect: 'at-most-once',
    description:
      'Sends a text message to the telephone number that the calendar has of a patient, and returns the message_id. Only when the ' +
      'caller has asked for it.',
    input: z.object({
      patient_id: PatientId,
      text: z.string().min(1).max(480).describe('The message, in full. No health information.'),
    }),
    output: sentSchema,
    ledger: CALENDAR_LEDGER,
    timeout: '20s',
    // The same words to the same patient are the same message, however often a model asks.
    key: ({ patient_id, text }) => `${patient_id}:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`,
    summary: ({ patient_id }) => `patient ${patient_id}`,
    run: async ({ patient_id, text }, ctx) => {
      const { phone } = await existingPatient(calendar, patient_id);
      const message = { to: phone, text };
      return sentSchema.parse(await askService(services, { method: 'POST', path: '/messages', body: message }, ctx));
    },
  });
}
