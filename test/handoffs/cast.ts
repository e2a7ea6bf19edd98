/** Agents that hand users to one another, each with a script of its own, on a stage with a real server. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { defineAgent, defineTool, delegateTo, handoffTo, ToolError, type Agent } from '../../agents';
import type { AnswerResult, SendResult, Session } from '../../client';
import type { ConversationItem } from '../../workflows/contracts';
import { familyRunsOf } from '../../testing/run-chain';
import { chatBody } from '../activities/model/scripted-server';
import { replayAll } from '../replay/replay';
import { Gate } from '../session/gate';
import { failedTasks } from '../session/history';
import { eventually, PATIENCE_MS, startStage, uniqueName, within, type Stage } from '../session/stage';

/** One answer of a model: words, calls, or what is to happen before it. */
export type Line =
  | { readonly says: string; readonly after?: Gate; readonly usage?: object }
  | {
      readonly calls: readonly (readonly [tool: string, args: object])[];
      readonly after?: Gate;
      readonly usage?: object;
    }
  | { readonly status: number; readonly message: string };

export interface CastModel {
  readonly url: string;
  /** Requests by agent, as they came. */
  readonly asked: {
    readonly agent: string;
    readonly messages: readonly Message[];
    readonly tools: readonly string[];
  }[];
  /** Adds to what an agent answers, in this order. */
  script(agent: string, ...lines: readonly Line[]): void;
  /** Lines that nobody came for. */
  left(): readonly string[];
  close(): Promise<void>;
}

export interface Message {
  readonly role: string;
  readonly content: string | null;
}

