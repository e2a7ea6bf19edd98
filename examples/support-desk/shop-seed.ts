/** What the shop holds at first: a few customers and their orders, all from fixed dates, so that every run of the example says the same. */
import type { CustomerRow, EventRow, ItemRow, OrderRow } from './shop-tables';

/** The day on which the conversations take place. */
export const TODAY = '2027-03-01';

export const CUSTOMERS: readonly CustomerRow[] = [
  { customer_id: 501, name: 'Nadia Berger', email: 'nadia.berger@example.com', postcode: 'M14 5RQ' },
  { customer_id: 502, name: 'Owen Pritchard', email: 'owen@example.com', postcode: 'CF10 3AT' },
  { customer_id: 503, name: 'Noor Rahman', email: 'noor.rahman@example.com', postcode: 'E8 1HP' },
];

export const ORDERS: readonly OrderRow[] = [
  { order_number: 70001, customer_id: 501, status: 'packing', address: '18 Elm Road, Manchester M14 5RQ' },
  { order_number: 70002, customer_id: 501, status: 'delivered', address: '18 Elm Road, Manchester M14 5RQ' },
  { order_number: 70003, customer_id: 502, status: 'shipped', address: '2 Dock Street, Cardiff CF10 3AT' },
  { order_number: 70004, customer_id: 503, status: 'packing', address: '9 Mare Street, London E8 1HP' },
];

export const ITEMS: readonly ItemRow[] = [
  { order_number: 70001, sku: 'KETTLE-1', name: 'Kettle', paid: 3_900, status: 'ordered' },
  { order_number: 70001, sku: 'MUGS-4', name: 'Set of four mugs', paid: 2_400, status: 'ordered' },
  { order_number: 70002, sku: 'LAMP-2', name: 'Floor lamp', paid: 14_900, status: 'ordered' },
  { order_number: 70002, sku: 'BULBS-6', name: 'Six bulbs', paid: 1_800, status: 'ordered' },
  { order_number: 70003, sku: 'RUG-3', name: 'Wool rug', paid: 21_000, status: 'ordered' },
  { order_number: 70004, sku: 'CHAIR-1', name: 'Garden chair', paid: 6_500, status: 'ordered' },
];

export const EVENTS: readonly EventRow[] = [
  { order_number: 70001, day: '2027-02-27', text: 'ordered and paid' },
  { order_number: 70002, day: '2027-02-18', text: 'ordered and paid' },
  { order_number: 70002, day: '2027-02-20', text: 'handed to the carrier' },
  { order_number: 70002, day: '2027-02-22', text: 'delivered, the carrier noted a dented box' },
  { order_number: 70003, day: '2027-02-26', text: 'handed to the carrier' },
];

export interface Article {
  readonly article: string;
  readonly title: string;
  readonly text: string;
}

/** The shop's policy, for whoever looks something up. */
export const ARTICLES: readonly Article[] = [
  {
    article: 'P-1',
    title: 'Broken on arrival',
    text: 'Whatever arrives broken is paid back in full, or replaced, when it is reported within 30 days of delivery. It need not be sent back.',
  },
  {
    article: 'P-2',
    title: 'How long a refund takes',
    text: 'A refund goes to the card that was paid with, and shows there within 3 to 5 working days.',
  },
  {
    article: 'P-3',
    title: 'Changing an order',
    text: 'The address of an order can be changed, and items can be taken out of it, until it is handed to the carrier.',
  },
  {
    article: 'P-4',
    title: 'Refunds that somebody must agree to',
    text: 'A refund of more than £100.00 is looked at by a person of the shop before it is paid.',
  },
];
