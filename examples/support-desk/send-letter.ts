/** Sending a letter: it goes into the shop's outbox, in the transaction that also holds the record of it, and meets what was owed. */
import { z } from 'zod';
import { defineTool } from '../../agents';
import { customersIn } from './own-order';
import { SHOP_LEDGER } from './shop-ledger';

export const sendLetter = defineTool({
  name: 'send_letter',
  effect: 'transactional',
  description: 'Sends the user a letter, to the address that the shop has of them. Say which of what is owed it meets.',
  input: z.object({
    subject: z.string().min(3).max(120),
    body: z.string().min(10).max(4_000),
    meets: z
      .array(z.string().max(60))
      .max(10)
      .describe('Ids of what is owed to the user and is done by this letter, such as o2. Empty where it is none.'),
  }),
  ledger: SHOP_LEDGER,
  timeout: '20s',
  usesState: true,
  summary: ({ subject }) => subject,
  run: async ({ subject, body, meets }, { tx, session, state, idempotencyKey }) => {
    const [customer_id = 0] = await customersIn(tx, session);
    const { letter_id } = await tx
      .insertInto('letters')
      .values({ customer_id, subject, body, idempotency_key: idempotencyKey })
      .returning('letter_id')
      .executeTakeFirstOrThrow();
    for (const id of meets) state?.meet(id);
    return { letter_id, subject };
  },
});
