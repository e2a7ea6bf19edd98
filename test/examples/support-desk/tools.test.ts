/** The support desk's tools on the shop itself: called as the engine calls them, and what each says of the session's state. */
import { createRegistry } from '../../../agents';
import { shopIn } from '../../../examples/support-desk/sweep';
import { openBench, SESSION, type Bench } from './bench';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const look = (order_number: number, agent = 'orders') => bench.run(agent, 'look_up_order', { order_number });
const ADDRESS = '7 Canal Street, Leeds LS1 4DT';

test('the agents register together, with every effect in the ledger named shop', () => {
  expect(createRegistry([...bench.agents.values()]).ledgerNames).toEqual(['shop']);
  const tools = [...bench.agents].map(([name, { tools: own }]) => [
    name,
    [...own.values()].map((tool) => `${tool.name} ${tool.effect}`),
  ]);
  expect(Object.fromEntries(tools)).toEqual({
    triage: ['check_identity transactional', 'send_letter transactional'],
    orders: [
      'look_up_order read',
      'change_address transactional',
      'cancel_item transactional',
      'refund_payment reconcilable',
    ],
    refunds: ['look_up_order read', 'refund_payment reconcilable'],
    researcher: ['find_articles read', 'order_history read'],
    writer: [],
  });
});

test('who can hand over to whom, and who is asked', () => {
  const shown = [...bench.agents].map(([name, { handoffs, delegates }]) => [
    name,
    [...handoffs.keys(), ...delegates.keys()],
  ]);
  expect(Object.fromEntries(shown)).toEqual({
    triage: ['transfer_to_orders', 'transfer_to_refunds', 'ask_researcher', 'ask_writer'],
    orders: ['transfer_to_refunds', 'transfer_to_triage'],
    refunds: ['transfer_to_orders', 'transfer_to_triage'],
    researcher: [],
    writer: [],
  });
});

test('check_identity needs all three, and establishes who it is', async () => {
  const wrong = bench.run('triage', 'check_identity', {
    name: 'Nadia Berger',
    email: 'nadia.berger@example.com',
    postcode: 'M14 5RR',
  });
  await expect(wrong).rejects.toMatchObject({ name: 'ToolError' });
  expect(shopIn(bench.shop.file).identified).toEqual([]);

  const { result, state } = await bench.identify();
  expect(result).toEqual({ customer_id: 501, name: 'Nadia Berger' });
  expect(state).toEqual({
    own: { customer: { customer_id: 501, name: 'Nadia Berger' } },
    established: [{ text: expect.stringMatching(/^The user is Nadia Berger, customer 501/), source: 'c1' }],
  });
  await bench.identify();
  expect(shopIn(bench.shop.file).identified).toEqual([{ customer_id: 501 }]);
});

test('without it nothing is said or done about an order, whatever the model says of the customer', async () => {
  await expect(look(70001)).rejects.toThrow('Nobody is identified in this conversation');
  await expect(bench.run('researcher', 'order_history', { order_number: 70001 })).rejects.toThrow(
    'Nobody is identified',
  );
  const change = bench.run('orders', 'change_address', { order_number: 70001, address: ADDRESS });
  await expect(change).rejects.toThrow('Nobody is identified');
});

test('an order of somebody else is as one that is not there', async () => {
  await bench.identify();
  await expect(look(70003)).rejects.toThrow('There is no order 70003 of this customer.');
  await expect(look(79999)).rejects.toThrow('There is no order 79999 of this customer.');
});

test('look_up_order says how it stands, and what the conversation is about', async () => {
  await bench.identify();
  const { result, state } = await look(70002, 'refunds');
  expect(result).toMatchObject({
    stands: 'delivered',
    items: [
      { sku: 'LAMP-2', paid: 14_900, price: '£149.00' },
      { sku: 'BULBS-6', price: '£18.00' },
    ],
  });
  expect(state).toEqual({
    own: { order: 70002 },
    established: [{ text: 'Order 70002 is delivered.', source: 'order 70002' }],
  });
});

test('change_address changes it until it is shipped, and a confirmation letter is owed', async () => {
  await bench.identify();
  const { result, state } = await bench.run('orders', 'change_address', { order_number: 70001, address: ADDRESS });
  expect(result).toMatchObject({ old_address: '18 Elm Road, Manchester M14 5RQ', address: ADDRESS });
  expect(state).toMatchObject({
    own: { order: 70001, address: ADDRESS },
    opened: ['send the confirmation letter for the new address of order 70001'],
  });
  const late = bench.run('orders', 'change_address', { order_number: 70002, address: ADDRESS });
  await expect(late).rejects.toThrow('Order 70002 is delivered: nothing of it can be changed any more.');
});

test.each([
  [{ order_number: 70001, sku: 'LAMP-2' }, 'Order 70001 has no LAMP-2; it has KETTLE-1, MUGS-4.'],
  [{ order_number: 70002, sku: 'LAMP-2' }, 'nothing of it can be changed any more'],
])('cancel_item refuses %j: %s', async (args, message) => {
  await bench.identify();
  await expect(bench.run('orders', 'cancel_item', args)).rejects.toThrow(message);
});

test('cancel_item takes an item out once, and what was paid for it is owed', async () => {
  await bench.identify();
  const args = { order_number: 70001, sku: 'MUGS-4' };
  const { result, state } = await bench.run('orders', 'cancel_item', args);
  expect(result).toMatchObject({ name: 'Set of four mugs', to_pay_back: 2_400 });
  expect(state).toEqual({
    own: { order: 70001, item: 'MUGS-4' },
    opened: ['pay back £24.00 for MUGS-4 of order 70001'],
  });
  await expect(bench.run('orders', 'cancel_item', args)).rejects.toThrow('is cancelled already');
});

test('send_letter puts it into the outbox, and meets what it is said to meet', async () => {
  await bench.identify();
  const args = { subject: 'Your order', body: 'Dear Nadia Berger, …', meets: ['o1', 'h3.o1'] };
  const { result, state } = await bench.run('triage', 'send_letter', args);
  expect(result).toEqual({ letter_id: 1, subject: 'Your order' });
  expect(state).toEqual({ met: ['o1', 'h3.o1'] });
  expect(shopIn(bench.shop.file).letters).toMatchObject([{ customer_id: 501, subject: 'Your order', call: 'c1' }]);
});

test('find_articles finds by words, the closest first', async () => {
  const { result } = await bench.run('researcher', 'find_articles', { words: 'refund card' });
  expect(result).toMatchObject({ articles: [{ article: 'P-2' }, { article: 'P-4' }] });
  expect((await bench.run('researcher', 'find_articles', { words: 'giraffe' })).result).toEqual({ articles: [] });
});

test('every agent of a family is told the same session, so that whom the front desk identified the others may serve', async () => {
  await bench.identify();
  const { result } = await bench.run('researcher', 'order_history', { order_number: 70002 });
  expect(result).toMatchObject({
    source: 'order 70002',
    events: expect.arrayContaining(['2027-02-18: ordered and paid']),
  });
  expect(await bench.shop.identified(SESSION.id)).toHaveLength(1);
  expect(await bench.shop.identified('another')).toEqual([]);
});
