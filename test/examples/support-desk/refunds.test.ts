/** refund_payment against the payment service: paid once, looked up when it is open what happened, approved above the bound, undone. */
import { applied } from '../../../examples/shared/services/journal';
import { LIST_LAG_MS } from '../../../examples/support-desk/payments/service';
import { eventually } from '../../support/eventually';
import { openBench, SESSION, type Bench } from './bench';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
  await bench.identify();
});
afterEach(() => bench.close());

const LAMP = { order_number: 70002, sku: 'LAMP-2', amount: 14_900, currency: 'GBP', reason: 'arrived broken' };
const refund = (args: object, key?: string, agent = 'refunds') => bench.run(agent, 'refund_payment', args, key);
const refunds = () => applied(bench.payments.journal(), 'refund');
const key = (agent: string, args: object) => bench.tool(agent, 'refund_payment').key?.(args, { ...SESSION, agent });

test('it pays, and says so in the state', async () => {
  const { result, state } = await refund(LAMP);
  expect(result).toEqual({ refund_id: 'rf_0001', order: 70002, item: 'LAMP-2', amount: 14_900, currency: 'GBP' });
  expect(state).toEqual({
    own: { order: 70002, item: 'LAMP-2' },
    established: [{ text: '£149.00 for LAMP-2 of order 70002 was paid back.', source: 'rf_0001' }],
  });
});

test('two desks have one key for an item, so that it is paid back once; another item has another', () => {
  expect(key('orders', LAMP)).toBe('70002:LAMP-2');
  expect(key('refunds', { ...LAMP, reason: 'another' })).toBe('70002:LAMP-2');
  expect(key('refunds', { ...LAMP, sku: 'BULBS-6' })).not.toBe(key('refunds', LAMP));
  const [orders, atRefunds] = ['orders', 'refunds'].map((agent) => bench.tool(agent, 'refund_payment').sameAs?.(LAMP));
  expect(orders).toEqual(atRefunds);
});

test('the service recognises a reference, and refuses it for another refund', async () => {
  await refund(LAMP, 'run/c1');
  expect((await refund(LAMP, 'run/c1')).result).toMatchObject({ refund_id: 'rf_0001' });
  expect(refunds()).toHaveLength(1);
  await expect(refund({ ...LAMP, amount: 100 }, 'run/c1')).rejects.toThrow('was used for another refund');
});

test.each([
  [{ ...LAMP, amount: 14_901 }, 'Only £149.00 was paid for LAMP-2.'],
  [{ ...LAMP, sku: 'RUG-3' }, 'Order 70002 has no RUG-3.'],
  [{ ...LAMP, order_number: 70003, sku: 'RUG-3' }, 'There is no order 70003 of this customer.'],
  [{ ...LAMP, order_number: 70001, sku: 'MUGS-4', amount: 2_400 }, 'is not shipped yet: cancel it first'],
])('%j is refused, and nothing is paid: %s', async (args, message) => {
  const paying = refund(args);
  await expect(paying).rejects.toMatchObject({ name: 'ToolError' });
  await expect(paying).rejects.toThrow(message);
  expect(bench.payments.journal()).toEqual([]);
});

test('above £100.00 a person is asked, with how much it is about', () => {
  const { approval } = bench.tool('refunds', 'refund_payment');
  const context = { session: { ...SESSION, agent: 'refunds' }, turn: 1, step: 1, now: new Date() };
  const rule = approval?.when;
  const asks = (amount: number) => (typeof rule === 'function' ? rule({ ...LAMP, amount }, context) : rule);
  expect(asks(10_000)).toBe(false);
  expect(asks(10_001)).toBe('£100.01 is more than the £100.00 that need no approval');
  expect([approval?.amount?.(LAMP), approval?.unit]).toEqual([149, 'GBP']);
});

test('after an answer that was lost it is found by its reference, with the same words for the state', async () => {
  bench.payments.fail('refund', 'cut');
  await expect(refund(LAMP, 'run/c1')).rejects.not.toMatchObject({ name: 'ToolError' });
  const found = await eventually('the list to show it', async () => {
    const { result, state } = await bench.reconcile('refunds', 'refund_payment', LAMP, 'run/c1');
    return result.kind === 'applied' && { result, state };
  });
  expect(found).toMatchObject({
    result: { result: { refund_id: 'rf_0001', amount: 14_900 } },
    state: { established: [{ text: '£149.00 for LAMP-2 of order 70002 was paid back.' }] },
  });
  expect((await bench.reconcile('refunds', 'refund_payment', LAMP, 'run/other')).result).toEqual({ kind: 'absent' });
  expect(LIST_LAG_MS).toBeLessThan(bench.tool('refunds', 'refund_payment').settleWithinMs ?? 0);
});

test('a service that did nothing, and one that is not there, are known to have done nothing', async () => {
  bench.payments.fail('refund', 'refuse');
  await expect(refund(LAMP)).rejects.toMatchObject({ name: 'NotApplied' });
  await bench.payments.close();
  await expect(refund(LAMP)).rejects.toMatchObject({ name: 'NotApplied' });
  expect(refunds()).toEqual([]);
});

test('undoing charges the card again, once', async () => {
  const { result } = await refund(LAMP);
  expect(await bench.undo('refunds', 'refund_payment', LAMP, result)).toMatchObject({
    reversal_id: 'rv_0001',
    already_reversed: false,
  });
  expect(await bench.undo('refunds', 'refund_payment', LAMP, result)).toMatchObject({ already_reversed: true });
  expect(applied(bench.payments.journal(), 'reversal')).toMatchObject([{ refundId: 'rf_0001' }]);
});
