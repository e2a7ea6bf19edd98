/** Another team's agents, on a task queue of their own, with workers, a ledger and colleagues of their own. */
import path from 'node:path';
import { z } from 'zod';
import { defineAgent, defineTool, delegateTo, handoffTo, type Agent } from '../../agents';
import type { SendResult } from '../../client';
import { createWorker } from '../../worker';
import { PATIENCE_MS, startStage, uniqueName, type Stage } from '../session/stage';
import { calls, handsBack, says, startCastModel, type CastModel } from './cast-model';

const THERE = `there-${process.pid}`;
const there = { taskQueue: THERE, acceptWithin: '30s' } as const;
const about = z.object({ about: z.string() });
const paid: string[] = [];

const base = (name: string) => ({ name, instructions: `You are ${name}.`, model: 'gpt-5-mini' }) as const;

const pay = defineTool({
  name: 'pay',
  description: 'Pays.',
  effect: 'idempotent',
  input: z.object({ what: z.string() }),
  run: ({ what }, { session }) => {
    paid.push(`${what} in ${session.id}`);
    return { paid: what };
  },
});

/** Of the first session's workers: they know nothing of the others but their names. */
const ours: readonly Agent[] = [
  defineAgent({
    ...base('front'),
    state: z.object({ customer: z.string().optional() }),
    handoffs: [handoffTo('abroad', { brief: about, ...there })],
    delegates: [delegateTo('surveyor', { output: z.object({ rooms: z.int().max(9) }), ...there })],
  }),
];
/** Of the other team's. One of them has the name of one of ours. */
const theirs: readonly Agent[] = [
  defineAgent({
    ...base('abroad'),
    state: z.object({ customer: z.string() }),
    tools: [pay],
    handoffs: [handoffTo('front', { brief: about })],
  }),
  defineAgent({ ...base('front'), instructions: 'You are neighbour.', tools: [pay] }),
  defineAgent({ ...base('surveyor') }),
];

beforeEach(() => model.clear());

let model: CastModel;
let stage: Stage;
let worker: Awaited<ReturnType<typeof createWorker>>;
let running: Promise<void>;

beforeAll(async () => {
  model = await startCastModel();
  stage = await startStage({ agents: ours, modelUrl: model.url });
  const { address, folder } = stage;
  const ledgerUrl = path.join(folder, 'there.sqlite');
  worker = await createWorker({ agents: theirs, address, taskQueue: THERE, ledgerUrl, profile: 'dev' });
  running = worker.run();
});
afterAll(async () => {
  worker?.shutdown();
  await running;
  await stage?.stop();
  await model?.close();
});

function talker(): { readonly id: string; readonly send: (messageId: string) => Promise<SendResult> } {
  const id = uniqueName('front');
  const send = (messageId: string) =>
    stage.client.send({ sessionId: id, agent: 'front', messageId, text: messageId }, { timeoutMs: PATIENCE_MS });
  return { id, send };
}

test('the user goes there, to a colleague there, back, and back again; each with its own workers', async () => {
  const { id, send } = talker();
  model.script(
    'front',
    calls(['update_state', { own: { customer: 'Ann' } }]),
    calls(['transfer_to_abroad', { about: 'x' }]),
    says('Welcome back.'),
  );
  model.script(
    'abroad',
    calls(['pay', { what: 'duty' }]),
    says('Abroad.'),
    calls(['transfer_to_front', { about: 'y' }]),
  );
  model.script('neighbour', calls(['pay', { what: 'fee' }]), says('Neighbour.'), handsBack());
  model.script('abroad', says('Abroad again.'), handsBack());
  expect(await send('m-1')).toMatchObject({ kind: 'reply', text: 'Abroad.' });
  expect(await send('m-2')).toMatchObject({ kind: 'reply', text: 'Neighbour.' });
  expect(await send('m-3')).toMatchObject({ kind: 'reply', text: 'Abroad again.' });
  expect(await send('m-4')).toMatchObject({ kind: 'reply', text: 'Welcome back.' });
  expect(paid).toEqual([`duty in ${id}`, `fee in ${id}`]);
  const { children = [] } = await stage.client.session(id).status();
  expect(children.map(({ agent, phase, reason }) => [agent, phase, reason])).toEqual([
    ['abroad', 'closed', 'handed_over'],
    ['front', 'closed', 'handed_over'],
    ['abroad', 'closed', 'handed_back'],
  ]);
  for (const { child } of children) {
    const { taskQueue } = await stage.temporal.workflow.getHandle(`${id}/${child}`).describe();
    expect(taskQueue).toBe(THERE);
  }
  expect(model.left()).toEqual([]);
});

test('what is asked there comes back checked by the schema that is known here', async () => {
  const { id, send } = talker();
  model.script('front', calls(['ask_surveyor', { task: 'count the rooms' }]), says('Three rooms.'));
  model.script('surveyor', calls(['give_result', { rooms: 3 }]), says('Given.'));
  expect(await send('m-1')).toMatchObject({ kind: 'reply', text: 'Three rooms.' });
  const items = await stage.client.session(id).wholeTranscript();
  expect(items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : []))).toMatchObject([
    { kind: 'succeeded', result: { rooms: 3 } },
  ]);
});

test('what its schema there refuses is not taken over: the model here is told, and keeps the user', async () => {
  const { send } = talker();
  model.script('front', calls(['transfer_to_abroad', { about: 'x' }]), says('I stay.'));
  expect(await send('m-1')).toMatchObject({ kind: 'reply', text: 'I stay.' });
  const said = model.asked
    .at(-1)
    ?.messages.map(({ content }) => content ?? '')
    .join('\n');
  expect(said).toMatch(/abroad did not take over, and you still have the conversation: .*customer/);
});
