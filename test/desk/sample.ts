/** A morning at the clinic: two calls that wait, a conversation, and a session that needs nobody. */
import type { Clinic } from './clinic';

const MINUTE = 60_000;
const DEPOSIT = {
  patient: 'Maria Keller',
  amount: 120,
  currency: 'EUR',
  card: { ending: '4242', holder: 'M KELLER' },
  reason: 'Deposit, Tue 19 May 2026 09:00',
};

export function openSample(clinic: Clinic): void {
  clinic.open(
    'receptionist-4711',
    { user: 'maria.keller', tenant: 'north-clinic', turn: 2, step: 3, since: Date.now() - 6 * MINUTE },
    [
      {
        kind: 'user',
        turn: 1,
        messageId: 'm1',
        text: 'Hello, I need to move my appointment to next Tuesday, in the morning.',
      },
      {
        kind: 'assistant',
        turn: 1,
        step: 1,
        agent: 'receptionist',
        text: null,
        calls: [{ id: 'c0', tool: 'find_slots', arguments: '{"day":"2026-05-19","part":"morning"}' }],
      },
      {
        kind: 'outcome',
        turn: 1,
        step: 1,
        callId: 'c0',
        tool: 'find_slots',
        outcome: { kind: 'succeeded', result: { slots: ['09:00', '10:30'] } },
      },
      {
        kind: 'assistant',
        turn: 1,
        step: 2,
        agent: 'receptionist',
        text: 'Tuesday at 9:00 or at 10:30 is free. Which one suits you?',
      },
      {
        kind: 'user',
        turn: 2,
        messageId: 'm2',
        text: '9:00 please. Can you charge the deposit to the card you have?',
      },
      {
        kind: 'note',
        turn: 2,
        audience: 'model',
        reason: 'operator',
        text: 'She is a patient of long standing.',
        by: 'ben',
      },
      {
        kind: 'assistant',
        turn: 2,
        step: 3,
        agent: 'receptionist',
        text: 'I book Tuesday 9:00 and take the deposit from the card on file.',
        calls: [
          {
            id: 't2.s3.c1',
            tool: 'take_deposit',
            arguments: JSON.stringify(DEPOSIT),
          },
        ],
      },
    ],
  );
  clinic.ask('receptionist-4711', 't2.s3.c1', DEPOSIT, {
    since: Date.now() - 6 * MINUTE,
    until: Date.now() + 25 * MINUTE,
    terms: {
      amount: { value: 120, unit: 'EUR' },
      reason: 'Deposits above 100 EUR are confirmed by the front desk.',
    },
  });
  clinic.open('billing-0815', { agent: 'billing', user: 'j.ruiz', since: Date.now() - 40 * MINUTE });
  clinic.ask(
    'billing-0815',
    't1.s2.c1',
    { invoice: 'INV-2031', amount: 940, currency: 'EUR' },
    {
      tool: 'refund_invoice',
      since: Date.now() - 40 * MINUTE,
      terms: { amount: { value: 940, unit: 'EUR' }, approvals: 2 },
    },
  );
  clinic.open('receptionist-4702', { user: 'tom.b', since: Date.now() - 3 * MINUTE });
}
