/**
 * The files of a project that knows holdfast only from its package: an agent with a tool of its own, a worker, a client. Kept
 * as text, since they are not part of this project: they are compiled against the published types, in a folder of their own.
 */

/** Tool call for the order in the customer's message, then what the tool said. */
const AGENT = `
import { defineAgent, defineTool } from 'holdfast';
import { z } from 'zod';

const shipParcel = defineTool({
  name: 'ship_parcel',
  description: 'Ships the parcel of an order. Use it when the customer wants it sent.',
  effect: 'idempotent',
  input: z.object({ order: z.string(), copies: z.number().int() }),
  key: ({ order }) => order,
  run: ({ order, copies }, ctx) => {
    ctx.log.info('shipping', { order });
    return { tracking: 'TRK-' + order, copies, keyed: ctx.idempotencyKey.length > 0 };
  },
});

export const warehouse = defineAgent({
  name: 'warehouse',
  instructions: 'You ship parcels.',
  model: 'gpt-5-mini',
  tools: [shipParcel],
});
`;

const WORKER = `
import { createWorker } from 'holdfast/worker';
import { warehouse } from './agent';

async function main(): Promise<void> {
  const worker = await createWorker({ agents: [warehouse] });
  await worker.run();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
`;

const CLIENT = `
import { connect, type ConversationItem, type SendResult } from 'holdfast/client';

async function main(): Promise<void> {
  const client = await connect();
  const sessionId = process.argv[2];
  if (sessionId === undefined) throw new Error('no session id');
  const answer: SendResult = await client.send({ sessionId, agent: 'warehouse', text: 'Please ship order A7.' });
  const transcript: ConversationItem[] = [];
  for await (const page of client.session(sessionId).transcript()) transcript.push(...page.items);
  await client.session(sessionId).end({ by: 'test', reason: 'done' });
  await client.close();
  console.log(JSON.stringify({ answer, transcript }));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
`;

const TSCONFIG = {
  compilerOptions: {
    module: 'node20',
    target: 'es2022',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
    outDir: 'out',
  },
  include: ['*.ts'],
};

/** File name to text. */
export const CONSUMER_FILES: Readonly<Record<string, string>> = {
  'agent.ts': AGENT,
  'worker.ts': WORKER,
  'client.ts': CLIENT,
  'tsconfig.json': JSON.stringify(TSCONFIG),
  'package.json': JSON.stringify({ name: 'consumer', version: '1.0.0', private: true, type: 'commonjs' }),
};
