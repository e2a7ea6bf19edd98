/**
 * What the scripted model answers to anything that is not in its script: short commands are turned into tool calls, and to the
 * rest it says what it is. So the chat can be tried without any key, and nobody takes it for a model that understands.
 */
import type { JsonObject } from '../../workflows/contracts/json';
import { callsTool, says, type ScriptedAnswer, type ScriptedRequest } from '../../testing';

const WHAT_I_AM = `I am a scripted stand-in for a model: there is nobody here to understand free text.
What I can do is call the receptionist's tools for real. Try one of these:
  find Maria Kovacs 1985-06-14
  slots 2027-03-03
  book 1007 2027-03-03T09:00/okafor Check-up
  move 1007 4006 2027-03-03T11:00/lind
  cancel 1007 4006
  deposit 1007 4006 20.00
  text 1007 See you on Wednesday.
With OPENAI_API_KEY set (and --live, in the demo) a real model answers instead.`;

interface Command {
  readonly pattern: RegExp;
  readonly tool: string;
  readonly args: (parts: readonly string[]) => JsonObject;
}

const COMMANDS: readonly Command[] = [
  {
    pattern: /^find\s+(.+?),?\s+(\d{4}-\d{2}-\d{2})$/i,
    tool: 'find_patient',
    args: ([name = '', born = '']) => ({ name, date_of_birth: born }),
  },
  {
    pattern: /^slots\s+(\d{4}-\d{2}-\d{2})$/i,
    tool: 'list_free_slots',
    args: ([day = '']) => ({ from_day: day, to_day: day, practitioner: 'any', limit: 12 }),
  },
  {
    pattern: /^book\s+(\d+)\s+(\S+)\s+(.+)$/i,
    tool: 'book_appointment',
    args: ([patient, slot = '', reason = '']) => ({ patient_id: Number(patient), slot_id: slot, reason }),
  },
  {
    pattern: /^move\s+(\d+)\s+(\d+)\s+(\S+)$/i,
    tool: 'move_appointment',
    args: ([patient, appointment, slot = '']) => ({
      patient_id: Number(patient),
      appointment_id: Number(appointment),
      new_slot_id: slot,
    }),
  },
  {
    pattern: /^cancel\s+(\d+)\s+(\d+)$/i,
    tool: 'cancel_appointment',
    args: ([patient, appointment]) => ({ patient_id: Number(patient), appointment_id: Number(appointment) }),
  },
  {
    pattern: /^deposit\s+(\d+)\s+(\d+)\s+(\d+)\.(\d\d)$/i,
    tool: 'take_deposit',
    args: ([patient, appointment, pounds = '', pence = '']) => ({
      patient_id: Number(patient),
      appointment_id: Number(appointment),
      amount: Number(pounds + pence),
      currency: 'GBP',
    }),
  },
  {
    pattern: /^text\s+(\d+)\s+(.+)$/i,
    tool: 'send_text_message',
    args: ([patient, text = '']) => ({ patient_id: Number(patient), text }),
  },
];

export function answerUnscripted(request: ScriptedRequest): ScriptedAnswer {
  if (request.position > 0) return says(request.results.map((result) => `${result.tool}: ${result.text}`).join('\n'));
  for (const { pattern, tool, args } of COMMANDS) {
    const match = pattern.exec(request.user.trim());
    if (match && request.tools.includes(tool)) return callsTool(tool, args(match.slice(1)));
  }
  return says(WHAT_I_AM);
}
