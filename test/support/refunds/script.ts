/** What the model of the refunds' agent answers, by the content of the request alone. */
import { callsTools, says, type Script } from '../../../testing';

export const REFUNDS = 'refunds';

/** One step with two refunds that wait for people, one that does not, and a look-up beside them. */
export const REFUND_MESSAGE = 'Orders 7 and 8 never came, and 6 was broken.';
/** One call that two people must approve. */
export const WRITE_OFF_MESSAGE = 'Order 5 is lost for good.';

export const refundsScript: Script = {
  name: 'refunds',
  turns: [
    {
      user: REFUND_MESSAGE,
      answers: [
        callsTools(
          { tool: 'refund', arguments: { order: '7', cents: 7_000 } },
          { tool: 'refund', arguments: { order: '8', cents: 8_000 } },
          { tool: 'look_up', arguments: { order: '7' } },
          { tool: 'refund', arguments: { order: '6', cents: 600 } },
        ),
        ({ results }) => says(results.map(({ tool, text }) => `${tool}: ${text}`).join('; ')),
      ],
    },
    {
      user: WRITE_OFF_MESSAGE,
      answers: [
        callsTools({ tool: 'write_off', arguments: { order: '5', cents: 5_000 } }),
        ({ results }) => says(results.map(({ tool, text }) => `${tool}: ${text}`).join('; ')),
      ],
    },
  ],
  fallback: ({ user }) => says(`You said: ${user}`),
};
