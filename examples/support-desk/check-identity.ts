/** Who the user is. What is found is kept in the shop for the whole conversation, and is a fact of the session's state. */
import { z } from 'zod';
import { defineTool, ToolError } from '../../agents';
import { SHOP_LEDGER } from './shop-ledger';

export const checkIdentity = defineTool({
  name: 'check_identity',
  effect: 'transactional',
  description:
    'Identifies the user by full name, e-mail address and postcode, all three of which must match. Nothing about an order may be said or done before it.',
  input: z.object({
    name: z.string().min(2).max(120).describe('Full name as the user gave it.'),
    email: z.string().min(3).max(200),
    postcode: z.string().min(3).max(12),
  }),
  ledger: SHOP_LEDGER,
  timeout: '20s',
  usesState: true,
  summary: ({ name }) => name,
  run: async ({ name, email, postcode }, { tx, session, state }) => {
    const customer = await tx
      .selectFrom('customers')
      .selectAll()
      .where('email', '=', email.trim().toLowerCase())
      .executeTakeFirst();
    if (!customer || plain(customer.name) !== plain(name) || plain(customer.postcode) !== plain(postcode)) {
      throw new ToolError('No customer has this name, e-mail address and postcode. Ask the user to check all three.');
    }
    const { customer_id } = customer;
    await tx
      .insertInto('identified')
      .values({ session_id: session.id, customer_id })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    state?.patch({ customer: { customer_id, name: customer.name } });
    state?.establish(`The user is ${customer.name}, customer ${customer_id}: name, e-mail address and postcode match.`);
    return { customer_id, name: customer.name };
  },
});

function plain(text: string): string {
  return text.replace(/\s+/g, '').toLowerCase();
}
