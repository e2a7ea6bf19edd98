/**
 * The receptionist's side of the sweep: `npm run sweep`, or `holdfast sweep receptionist --script dist/examples/receptionist/sweep.js`.
 * A conversation with a tool of each effect class, and a world of its own for each run: a calendar, and the outside services with
 * their journal, which no worker's death touches.
 */
import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import type { Json } from '../../workflows/contracts/json';
import type { PendingItem } from '../../workflows/contracts/messages';
import type { SweepPlan } from '../../testing/sweep/plan';
import { openCalendar } from './calendar';
import { CALENDAR_LEDGER } from './calendar-ledger';
import { PATIENTS } from './calendar-seed';
import type { AppointmentRow } from './calendar-tables';
import { CONVERSATION, script } from './script';
import { applied, type JournalRow } from './services/journal';
import { startServices } from './services/server';

/**
 * Of the whole conversation, what has each effect class, each once but for the deposit, which is asked for twice. Short, since every step of
 * it is one more set of places to die in.
 */
const MESSAGES = [
  /^Hello, this is Maria/,
  /^Tuesday at nine/,
  /the deposit for it now/,
  /as a text message/,
  /charge my card again/,
  /move mine to half past ten/,
].map((pattern) => {
  const message = CONVERSATION.find((one) => pattern.test(one));
  if (message === undefined) throw new Error(`The conversation has nothing that matches ${String(pattern)}.`);
  return message;
});

export const sweep: SweepPlan = {
  agentsModule: path.join(__dirname, 'worker.js'),
  script,
  messages: MESSAGES,
  openWorld: async (folder) => {
    const calendarFile = path.join(folder, 'calendar.sqlite');
    openCalendar(calendarFile).close();
    const services = await startServices({ file: path.join(folder, 'services.jsonl') });
    return {
      env: { RECEPTIONIST_CALENDAR: calendarFile, RECEPTIONIST_SERVICES_URL: services.url },
      ledgers: { [CALENDAR_LEDGER.name]: calendarFile },
      snapshot: async () => ({ appointments: appointmentsIn(calendarFile), ...doneBy(services.journal()) }),
      resolve: async (item) => lookUp(item, services.journal()),
      close: () => services.close(),
    };
  },
};

/** All appointments, each with the call that booked it. How often the calendar was asked differs between runs, and may. */
function appointmentsIn(file: string): Json {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    const rows = database.prepare('SELECT * FROM appointments ORDER BY appointment_id').all();
    return (rows as unknown as readonly AppointmentRow[]).map((row) => ({
      appointment: row.appointment_id,
      patient: row.patient_id,
      slot: row.slot_id,
      reason: row.reason,
      status: row.status,
      call: row.idempotency_key === null ? null : callOf(row.idempotency_key),
    }));
  } finally {
    database.close();
  }
}

/** Everything that the services did, in order, so that what is there twice is seen twice. */
function doneBy(rows: readonly JournalRow[]) {
  return {
    charges: applied(rows, 'charge').map(({ id, amount, currency, description, reference }) => ({
      charge: id,
      amount,
      currency,
      description,
      call: callOf(reference),
    })),
    refunds: applied(rows, 'refund').map(({ id, chargeId }) => ({ refund: id, charge: chargeId })),
    messages: applied(rows, 'message').map(({ id, to, text }) => ({ message: id, to, text })),
  };
}

/** A key is `<namespace>/<call id>`, and every session has a namespace of its own. */
function callOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** What the clinic's manager would do: look into the gateway's bill, or into the payment service's list, whether it is there. */
function lookUp({ call }: PendingItem, rows: readonly JournalRow[]): { as: 'applied' | 'absent'; result?: Json } {
  if (!call) throw new Error('A person is asked to decide, and no call is named.');
  switch (call.tool) {
    case 'send_text_message': {
      const phone = PATIENTS.find((one) => one.patient_id === call.args.patient_id)?.phone;
      const sent = applied(rows, 'message').find((one) => one.to === phone && one.text === call.args.text);
      return sent ? { as: 'applied', result: { message_id: sent.id } } : { as: 'absent' };
    }
    case 'take_deposit': {
      const charge = applied(rows, 'charge').find((one) => one.reference === call.row.idempotencyKey);
      if (!charge) return { as: 'absent' };
      return { as: 'applied', result: { charge_id: charge.id, amount: charge.amount, currency: charge.currency } };
    }
    default:
      throw new Error(`Nobody can look up what became of ${call.tool}.`);
  }
}
