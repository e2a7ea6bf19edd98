/** What the scripted model answers as the orders desk and as the refunds desk. */
import { callsTool, says, type ScriptedRequest, type ScriptTurn } from '../../testing';
import { SAYS } from './conversation';
import { REFUNDS, TRIAGE } from './names';
import { apology, fieldsOf, owedIds, text } from './read-request';
import { money } from './words';

const OTHER_ORDER = 70001;
const LAMP_ORDER = 70002;
const MUGS = { order_number: OTHER_ORDER, sku: 'MUGS-4' };
const MUGS_REFUND = { ...MUGS, amount: 2_400, currency: 'GBP', reason: 'cancelled before it was shipped' };
const LAMP_REFUND = { order_number: LAMP_ORDER, sku: 'LAMP-2', currency: 'GBP', reason: 'arrived broken' };

const ORDERS_TURNS: readonly ScriptTurn[] = [
  { user: SAYS.shipped, answers: [callsTool('look_up_order', { order_number: OTHER_ORDER }), whereItStands] },
  {
    user: SAYS.address,
    answers: [
      // A number as text: coerced, since nothing is lost.
      callsTool('change_address', { order_number: String(OTHER_ORDER), address: '7 Canal Street, Leeds LS1 4DT' }),
      (request) => {
        const changed = fieldsOf(request, 'change_address', 'address');
        return says(
          changed
            ? `Done: order ${text(changed, 'order_number')} goes to ${text(changed, 'address')}. You will have that in writing.`
            : apology(request, 'change_address'),
        );
      },
    ],
  },
  {
    user: SAYS.mugs,
    answers: [
      callsTool('cancel_item', MUGS),
      (request) =>
        fieldsOf(request, 'cancel_item', 'to_pay_back')
          ? callsTool('refund_payment', MUGS_REFUND)
          : says(apology(request, 'cancel_item')),
      (request) =>
        fieldsOf(request, 'refund_payment', 'refund_id')
          ? callsTool('update_state', { met: [...owedIds(request, /pay back .* for MUGS-4/)] })
          : says(apology(request, 'refund_payment')),
      (request) =>
        says(
          `The mugs are out of order ${OTHER_ORDER}, and ${paidBack(request)}. The reference is ${reference(request)}.`,
        ),
    ],
  },
  {
    user: SAYS.lamp,
    answers: [
      callsTool(`transfer_to_${REFUNDS}`, {
        reason: 'money back for an item that arrived broken',
        request: 'The user wants the money back for the lamp of order 70002, which arrived broken.',
      }),
      (request) => says(apology(request, `transfer_to_${REFUNDS}`)),
    ],
  },
  { user: SAYS.onItsWay, answers: [callsTool('look_up_order', { order_number: OTHER_ORDER }), whereItStands] },
  {
    user: SAYS.letter,
    answers: [
      callsTool(`transfer_to_${TRIAGE}`, {
        reason: 'letters are the front desk’s',
        request: 'The user wants the letter that was prepared to be sent, with the new address of order 70001 in it.',
      }),
      (request) => says(apology(request, `transfer_to_${TRIAGE}`)),
    ],
  },
];

const REFUNDS_TURNS: readonly ScriptTurn[] = [
  {
    user: SAYS.lamp,
    answers: [
      callsTool('look_up_order', { order_number: LAMP_ORDER }),
      callsTool('update_state', { own: { item: LAMP_REFUND.sku, reason: LAMP_REFUND.reason } }),
      (request) => {
        const lamp = itemOf(request, LAMP_REFUND.sku);
        return says(
          lamp
            ? `That is ${money(lamp.paid)} for the ${lamp.name.toLowerCase()} of order ${LAMP_ORDER}, back to the card you paid with. Shall I?`
            : apology(request, 'look_up_order'),
        );
      },
    ],
  },
  {
    user: SAYS.agreed,
    answers: [
      // A number as text again.
      (request) =>
        callsTool('refund_payment', { ...LAMP_REFUND, amount: String(itemOf(request, LAMP_REFUND.sku)?.paid ?? 0) }),
      (request) =>
        says(
          fieldsOf(request, 'refund_payment', 'refund_id')
            ? `Done: ${paidBack(request)}. The reference is ${reference(request)}.`
            : apology(request, 'refund_payment'),
        ),
    ],
  },
  {
    user: SAYS.again,
    answers: [
      // What no tool should rely on a model not to do: the same refund once more, from another desk than the one that paid it.
      callsTool('refund_payment', MUGS_REFUND),
      (request) =>
        says(
          fieldsOf(request, 'refund_payment', 'refund_id')
            ? `It did go through: ${paidBack(request)}, with the reference ${reference(request)}. Your bank takes 3 to 5 working days to show it.`
            : apology(request, 'refund_payment'),
        ),
    ],
  },
  {
    user: SAYS.onItsWay,
    answers: [
      callsTool('hand_back', {
        reason: 'a question about an order, and the refunds are done',
        request: 'The user asks whether order 70001 is on its way by now.',
      }),
      (request) => says(apology(request, 'hand_back')),
    ],
  },
];

function whereItStands(request: ScriptedRequest) {
  const order = fieldsOf(request, 'look_up_order', 'stands');
  return says(
    order
      ? `Order ${text(order, 'order_number')} is ${text(order, 'stands')}. It goes to ${text(order, 'address')}.`
      : apology(request, 'look_up_order'),
  );
}

interface NamedItem {
  readonly sku: string;
  readonly name: string;
  readonly paid: number;
}

/** An item of the order that was looked up last. */
function itemOf(request: ScriptedRequest, sku: string): NamedItem | undefined {
  const items = fieldsOf(request, 'look_up_order', 'items')?.items;
  return Array.isArray(items) ? (items as readonly NamedItem[]).find((one) => one.sku === sku) : undefined;
}

/** What the last refund says: `£24.00 for MUGS-4 was paid back`. */
function paidBack(request: ScriptedRequest): string {
  const refund = fieldsOf(request, 'refund_payment', 'refund_id');
  return `${money(Number(refund?.amount ?? 0))} for ${text(refund, 'item')} was paid back`;
}

function reference(request: ScriptedRequest): string {
  return text(fieldsOf(request, 'refund_payment', 'refund_id'), 'refund_id');
}

export const deskTurns: readonly ScriptTurn[] = [
  ...ORDERS_TURNS.map((turn) => ({ system: /^You are the orders desk of/, ...turn })),
  ...REFUNDS_TURNS.map((turn) => ({ system: /^You are the refunds desk of/, ...turn })),
];
