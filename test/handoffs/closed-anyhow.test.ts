/** Children that close in a way that no session of ours does: the workflow of another, by the name of ours, or one of another version. */
import { z } from 'zod';
import { defineAgent, delegateTo, handoffTo } from '../../agents';
import { failedTasks, fetchHistory } from '../session/history';
import { json } from '../session/raw-payloads';
import { PATIENCE_MS, startStage, uniqueName, type Stage } from '../session/stage';
import { calls, says, startCastModel, type CastModel } from './cast-model';

const THERE = `closing-${process.pid}`;
const there = { taskQueue: THERE, acceptWithin: '60s' } as const;

let model: CastModel;
let stage: Stage;

beforeAll(async () => {
  model = await startCastModel();
  const front = defineAgent({
    name: 'front',
    instructions: 'You are front.',
    model: 'gpt-5-mini',
    handoffs: [handoffTo('abroad', { brief: z.object({ about: z.string() }), ...there })],
    delegates: [delegateTo('surveyor', there)],
  });
  stage = await startStage({ agents: [front], modelUrl: model.url });
});
beforeEach(() => model.clear());
afterAll(async () => {
  await stage?.stop();
  await model?.close();
});

/** Takes the one task that is there, and answers it with a command. */
async function close(command: object): Promise<void> {
  const { workflowService: service, connection } = stage.temporal;
  const poll = () =>
    service.pollWorkflowTaskQueue({ namespace: 'default', taskQueue: { name: THERE }, identity: 'a stranger' });
  const { taskToken } = await connection.withDeadline(Date.now() + PATIENCE_MS, poll);
  await service.respondWorkflowTaskCompleted({ namespace: 'default', taskToken, commands: [command] });
}

const completed = (text: string) => ({
  commandType: 4,
  completeWorkflowExecutionCommandAttributes: { result: { payloads: [json(text)] } },
});
const failed = (failure: object) => ({ commandType: 5, failWorkflowExecutionCommandAttributes: { failure } });

const spent = { tokens: 0, microUsd: 0, modelCalls: 0 };
const usage = { ...spent, toolCalls: 0, inputTokens: 0, outputTokens: 0, unpricedCalls: 0, cutOffMicroUsd: 0 };
const END = { kind: 'over', seq: 1, usage, spent, changes: [], undoable: [] };
const PROPOSAL = { callId: 't1.s1.c1', tool: 'transfer_to_x', summary: 's', to: 'x', brief: {} };
const NESTED = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;

const result = (child: object, more: object = {}) =>
  completed(
    JSON.stringify({ status: 'stopped', reason: 'x', turns: 0, usage, ...more, child: { ...END, ...child } }).replace(
      '"NESTED"',
      NESTED,
    ),
  );
const handsOver = (more: object) =>
  result({ kind: 'transfer', carry: { v: 1 }, proposal: { ...PROPOSAL, taskQueue: THERE, ...more } });

const WAYS: readonly (readonly [how: string, command: object])[] = [
  ['without a result', { commandType: 4, completeWorkflowExecutionCommandAttributes: {} }],
  ['with null', completed('null')],
  ['with words that are none', result({}, { reason: 5, answer: {} })],
  ['with a value that is nested without end', result({ kind: 'done', value: 'NESTED' })],
  ['with calls that can be undone by nothing', result({ undoable: [{ callId: 'x', tool: 5, policy: {} }] })],
  ['to hand over to a task queue of no name', handsOver({ taskQueue: 'x'.repeat(3_000) })],
  ['to hand over to a task queue of the server’s own', handsOver({ taskQueue: '/_sys/x/1' })],
  ['to hand over with grants that are none', handsOver({ grants: { only: 5 } })],
  ['with a failure that the SDK cannot read', failed({ message: 'x', activityFailureInfo: {} })],
  [
    'with a failure whose cause the SDK cannot read',
    failed({
      message: 'x',
      applicationFailureInfo: {},
      cause: { message: 'y', childWorkflowExecutionFailureInfo: {} },
    }),
  ],
];

test.each(WAYS)(
  'a delegate that closes %s has answered nothing, and its session goes on, in run after run',
  async (_, way) => {
    const sessionId = uniqueName('front');
    model.script('front', calls(['ask_surveyor', { task: 'x' }]), says('One.'), says('Two.'), says('Three.'));
    const send = (messageId: string) =>
      stage.client.send(
        { sessionId, agent: 'front', messageId, text: messageId, continueAfter: { updates: 2 } },
        { timeoutMs: PATIENCE_MS },
      );
    const [first] = await Promise.all([send('m-1'), close(way)]);
    expect(first).toMatchObject({ kind: 'reply', text: 'One.' });
    expect(await send('m-2')).toMatchObject({ kind: 'reply', text: 'Two.' });
    expect(await send('m-3')).toMatchObject({ kind: 'reply', text: 'Three.' });
    expect(failedTasks(await fetchHistory(stage.temporal, sessionId))).toEqual([]);
  },
);

test('an agent that closes in place of taking over leaves the user where they are', async () => {
  const sessionId = uniqueName('front');
  model.script('front', calls(['transfer_to_abroad', { about: 'x' }]), says('One.'));
  const sent = stage.client.send({ sessionId, agent: 'front', text: 'x' }, { timeoutMs: PATIENCE_MS });
  await close(completed('null'));
  expect(await sent).toMatchObject({ kind: 'reply', text: 'One.' });
  const { children = [] } = await stage.client.session(sessionId).status();
  expect(children).toMatchObject([{ agent: 'abroad', phase: 'closed', reason: 'failed' }]);
});
