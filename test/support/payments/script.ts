/** What the cashier's model answers, by the content of the request alone. */
import { callsTool, failsWith, says, type Script } from '../../../testing';

export const CASHIER = 'cashier';

/**
 * What one step of a message asks for: a tool; `broken`: a call whose arguments are no JSON, and then the right one; `refused`: the provider
 * refuses the request for good.
 */
export type Step =
  'read' | 'plain' | 'idempotent' | 'transactional' | 'reconcilable' | 'at-most-once' | 'broken' | 'refused';

export interface Payment {
  /** One a step, in this order. */
  readonly steps: readonly Step[];
  readonly order: string;
  readonly cents: number;
}

/** Tools by the step that calls them. `plain` is idempotent and has no business key. */
export const TOOL_OF = {
  read: 'pay_read',
  plain: 'pay_plain',
  idempotent: 'pay_idempotent',
  transactional: 'pay_transactional',
  reconcilable: 'pay_reconcilable',
  'at-most-once': 'pay_at_most_once',
  broken: 'pay_plain',
} as const;

export type PaymentTool = (typeof TOOL_OF)[keyof typeof TOOL_OF];

/** The user's message. */
export const asks = ({ steps, order, cents }: Payment): string => `pay ${steps.join(',')} for ${order} ${cents} cents`;

export const done = (order: string): string => `Everything is done for ${order}.`;

export const cashierScript: Script = {
  name: 'cashier',
  turns: [],
  fallback: ({ user, position }) => {
    const [, steps = '', order = '', cents = '0'] = /^pay (\S+) for (\S+) (\d+) cents/.exec(user) ?? [];
    const args = { order, cents: Number(cents) };
    const answers = steps.split(',').flatMap((step) => {
      switch (step as Step) {
        case 'refused':
          return [failsWith(400, 'the request is refused')];
        case 'broken':
          return [callsTool(TOOL_OF.broken, `{"order": "${order}", "cents": `), callsTool(TOOL_OF.broken, args)];
        default:
          return [callsTool(TOOL_OF[step as keyof typeof TOOL_OF], args)];
      }
    });
    return answers[position] ?? says(done(order));
  },
};
