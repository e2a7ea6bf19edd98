/** A small agent to sweep: it enters deeds into a register, which is a file that honours keys, unless NOTARY_FORGETS says otherwise. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { defineAgent, defineTool, type Agent } from '../../../agents';
import { NOTARY, readRegister } from './notary-world';

const enter = defineTool({
  name: 'enter',
  description: 'Enters a deed into the register.',
  effect: 'idempotent',
  input: z.object({ deed: z.string() }),
  run: ({ deed }, ctx) => {
    const file = process.env.NOTARY_REGISTER;
    if (!file) throw new Error('NOTARY_REGISTER is not set: this agent is for tests, which set it');
    const forgets = process.env.NOTARY_FORGETS === '1';
    const known = existsSync(file) ? readRegister(readFileSync(file, 'utf8')) : [];
    if (forgets || !known.some((entry) => entry.key === ctx.idempotencyKey)) {
      appendFileSync(file, `${JSON.stringify({ key: ctx.idempotencyKey, deed })}\n`);
    }
    return { entered: deed };
  },
});

export const agents: readonly Agent[] = [
  defineAgent({
    name: NOTARY,
    instructions: 'You enter deeds into the register.',
    model: 'gpt-5-mini',
    tools: [enter],
  }),
];
