/**
 * Taking a deposit, at a payment service that charges as often as it is asked. It can be asked what it did, by the reference that each
 * charge carries: so the tool is `reconcilable`, and a call that was cut off is looked up before anything is tried again.
 */
import { z } from 'zod';
import { defineTool, type Reconciliation, type ToolContext } from '../../agents';
import { AppointmentId, PatientId } from './arguments';
import { askService } from '../shared/ask-service';
import type { Calendar } from './calendar';
import { CALENDAR_LEDGER } from './calendar-ledger';
import { existingAppointment } from './check-patient';
import { money } from './words';

const depositSchema = z.object({
  charge_id: z.string().min(1),
  /** In the smallest unit of the currency. */
  amount: z.int(),
  currency: z.string(),
});

export type Deposit = z.output<typeof depositSchema>;

const chargesSchema = z.object({ charges: z.array(depositSchema) });
const refundSchema = z.object({ charge_id: z.string(), refund_id: z.string(), already_refunded: z.boolean() });

/** @param services where the payment service is. */
export function takeDeposit(calendar: Calendar, services: string) {
  return defineTool({
    name: 'take_deposit',
    effect: 'reconcilable',
    description:
      'Charges the card that the clinic holds of a patient with the deposit for a booked appointment, and returns the charge_id, the ' +
      'reference of the payment. Only after the caller has agreed to it.',
    input: z.object({
      patient_id: PatientId,
      appointment_id: AppointmentId,
      amount: z.number().int().min(1).max(100_000).describe('In pence: 2000 is £20.00.'),
      currency: z.literal('GBP'),
    }),
    output: depositSchema,
    ledger: CALENDAR_LEDGER,
    timeout: '20s',
    // One deposit for an appointment. Another amount for the same appointment is a conflict, and refused.
    key: ({ patient_id, appointment_id }) => `${patient_id}:${appointment_id}`,
    sameAs: ({ amount, currency }) => ({ amount, currency }),
    // A request that was on its way when its worker died is carried out in far less than a second (the service is near), and the
    // service's list shows a charge 200 ms after it was made.
    settleWithin: '1s',
    summary: ({ appointment_id, amount, currency }) => `${money(amount, currency)} for ${appointment_id}`,
    run: async ({ patient_id, appointment_id, amount, currency }, ctx): Promise<Deposit> => {
      await existingAppointment(calendar, patient_id, appointment_id);
      const charge = {
        reference: ctx.idempotencyKey,
        amount,
        currency,
        description: `Deposit for appointment ${appointment_id}`,
      };
      return depositSchema.parse(await askService(services, { method: 'POST', path: '/charges', body: charge }, ctx));
    },
    reconcile: (_, ctx) => findCharge(services, ctx),
    // Refunding a charge for the second time changes nothing, so a refund that was cut off is simply asked for again.
    compensate: {
      effect: 'idempotent',
      run: async (_, { charge_id }, ctx) =>
        refundSchema.parse(await askService(services, { method: 'POST', path: `/charges/${charge_id}/refund` }, ctx)),
    },
  });
}

/** @throws where the service gave no answer, or none that can be read: that is asked again, and never taken for `absent`. */
async function findCharge(services: string, ctx: ToolContext): Promise<Reconciliation<Deposit>> {
  const path = `/charges?reference=${encodeURIComponent(ctx.idempotencyKey)}`;
  const [charge] = chargesSchema.parse(await askService(services, { method: 'GET', path }, ctx)).charges;
  return charge ? { kind: 'applied', result: charge } : { kind: 'absent' };
}
