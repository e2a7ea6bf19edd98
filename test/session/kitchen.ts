/** A kitchen on a stage of its own: cooks that wait for the test, and a model that waits too, for what people do in the middle of a turn. */
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { defineAgent, defineTool, NotApplied, ToolError, type AgentSpec } from '../../agents';
import { HoldfastError, type AnswerResult, type SendResult, type Session, type SessionOptions } from '../../client';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { runsOf } from '../../testing/run-chain';
import { Gate } from './gate';
import { activities, failedTasksUnforced, type RecordedActivity } from './history';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';

export let model: ScriptedServer;
export let stage: Stage;
/** What was done, in order. */
export let done: string[];
/** Where `cook` waits. */
export let gate: Gate;
/** Where a model call waits that `thinks` scripted. */
export let thought: Gate;

const input = z.object({ what: z.string() });
const tools = [
  defineTool({
    name: 'cook',
    description: 'Takes its time, and is not to be stopped.',
    effect: 'idempotent',
    input,
    run: async ({ what }) => {
      await gate.pass();
      done.push(`cook ${what}`);
      return { cooked: what };
    },
  }),
  defineTool({
    name: 'stir',
    description: 'Goes on until it is told to stop, and changes nothing.',
    effect: 'read',
    input,
    run: (_args, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('told to stop')))),
  }),
  defineTool({
    name: 'buy',
    description: 'Needs leave.',
    effect: 'idempotent',
    approval: 'always',
    input,
    run: ({ what }) => {
      done.push(`buy ${what}`);
      return { bought: what };
    },
  }),
  defineTool({
    name: 'order',
    description: 'Finds nobody at home, and tries again much later.',
    effect: 'idempotent',
    retry: { attempts: 3, initialInterval: '60s' },
    input,
    run: ({ what }) => {
      done.push(`order ${what}`);
      throw new NotApplied('nobody at home');
    },
  }),
  defineTool({
    name: 'burn',
    description: 'Fails.',
    effect: 'idempotent',
    input,
    run: () => {
      throw new ToolError('the oven is out of order');
    },
  }),
];
const cook = (name: string, more: Pick<AgentSpec, 'messages' | 'whileWaiting'> = {}) =>
  defineAgent({ name, instructions: 'You cook.', model: 'gpt-5-mini', tools, ...more });

/** Of every worker of this stage. */
export const agents = [
  cook('patient'),
  cook('steered', { messages: 'steer' }),
  cook('interrupted', { messages: 'interrupt' }),
  cook('withdrawing', { messages: 'steer', whileWaiting: 'withdraw' }),
];

/** Sets the stage up for the tests of the file that calls this. */
export function useKitchen(): void {
  beforeAll(async () => {
    model = await startScriptedServer();
    stage = await startStage({ agents, modelUrl: model.url });
  });

  beforeEach(() => {
    done = [];
    gate = new Gate();
    thought = new Gate();
  });

  afterEach(() => {
    gate.open();
    thought.open();
  });

  afterAll(async () => {
    await stage?.stop();
    await model?.close();
  });
}

/** One answer of the model that calls tools. */
export function calls(...wanted: readonly (readonly [tool: string, what: string])[]): void {
  const asked = wanted.map(([name, what]) => ({ name, arguments: JSON.stringify({ what }) }));
  model.script({ body: chatBody({ calls: asked }) });
}

export function says(...texts: readonly string[]): void {
  model.script(...texts.map((text) => ({ body: chatBody({ text }) })));
}

/** One answer of the model that comes when the test opens `thought`. */
export function thinks(text: string): void {
  model.script((response: ServerResponse) => {
    void thought.pass().then(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(chatBody({ text })));
    });
  });
}

/** A session with an agent of the kitchen. */
export interface Talk {
  readonly session: Session;
  send(messageId: string, text?: string): Promise<SendResult>;
  /** The recorded answer, once there is one. */
  answer(messageId: string): Promise<SendResult>;
}

export function talkTo(agent: string, options: Partial<SessionOptions> = {}): Talk {
  const session = stage.client.session(uniqueName(agent));
  return {
    session,
    send: (messageId, text = `text of ${messageId}`) =>
      within(
        PATIENCE_MS,
        `the answer to ${messageId}`,
        stage.client.send({ ...options, sessionId: session.id, agent, text, messageId }, { timeoutMs: PATIENCE_MS }),
      ),
    answer: (messageId) =>
      eventually(`the recorded answer to ${messageId}`, async () => {
        const found: AnswerResult = await session.answer(messageId);
        return found.kind === 'answered' ? found.answer : undefined;
      }),
  };
}

/** Sends a message that nobody waits for, and resolves once it was taken in. */
export async function drop(talk: Talk, messageId: string, text?: string): Promise<void> {
  talk.send(messageId, text).catch(() => undefined);
  await eventually(`${messageId} to be taken in`, async () =>
    (await talk.session.answer(messageId)).kind === 'unknown_message' ? undefined : true,
  );
}

/** The id of the call of a tool that the session has made last. */
export function callOf(talk: Talk, tool: string): Promise<string> {
  return eventually(`a call of ${tool}`, async () => {
    const { recent } = await talk.session.status();
    return recent.findLast(({ kind, name }) => kind === 'tool' && name === tool)?.id;
  });
}

/** The conversation in one line for each item. */
export async function told({ session }: Talk): Promise<readonly string[]> {
  return (await session.wholeTranscript()).map((item) => {
    switch (item.kind) {
      case 'user':
        return `user: ${item.text}`;
      case 'assistant':
        return item.calls
          ? `calls: ${item.calls.map(({ tool }) => tool).join(' ')}`
          : `${item.by ?? 'agent'}: ${item.text ?? ''}`;
      case 'outcome':
        return `outcome: ${item.tool} ${item.outcome.kind}`;
      case 'note':
        return `${item.audience}: ${item.reason}`;
      case 'state':
        return `state: ${item.cause.kind}`;
    }
  });
}

/**
 * Ends the session where it is open, and looks for what no session may have: a failed workflow task, a call without an outcome, a message without an answer,
 * or a history that does not replay.
 */
export async function inspect({ session }: Talk): Promise<readonly RecordedActivity[]> {
  await session.end({ by: 'the test' }).catch((error: unknown) => expect(error).toBeInstanceOf(HoldfastError));
  await session.result({ timeoutMs: PATIENCE_MS }).catch(() => undefined);
  const runs = await runsOf(stage.temporal, session.id);
  for (const { history } of runs) {
    expect(failedTasksUnforced(history)).toEqual([]);
  }
  expect(await stage.replayAll(runs.map(({ runId: workflowId, history }) => ({ workflowId, history })))).toEqual({});
  const items = await session.wholeTranscript({ timeoutMs: 3 * PATIENCE_MS });
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
  const ended = items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
  expect(ended.sort()).toEqual(asked.sort());
  for (const item of items) {
    if (item.kind === 'user') expect(await session.answer(item.messageId)).toMatchObject({ kind: 'answered' });
  }
  return runs.flatMap(({ history }) => activities(history));
}
