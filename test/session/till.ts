/** A till on a stage of its own: payments that cannot be asked about, and what tests of waiting for a person do with them. */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import { HoldfastError, type ConversationItem, type PendingItem, type SendResult, type Session } from '../../client';
import { chatBody, startScriptedServer, type ScriptedServer } from '../activities/model/scripted-server';
import { Gate } from './gate';
import { activities, failedTasks, fetchHistory } from './history';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from './stage';

export let model: ScriptedServer;
export let stage: Stage;
/** What was done and undone at the destination, in order. */
export let done: string[];
/** Names whose payment fails in a way that says nothing. */
export let shaky: Set<string>;
export let gate: Gate;

const input = z.object({ name: z.string() });
export const till = defineAgent({
  name: 'till',
  instructions: 'You take money.',
  model: 'gpt-5-mini',
  tools: [
    defineTool({
      name: 'pay',
      description: 'Takes a payment that cannot be asked about.',
      effect: 'at-most-once',
      input,
      output: z.object({ receipt: z.number() }),
      run: ({ name }) => {
        if (shaky.delete(name)) throw new Error('the connection broke');
        done.push(`pay ${name}`);
        return { receipt: 1 };
      },
      compensate: {
        effect: 'at-most-once',
        run: ({ name }) => {
          if (shaky.delete(`refund ${name}`)) throw new Error('the connection broke');
          done.push(`refund ${name}`);
          return { refunded: name };
        },
      },
    }),
    defineTool({
      name: 'wait',
      description: 'Takes its time.',
      effect: 'idempotent',
      input,
      run: async ({ name }) => {
        await gate.pass();
        done.push(`wait ${name}`);
        return {};
      },
    }),
  ],
});

/** Sets the stage up for the tests of the file that calls this. */
export function useTill(): void {
  beforeAll(async () => {
    model = await startScriptedServer();
    stage = await startStage({ agents: [till], modelUrl: model.url });
  });

  beforeEach(() => {
    done = [];
    shaky = new Set();
    gate = new Gate();
  });

  afterEach(() => gate.open());

  afterAll(async () => {
    await stage?.stop();
    await model?.close();
  });
}

export type Call = readonly [tool: string, name: string];

/** Scripts one answer of the model that calls tools, and then texts. */
export function modelSays(calls: readonly Call[], ...texts: readonly string[]): void {
  model.script(
    {
      body: chatBody({ calls: calls.map(([name, who]) => ({ name, arguments: JSON.stringify({ name: who }) })) }),
    },
    ...texts.map((text) => ({ body: chatBody({ text }) })),
  );
}

export interface Waiting {
  readonly session: Session;
  readonly first: SendResult;
  readonly pending: readonly PendingItem[];
}

/** A session that waits for a person on each of the payments `names`. */
export async function waitingFor(names: readonly string[], ...texts: readonly string[]): Promise<Waiting> {
  for (const name of names) shaky.add(name);
  modelSays(
    names.map((name) => ['pay', name]),
    ...texts,
  );
  const session = stage.client.session(uniqueName('waiting'));
  const first = await send(session, 'm-1', 'pay, please');
  const pending = await eventually('all to wait', async () => {
    const found = await session.pending();
    return found.length === names.length ? found : undefined;
  });
  return { session, first, pending };
}

export function send(session: Session, messageId: string, text: string): Promise<SendResult> {
  const message = { sessionId: session.id, agent: 'till', text, messageId };
  return within(PATIENCE_MS, `the answer to ${messageId}`, stage.client.send(message, { timeoutMs: PATIENCE_MS }));
}

export const outcomes = (items: readonly ConversationItem[]) =>
  items.flatMap((item) => (item.kind === 'outcome' ? [item.outcome] : []));
export const idOf = (pending: readonly PendingItem[], index = 0) => pending[index]?.call?.callId ?? '';

/** Ends the session where it is open, and looks for what no session may have: a failed workflow task, or a history that does not replay. */
export async function inspect(session: Session): Promise<ReturnType<typeof activities>> {
  await session.end().catch((error: unknown) => expect(error).toBeInstanceOf(HoldfastError));
  await session.result({ timeoutMs: PATIENCE_MS }).catch(() => undefined);
  const history = await fetchHistory(stage.temporal, session.id);
  expect(failedTasks(history)).toEqual([]);
  expect(await stage.replayAll([{ workflowId: session.id, history }])).toEqual({});
  return activities(history);
}
