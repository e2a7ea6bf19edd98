/**
 * A small agent for recovery tests: it delivers parcels to the test's destination (courier-script.ts is its model). Its one
 * tool is `idempotent`, in the worker's default ledger.
 */
import { z } from 'zod';
import { defineAgent, defineTool, type Agent } from '../../agents';
import { COURIER } from './courier-script';

const deliver = defineTool({
  name: 'deliver',
  description: 'Delivers a parcel.',
  effect: 'idempotent',
  input: z.object({ parcel: z.int() }),
  timeout: '60s',
  run: async ({ parcel }, ctx) => {
    const body = JSON.stringify({ key: ctx.idempotencyKey, session: ctx.session.id, parcel });
    const response = await ctx.fetch(destinationUrl(), { method: 'POST', body });
    if (!response.ok) throw new Error(`the destination answered ${response.status}`);
    return { delivered: parcel };
  },
});

function destinationUrl(): string {
  const url = process.env.COURIER_DESTINATION;
  if (!url) throw new Error('COURIER_DESTINATION is not set: this agent is for tests, which set it');
  return url;
}

export const agents: readonly Agent[] = [
  defineAgent({
    name: COURIER,
    instructions: 'You deliver parcels, one after the other, and then say that you are done.',
    model: 'gpt-5-mini',
    tools: [deliver],
  }),
];

export const ledgers = {};
