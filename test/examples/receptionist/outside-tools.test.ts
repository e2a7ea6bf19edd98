/** The tools that act outside the clinic, by themselves: what they charge and send, and what they say when it goes wrong. */
import { applied } from '../../../examples/receptionist/services/journal';
import { LIST_LAG_MS } from '../../../examples/receptionist/services/payments';
import { eventually } from '../../support/eventually';
import { openBench, SESSION, type Bench } from './bench';

const MARIA = 1007;
const NINE = '2027-03-02T09:00/okafor';
const DEPOSIT = { patient_id: MARIA, appointment_id: 4006, amount: 2000, currency: 'GBP' };
const CHARGED = { charge_id: 'ch_0001', amount: 2000, currency: 'GBP' };
const MESSAGE = { patient_id: MARIA, text: 'Tuesday 2 March, 09:00, Dr Okafor.' };

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
  await bench.run('book_appointment', { patient_id: MARIA, slot_id: NINE, reason: 'Check-up' }, 'b1');
});
afterEach(() => bench.close());

const done = (kind: 'charge' | 'refund' | 'message') => applied(bench.services.journal(), kind);

describe('take_deposit', () => {
  test('charges with its key as the reference', async () => {
    expect(await bench.run('take_deposit', DEPOSIT, 'run/c1')).toEqual(CHARGED);
    expect(done('charge')).toMatchObject([
      { reference: 'run/c1', amount: 2000, currency: 'GBP', description: 'Deposit for appointment 4006' },
    ]);
  });

  test('run again it charges again: what keeps it from that is that it is asked first', async () => {
    await bench.run('take_deposit', DEPOSIT, 'run/c1');
    await bench.run('take_deposit', DEPOSIT, 'run/c1');
    expect(done('charge')).toHaveLength(2);
  });

  test('reconcile finds the charge of its own key and of no other, with the result that the body would have had', async () => {
    await bench.run('take_deposit', DEPOSIT, 'run/c1');
    const found = await eventually('the charge to be listed', async () => {
      const answer = (await bench.reconcile('take_deposit', DEPOSIT, 'run/c1')) as { kind: string };
      return answer.kind === 'applied' && answer;
    });
    expect(found).toEqual({ kind: 'applied', result: CHARGED });
    expect(await bench.reconcile('take_deposit', DEPOSIT, 'run/c2')).toEqual({ kind: 'absent' });
  });

  test('settleWithin is longer than the lag of the list, with room for a request on its way', () => {
    expect(bench.tool('take_deposit').settleWithinMs).toBeGreaterThanOrEqual(4 * LIST_LAG_MS);
  });

  test.each(['refuse', 'error', 'cut'] as const)(
    'reconcile throws where the list fails (%s): that is no answer',
    async (fault) => {
      bench.services.fail('list', fault);
      await expect(bench.reconcile('take_deposit', DEPOSIT, 'run/c1')).rejects.toThrow();
    },
  );

  test.each([
    [
      'a patient without that appointment',
      { ...DEPOSIT, appointment_id: 4001 },
      'Patient 1007 has no appointment 4001',
    ],
    ['a card that is declined', { ...DEPOSIT, amount: 60_000 }, 'The card was declined.'],
  ])('%s is a ToolError, and no charge', async (_, args, message) => {
    const charging = bench.run('take_deposit', args);
    await expect(charging).rejects.toMatchObject({ name: 'ToolError' });
    await expect(charging).rejects.toThrow(message);
    expect(done('charge')).toEqual([]);
  });

  test('a service that says that it did nothing is NotApplied, and so is one that is not there', async () => {
    bench.services.fail('charge', 'refuse');
    await expect(bench.run('take_deposit', DEPOSIT)).rejects.toMatchObject({ name: 'NotApplied' });
    expect(done('charge')).toEqual([]);
    await bench.services.close();
    await expect(bench.run('take_deposit', DEPOSIT)).rejects.toMatchObject({ name: 'NotApplied' });
  });

  test.each(['error', 'cut'] as const)(
    'an answer that leaves it open (%s) is neither ToolError nor NotApplied',
    async (fault) => {
      bench.services.fail('charge', fault);
      const charging = bench.run('take_deposit', DEPOSIT);
      await expect(charging).rejects.toMatchObject({ name: expect.not.stringMatching(/^(ToolError|NotApplied)$/) });
      expect(done('charge')).toHaveLength(1);
    },
  );

  test('undoing it refunds the charge, once', async () => {
    const result = await bench.run('take_deposit', DEPOSIT);
    expect(await bench.undo('take_deposit', DEPOSIT, result)).toMatchObject({ already_refunded: false });
    expect(await bench.undo('take_deposit', DEPOSIT, result)).toMatchObject({ already_refunded: true });
    expect(done('refund')).toMatchObject([{ chargeId: 'ch_0001' }]);
  });

  test('one deposit for an appointment: its key, what must be the same, and the line that people see', () => {
    const tool = bench.tool('take_deposit');
    expect(tool.key?.(DEPOSIT, SESSION)).toBe('1007:4006');
    expect(tool.sameAs?.(DEPOSIT)).not.toEqual(tool.sameAs?.({ ...DEPOSIT, amount: 2500 }));
    expect(tool.summary?.(DEPOSIT)).toBe('£20.00 for 4006');
    expect(tool.output?.safeParse(CHARGED).success).toBe(true);
    expect(tool.output?.safeParse({ charge_id: 'ch_0001' }).success).toBe(false);
  });
});

describe('send_text_message', () => {
  test("sends to the number that the calendar has, and to nobody's choice", async () => {
    expect(await bench.run('send_text_message', MESSAGE)).toEqual({ message_id: 'sms_0001' });
    expect(done('message')).toMatchObject([{ to: '020 7946 0107', text: MESSAGE.text }]);
  });

  test('a patient that is not there is a ToolError', async () => {
    await expect(bench.run('send_text_message', { ...MESSAGE, patient_id: 999 })).rejects.toMatchObject({
      name: 'ToolError',
    });
  });

  test('a calendar that cannot be read is NotApplied: nothing was sent', async () => {
    const unreadable = jest.spyOn(bench.calendar, 'patient').mockRejectedValue(new Error('database is locked'));
    await expect(bench.run('send_text_message', MESSAGE)).rejects.toMatchObject({ name: 'NotApplied' });
    unreadable.mockRestore();
    expect(done('message')).toEqual([]);
  });

  test('the same words to the same patient have the same key, others another', () => {
    const { key } = bench.tool('send_text_message');
    const of = (args: object) => key?.({ ...MESSAGE, ...args }, SESSION);
    expect(of({})).toBe(of({}));
    expect(of({ text: 'Other words.' })).not.toBe(of({}));
    expect(of({ patient_id: 1008 })).not.toBe(of({}));
  });

  test('it cannot be undone, and a person who resolves it says the number of the message', () => {
    const tool = bench.tool('send_text_message');
    expect(tool.compensation).toBeUndefined();
    expect(tool.output?.safeParse({ message_id: 'sms_0001' }).success).toBe(true);
    expect(tool.output?.safeParse({ sent: true }).success).toBe(false);
  });
});
