/**
 * A conversation with the receptionist, both sides: what the user says, and what a model answers when it is as careless as
 * models are. It misspells a tool, sends numbers as text, asks for a slot that is gone and charges a card to see whether it was
 * charged; the user books, moves, cancels, books again, pays and has it confirmed. Everything it tells the user is read from the
 * tools' results.
 */
import { callsTool, callsTools, says, type Script, type ScriptedRequest, type ScriptTurn } from '../../testing';
import { answerUnscripted } from './script-fallback';
import { apology, bookedAppointmentId, fieldsOf, freeSlots, paid, text } from './read-results';

const MARIA = 1007;
const PETER = 1008;
const TUESDAY = '2027-03-02';
export const TUESDAY_AT_NINE = `${TUESDAY}T09:00/okafor`;
const TUESDAY_HALF_PAST_NINE = `${TUESDAY}T09:30/okafor`;
const TUESDAY_HALF_PAST_TEN = `${TUESDAY}T10:30/okafor`;
const BLOOD_PRESSURE = 'Blood pressure';
/** In pence. */
const DEPOSIT = 2000;

const TURNS = [
  {
    user: 'Hello, this is Maria Kovacs, born 14 June 1985. I would like to see Dr Okafor on Tuesday 2 March, in the morning.',
    answers: [
      callsTools(
        { tool: 'find_patient', arguments: { name: 'Maria Kovacs', date_of_birth: '1985-06-14' } },
        // A number as text: coerced, since nothing is lost.
        {
          tool: 'list_free_slots',
          arguments: { from_day: TUESDAY, to_day: TUESDAY, practitioner: 'okafor', limit: '4' },
        },
      ),
      (request) => {
        const morning = freeSlots(request).filter((slot) => slot.slot_id < `${TUESDAY}T12`);
        return says(
          morning.length > 0
            ? `Good morning, Ms Kovacs. On that morning Dr Okafor has these free:\n${morning.map((slot) => `- ${slot.when}`).join('\n')}\nWhich one suits you, and what is it about?`
            : apology(request, 'list_free_slots'),
        );
      },
    ],
  },
  {
    user: 'Tuesday at nine, please. It is about my blood pressure.',
    answers: [
      // A typo in the tool's name: rejected, with the names that exist.
      callsTool('book_apointment', { patient_id: MARIA, slot_id: TUESDAY_AT_NINE, reason: BLOOD_PRESSURE }),
      callsTool('book_appointment', { patient_id: String(MARIA), slot_id: TUESDAY_AT_NINE, reason: BLOOD_PRESSURE }),
      (request) => {
        const booked = fieldsOf(request, 'book_appointment', 'appointment_id');
        return says(
          booked
            ? `You are booked for ${text(booked, 'when')} with ${text(booked, 'with')}. Your appointment number is ${text(booked, 'appointment_id')}.`
            : apology(request, 'book_appointment'),
        );
      },
    ],
  },
  {
    user: 'My husband Peter Kovacs, born 2 October 1983, would like half past nine with Dr Okafor on the same morning. He needs a sick note.',
    answers: [
      callsTool('find_patient', { name: 'Peter Kovacs', date_of_birth: '1983-10-02' }),
      // The slot is gone.
      callsTool('book_appointment', { patient_id: PETER, slot_id: TUESDAY_HALF_PAST_NINE, reason: 'Sick note' }),
      callsTool('list_free_slots', { from_day: TUESDAY, to_day: TUESDAY, practitioner: 'any', limit: 3 }),
      (request) =>
        says(
          `I am sorry, half past nine has just gone. The nearest that are free are:\n${freeSlots(request)
            .map((slot) => `- ${slot.when}, ${slot.with}`)
            .join('\n')}\nWould one of these do for your husband?`,
        ),
    ],
  },
  {
    user: 'No, he will call himself. But could you move mine to half past ten?',
    answers: [
      (request) =>
        callsTool('move_appointment', {
          patient_id: MARIA,
          appointment_id: bookedAppointmentId(request),
          new_slot_id: TUESDAY_HALF_PAST_TEN,
        }),
      (request) => {
        const moved = fieldsOf(request, 'move_appointment', 'old_slot_id');
        return says(
          moved
            ? `Done: appointment ${text(moved, 'appointment_id')} is now on ${text(moved, 'when')} with ${text(moved, 'with')}.`
            : apology(request, 'move_appointment'),
        );
      },
    ],
  },
  {
    user: 'I am so sorry, I cannot come on Tuesday after all. Please cancel it.',
    answers: [
      (request) => callsTool('cancel_appointment', { patient_id: MARIA, appointment_id: bookedAppointmentId(request) }),
      (request) => {
        const cancelled = fieldsOf(request, 'cancel_appointment', 'status');
        return says(
          cancelled
            ? `Appointment ${text(cancelled, 'appointment_id')} is cancelled. Write again whenever you need another one.`
            : apology(request, 'cancel_appointment'),
        );
      },
    ],
  },
  {
    user: 'My plans have changed back! Is Tuesday at nine still free? Then please book it again.',
    answers: [
      callsTool('list_free_slots', { from_day: TUESDAY, to_day: TUESDAY, practitioner: 'okafor', limit: 1 }),
      callsTool('book_appointment', { patient_id: MARIA, slot_id: TUESDAY_AT_NINE, reason: BLOOD_PRESSURE }),
      (request) => {
        const booked = fieldsOf(request, 'book_appointment', 'appointment_id');
        return says(
          booked
            ? `It was, and it is yours again: ${text(booked, 'when')} with ${text(booked, 'with')}. The new appointment number is ${text(booked, 'appointment_id')}.`
            : apology(request, 'book_appointment'),
        );
      },
    ],
  },
  {
    user: 'Thank you. May I pay the deposit for it now, the twenty pounds? You have my card.',
    answers: [
      // A number as text again.
      (request) => callsTool('take_deposit', { ...depositOf(request), amount: String(DEPOSIT) }),
      (request) => {
        const deposit = fieldsOf(request, 'take_deposit', 'charge_id');
        return says(
          deposit
            ? `I have taken the deposit of ${paid(deposit)} from your card. The reference of the payment is ${text(deposit, 'charge_id')}.`
            : apology(request, 'take_deposit'),
        );
      },
    ],
  },
  {
    user: 'And could you send me the appointment as a text message, so that I do not forget it?',
    answers: [
      (request) => {
        const booked = fieldsOf(request, 'book_appointment', 'appointment_id');
        const words = `Linden Street Clinic: ${text(booked, 'when')}, ${text(booked, 'with')}. Appointment ${text(booked, 'appointment_id')}.`;
        return callsTool('send_text_message', { patient_id: MARIA, text: words });
      },
      (request) => {
        const sent = fieldsOf(request, 'send_text_message', 'message_id');
        return says(
          sent
            ? `The text message is on its way to the number that we have of you (message ${text(sent, 'message_id')}).`
            : apology(request, 'send_text_message'),
        );
      },
    ],
  },
  {
    user: 'My bank shows nothing yet. If the twenty pounds did not go through, please charge my card again.',
    answers: [
      // What no tool should rely on a model not to do: the same charge once more, to be on the safe side.
      (request) => callsTool('take_deposit', depositOf(request)),
      (request) => {
        const deposit = fieldsOf(request, 'take_deposit', 'charge_id');
        return says(
          deposit
            ? `The deposit of ${paid(deposit)} has been paid, with the reference ${text(deposit, 'charge_id')}. It takes the bank a while to show it.`
            : apology(request, 'take_deposit'),
        );
      },
    ],
  },
  {
    user: 'Wonderful. So what do I have with you now?',
    answers: [
      callsTool('find_patient', { name: 'Maria Kovacs', date_of_birth: '1985-06-14' }),
      (request) => {
        const appointments = fieldsOf(request, 'find_patient', 'appointments')?.appointments;
        const list = Array.isArray(appointments) ? (appointments as Readonly<Record<string, unknown>>[]) : [];
        if (list.length === 0) return says('You have no appointment with us at the moment.');
        const lines = list.map(
          (one) => `- number ${text(one, 'appointment_id')}: ${text(one, 'when')}, ${text(one, 'with')}`,
        );
        return says(
          `You have ${list.length === 1 ? 'one appointment' : `${list.length} appointments`}:\n${lines.join('\n')}`,
        );
      },
    ],
  },
] as const satisfies readonly (ScriptTurn & { readonly user: string })[];

function depositOf(request: ScriptedRequest) {
  return { patient_id: MARIA, appointment_id: bookedAppointmentId(request), amount: DEPOSIT, currency: 'GBP' };
}

/** What the user says, in order. */
export const CONVERSATION: readonly string[] = TURNS.map((turn) => turn.user);

export const script: Script = { name: 'receptionist', turns: TURNS, fallback: answerUnscripted };
