/** The kinds of argument that several tools take. */
import { z } from 'zod';

export const OrderNumber = z
  .number()
  .int()
  .min(1)
  .describe('The number of an order, as the customer gave it or a tool returned it, for example 70001.');

export const Sku = z
  .string()
  .regex(/^[A-Z]+-\d+$/, 'expected a sku as look_up_order returns it, e.g. LAMP-2')
  .describe('The sku of an item exactly as look_up_order returned it, for example LAMP-2.');