/** A model that tells agents apart by their instructions: `You are <name>.` */
export async function startCastModel(): Promise<CastModel> {
  const asked: CastModel['asked'] = [];
  const lines = new Map<string, Line[]>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        messages: readonly Message[];
        tools?: readonly { function: { name: string } }[];
      };
      const agent = /^You are ([a-z]+)\./.exec(body.messages[0]?.content ?? '')?.[1] ?? 'nobody';
      asked.push({ agent, messages: body.messages, tools: (body.tools ?? []).map((tool) => tool.function.name) });
      const line: Line = lines.get(agent)?.shift() ?? { status: 400, message: `the script of ${agent} is over` };
      const send = (status: number, answer: object) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      };
      if ('status' in line) return send(line.status, { error: { message: line.message } });
      const { usage } = line;
      const answer = chatBody({
        ...('says' in line
          ? { text: line.says }
          : { calls: line.calls.map(([name, args]) => ({ name, arguments: JSON.stringify(args) })) }),
        ...(usage ? { usage } : {}),
      });
      void (line.after?.pass() ?? Promise.resolve()).then(() => send(200, answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    script: (agent, ...more) => void lines.set(agent, [...(lines.get(agent) ?? []), ...more]),
    left: () => [...lines].flatMap(([agent, rest]) => rest.map(() => agent)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export let model: CastModel;
export let stage: Stage;
/** What tools did, in order, and where they wait. */
export let done: string[];
export let gate: Gate;

const what = z.object({ what: z.string() });
const about = z.object({ about: z.string() });

const pay = defineTool({
  name: 'pay',
  description: 'Pays.',
  effect: 'idempotent',
  input: what,
  key: ({ what: it }) => `pay:${it}`,
  run: async ({ what: it }, { session, idempotencyKey }) => {
    await gate.pass();
    done.push(`pay ${it} in ${session.id} under ${idempotencyKey}`);
    return { paid: it };
  },
  compensate: { effect: 'idempotent', run: ({ what: it }) => void done.push(`unpay ${it}`) },
});
const buy = defineTool({
  name: 'buy',
  description: 'Needs leave.',
  effect: 'idempotent',
  approval: 'always',
  input: what,
  run: ({ what: it }) => {
    done.push(`buy ${it}`);
    return { bought: it };
  },
});
const look = defineTool({
  name: 'look',
  description: 'Looks something up, and notes whose it is.',
  effect: 'read',
  usesState: true,
  input: what,
  run: ({ what: it }, { state }) => {
    state?.patch({ customer: `owner of ${it}` });
    state?.establish(`${it} is there`);
    return { found: it };
  },
});
const fail = defineTool({
  name: 'fail',
  description: 'Fails.',
  effect: 'read',
  input: what,
  run: () => {
    throw new ToolError('out of order');
  },
});

const state = z.object({ customer: z.string().optional(), order: z.string().optional() });
const base = (name: string) => ({ name, instructions: `You are ${name}.`, model: 'gpt-5-mini', state });

/** Of every worker of this stage. */
export const agents: readonly Agent[] = [
  defineAgent({
    ...base('front'),
    tools: [look, pay, buy],
    handoffs: [
      handoffTo('orders', { brief: about }),
      handoffTo('strict', { brief: about }),
      handoffTo('far', { brief: about, taskQueue: 'nobody-is-here', acceptWithin: '2s' }),
      handoffTo('narrow', { brief: about, tools: ['look'] }),
    ],
    delegates: [
      delegateTo('reader', { output: z.object({ found: z.string(), pages: z.number().int().min(1) }) }),
      delegateTo('writer'),
      delegateTo('clerk'),
    ],
    limits: { steps: 20 },
  }),
  defineAgent({
    ...base('orders'),
    tools: [look, pay, buy, fail],
    handoffs: [handoffTo('refunds', { brief: about }), handoffTo('front', { brief: about })],
  }),
  defineAgent({
    ...base('refunds'),
    tools: [pay, buy],
    handoffs: [handoffTo('orders', { brief: about }), handoffTo('strict', { brief: about })],
  }),
  // What it is handed has to name a customer.
  defineAgent({ ...base('strict'), state: z.object({ customer: z.string() }), tools: [look] }),
  defineAgent({
    ...base('narrow'),
    tools: [look, pay, buy],
    handoffs: [handoffTo('refunds', { brief: about, tools: ['pay'] })],
  }),
  defineAgent({ ...base('reader'), tools: [look], delegates: [delegateTo('clerk')] }),
  defineAgent({ ...base('writer'), tools: [look] }),
  defineAgent({ ...base('clerk'), tools: [pay, buy], delegates: [delegateTo('clerk')] }),
];

/** Sets the stage up for the tests of the file that calls this. */
export function useCast(more: { readonly ui?: boolean } = {}): void {
  beforeAll(async () => {
    model = await startCastModel();
    stage = await startStage({ agents, modelUrl: model.url, ...more });
  });
  beforeEach(() => {
    done = [];
    gate = new Gate();
    gate.open();
    model.asked.length = 0;
  });
  afterEach(() => gate.open());
  afterAll(async () => {
    await stage?.stop();
    await model?.close();
  });
}

/** Makes tools wait until the test lets them go on. */
export function shut(): void {
  gate = new Gate();
}

export interface Talk {
  readonly session: Session;
  send(messageId: string, text?: string): Promise<SendResult>;
  /** The recorded answer, once there is one. */
  answer(messageId: string): Promise<SendResult>;
}

export function talkTo(agent = 'front', more: object = {}): Talk {
  const session = stage.client.session(uniqueName(agent));
  return {
    session,
    send: (messageId, text = `text of ${messageId}`) =>
      within(
        PATIENCE_MS,
        `the answer to ${messageId}`,
        stage.client.send({ sessionId: session.id, agent, text, messageId, ...more }, { timeoutMs: PATIENCE_MS }),
      ),
    answer: (messageId) =>
      eventually(`the recorded answer to ${messageId}`, async () => {
        const found: AnswerResult = await session.answer(messageId);
        return found.kind === 'answered' ? found.answer : undefined;
      }),
  };
}

export function says(text: string): Line {
  return { says: text };
}

export function calls(...wanted: readonly (readonly [tool: string, args: object])[]): Line {
  return { calls: wanted };
}

/** The conversation in one line for each item. */
export function lines(items: readonly ConversationItem[]): readonly string[] {
  return items.map((item) => {
    switch (item.kind) {
      case 'user':
        return `user: ${item.text}`;
      case 'assistant':
        return item.calls
          ? `${item.agent} calls: ${item.calls.map(({ tool }) => tool).join(' ')}`
          : `${item.by ?? item.agent}: ${item.text ?? ''}`;
      case 'outcome':
        return `outcome: ${item.tool} ${item.outcome.kind}`;
      case 'note':
        return `${item.audience}: ${item.reason}`;
      case 'state':
        return `state: ${item.cause.kind}`;
    }
  });
}

/** Ends the session where it is open, and looks for what no family may have: a failed workflow task, a call without its one outcome, a history that does not replay. */
export async function inspect({ session }: Talk): Promise<void> {
  await session.end({ by: 'the test' }).catch(() => undefined);
  await session.result({ timeoutMs: PATIENCE_MS }).catch(() => undefined);
  const runs = await familyRunsOf(stage.temporal, session.id);
  for (const { workflowId, history } of runs) {
    expect({ workflowId, failed: failedTasks(history) }).toEqual({ workflowId, failed: [] });
  }
  expect(await replayAll(runs.map(({ runId: workflowId, history }) => ({ workflowId, history })))).toEqual({});
  for (const path of new Set(runs.map(({ workflowId }) => workflowId.slice(session.id.length + 1)))) {
    const items = await (path === '' ? session : session.child(path)).wholeTranscript();
    const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
    const ended = items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
    expect({ path, ended: ended.sort() }).toEqual({ path, ended: asked.sort() });
  }
}
