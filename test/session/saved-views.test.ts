/** The queries that docs/web-ui.md says to save, against a real server. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { newApproverKey, signerFromJwk } from '../../client';
import { callsTool, says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

const docs = readFileSync(path.resolve(__dirname, '..', '..', 'docs', 'web-ui.md'), 'utf8');
const agentName = uniqueName('viewed').slice(0, 60);
const input = z.object({ cents: z.int() });
const agent = defineAgent({
  name: agentName,
  instructions: 'You refund.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'refund',
      description: 'Refunds.',
      effect: 'idempotent',
      input,
      approval: { when: 'always', roles: ['ops'] },
      run: ({ cents }) => ({ cents }),
    }),
    defineTool({ name: 'look', description: 'Looks.', effect: 'read', input: z.object({}), run: () => 'seen' }),
  ],
});

let model: ScriptedOpenAI;
let stage: Stage;
const before = process.env.HOLDFAST_APPROVERS;
const key = newApproverKey('ada');

beforeAll(async () => {
  const { publicJwk } = await key;
  process.env.HOLDFAST_APPROVERS = JSON.stringify([{ name: 'ada', roles: ['ops'], publicKey: publicJwk }]);
  model = await startScriptedOpenAI({
    script: {
      name: 'views',
      turns: [
        { user: 'refund', answers: [callsTool('refund', { cents: 5 }), says('Refunded.')] },
        { user: 'look', answers: [callsTool('look', {}), says('I looked.')] },
      ],
      fallback: () => ({ kind: 'text', text: 'Yes.', usage: { inputTokens: 1_000_000, outputTokens: 1_000 } }),
    },
  });
  stage = await startStage({ agents: [agent], modelUrl: model.url });
});

afterAll(async () => {
  if (before === undefined) delete process.env.HOLDFAST_APPROVERS;
  else process.env.HOLDFAST_APPROVERS = before;
  await stage?.stop();
  await model?.stop();
});

/** The view of that name, as the page of documentation has it. */
function view(name: string): string {
  const row = docs.split('\n').find((line) => line.startsWith(`| ${name} `));
  const query = /`(.+?)`/.exec(row ?? '')?.[1];
  if (query === undefined) throw new Error(`docs/web-ui.md has no view ${name}`);
  return query;
}

async function finds(query: string, sessions: readonly string[]): Promise<void> {
  await eventually(`${query} to find ${sessions.join(', ') || 'nothing'}`, async () => {
    const found = [];
    const mine = `(${query}) AND HoldfastAgent = '${agentName}'`;
    for await (const { workflowId } of stage.temporal.workflow.list({ query: mine })) found.push(workflowId);
    return JSON.stringify(found.sort()) === JSON.stringify([...sessions].sort()) || undefined;
  });
}

test('each view finds its sessions, and no others', async () => {
  const [waiting, dear, limited] = [uniqueName('waiting'), uniqueName('dear'), uniqueName('limited')];
  const send = (sessionId: string, text: string, more = {}) =>
    stage.client.send({ sessionId, agent: agentName, text, ...more }, { timeoutMs: PATIENCE_MS });
  await send(waiting, 'refund', { user: 'carol', tenant: 'north' });
  for (const text of ['think', 'think on', 'think hard', 'think harder', 'think again']) await send(dear, text);
  await send(limited, 'look', { limits: { steps: 1, onLimit: 'stop' } });

  await finds(view('waiting for a human'), [waiting]);
  await finds(view('approvals'), [waiting]);
  await finds(view('waiting for ops'), [waiting]);
  await finds(view('waiting for ops').replace('ops', 'boss'), []);
  await finds(view('expensive'), [dear]);
  await finds(view('many tokens'), [dear]);
  await finds(view('stopped by a limit'), [limited]);
  await finds(view('of one user'), [waiting]);
  await finds(view('held by a person'), []);

  await stage.client.session(dear).pause({ by: 'ada' });
  await finds(view('held by a person'), [dear]);
  await finds(view('waiting for a human'), [dear, waiting]);

  const [item] = await stage.client.session(waiting).pending();
  const signer = signerFromJwk((await key).privateJwk, 'ada');
  await stage.client
    .session(waiting)
    .approve(item?.id ?? '', { argsHash: item?.approval?.argsHash ?? '', by: 'ada', signer });
  await finds(view('waiting for a human'), [dear]);

  await stage.client.session(dear).end();
  await finds(view('waiting for a human'), []);
  await finds(view('of one user'), [waiting]);
});
