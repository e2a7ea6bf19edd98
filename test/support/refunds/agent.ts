/** An agent whose effects people must approve: a refund one of them, a write-off two. Its world is a register (register.ts); its model is the script. */
import { z } from 'zod';
import { defineAgent, defineTool, type Agent } from '../../../agents';
import type { NotifyInput } from '../../../workflows/contracts';
import { enter, tell } from './register';
import { REFUNDS } from './script';

const input = z.object({ order: z.string(), cents: z.int() });

function registerFile(): string {
  const file = process.env.REFUNDS_REGISTER;
  if (!file) throw new Error('REFUNDS_REGISTER is not set: this agent is for tests, which set it');
  return file;
}

const lookUp = defineTool({
  name: 'look_up',
  description: 'Looks an order up.',
  effect: 'read',
  input: z.object({ order: z.string() }),
  run: ({ order }) => ({ order, state: 'delivered' }),
});

const refund = defineTool({
  name: 'refund',
  description: 'Pays back what an order cost.',
  effect: 'idempotent',
  input,
  approval: {
    when: ({ cents }) => (cents > 1_000 ? `${cents} cents are more than the 1,000 that need no approval` : false),
    amount: ({ cents }) => cents,
    unit: 'cents',
  },
  run: ({ order, cents }, { idempotencyKey: key, approvedBy = [] }) => {
    enter(registerFile(), { key, deed: 'refund', order, cents, approvedBy });
    return { refunded: order, cents };
  },
});

const writeOff = defineTool({
  name: 'write_off',
  description: 'Writes an order off.',
  effect: 'idempotent',
  input,
  approval: { when: 'always', approvals: 2, reason: 'what is written off is gone' },
  run: ({ order, cents }, { idempotencyKey: key, approvedBy = [] }) => {
    enter(registerFile(), { key, deed: 'write_off', order, cents, approvedBy });
    return { written_off: order, cents };
  },
});

/** Tells people by a line in a file, where there is one. */
export function notify({ kind, item, sessionId }: NotifyInput): void {
  const file = process.env.REFUNDS_NOTICES;
  if (file) tell(file, { sessionId, callId: item.id, kind });
}

export const agents: readonly Agent[] = [
  defineAgent({
    name: REFUNDS,
    instructions: 'You pay customers back. Ask for everything at once, and say what became of it.',
    model: 'gpt-5-mini',
    tools: [lookUp, refund, writeOff],
  }),
];
