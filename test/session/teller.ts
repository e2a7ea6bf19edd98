/**
 * A teller on a stage of its own: payments that people must approve, calls beside them that need none, and a journal of what ran. Its model calls what
 * the user's message lists: `pay a:5, look b` is two calls of one step.
 */
import { z } from 'zod';
import { defineAgent, defineTool, type Agent, type ApprovalOption, type Tool } from '../../agents';
import type { PendingApproval, PendingItem, SendResult, Session, SessionOptions } from '../../client';
import {
  callsTools,
  says,
  startScriptedOpenAI,
  type Script,
  type ScriptedCall,
  type ScriptedOpenAI,
} from '../../testing';
import { runsOf, type SessionRun } from '../../testing/run-chain';
import { Gate } from './gate';
import { failedTasks } from './history';
import { eventually, PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

/** A call that ran, as its tool saw it. */
export interface Ran {
  readonly sessionId: string;
  readonly callId: string;
  readonly tool: string;
  readonly args: { readonly name: string; readonly cents: number };
  /** Empty where it needed no approval. */
  readonly approvedBy: readonly string[];
}

export const TELLER = 'teller';
/** In the order they ran. */
export const ran: Ran[] = [];
/** Names whose next call fails in a way that says nothing, before anything is done. */
export const shaky = new Set<string>();
export let gate = new Gate();
export let model: ScriptedOpenAI;
export let stage: Stage;

const input = z.object({ name: z.string().max(40), cents: z.int().min(0) });

function payment(name: string, approval: ApprovalOption<z.output<typeof input>>): Tool {
  return defineTool({
    name,
    description: 'Pays.',
    effect: 'at-most-once',
    input,
    approval,
    run: (args, ctx) => {
      if (shaky.delete(args.name)) throw new Error('the connection broke');
      const { session, callId, approvedBy = [] } = ctx;
      ran.push({ sessionId: session.id, callId, tool: name, args, approvedBy });
      return { paid: args.name, cents: args.cents };
    },
  });
}

export const tools: readonly Tool[] = [
  payment('pay', { when: 'always', amount: ({ cents }) => cents, unit: 'cents' }),
  payment('pay_two', { when: 'always', approvals: 2 }),
  payment('pay_soon', { when: 'always', deadline: '1s', atDeadline: 'approve' }),
  payment('pay_or_not', { when: 'always', deadline: '2s', atDeadline: 'reject' }),
  payment('pay_now', 'never'),
  defineTool({
    name: 'look',
    description: 'Looks.',
    effect: 'read',
    input: z.object({ name: z.string() }),
    run: ({ name }) => `nothing to see at ${name}`,
  }),
  defineTool({
    name: 'wait',
    description: 'Takes its time.',
    effect: 'idempotent',
    input: z.object({ name: z.string() }),
    run: async ({ name }) => {
      await gate.pass();
      return { waited: name };
    },
  }),
];

/** The teller under another name, with what an agent says of messages that come while a turn runs. */
export function tellerNamed(name: string, more: Partial<Parameters<typeof defineAgent>[0]> = {}): Agent {
  return defineAgent({
    name,
    instructions: 'You pay.',
    model: 'gpt-5-mini',
    limits: { steps: 100, parallelCalls: 4 },
    detectors: { sameCall: false },
    tools,
    ...more,
  });
}

/** What the model answers: the calls that the user's message lists, and then how they ended. */
export const tellerScript: Script = {
  name: TELLER,
  turns: [],
  fallback: ({ user, position, results }) => {
    const listed = user.matchAll(/\b(pay\w*|look|wait) ([\w.-]+)(?::(\d+))?/g);
    const calls = [...listed].map(([, tool = '', name = '', cents = '1']): ScriptedCall => ({
      tool,
      arguments: tool.startsWith('pay') ? { name, cents: Number(cents) } : { name },
    }));
    if (position === 0 && calls.length > 0) return callsTools(...calls);
    return says(`${user}: ${results.map(({ text }) => text).join('; ')}`);
  },
};

/** Sets the stage up for the tests of the file that calls this. */
export function useTeller(agents: readonly Agent[] = [tellerNamed(TELLER)]): void {
  beforeAll(async () => {
    model = await startScriptedOpenAI({ script: tellerScript });
    stage = await startStage({ agents, modelUrl: model.url });
  });

  beforeEach(() => {
    ran.length = 0;
    shaky.clear();
    gate = new Gate();
  });

  afterEach(() => gate.open());

  afterAll(async () => {
    await stage?.stop();
    await model?.stop();
  });
}

export type Talk = Session & { say(text: string, messageId?: string): Promise<SendResult> };

/** A session of its own. */
export function newSession(options: Partial<SessionOptions> = {}, agent = TELLER): Talk {
  const session = stage.client.session(uniqueName(agent));
  const say: Talk['say'] = (text, messageId = uniqueName('m')) =>
    stage.client.send({ ...options, sessionId: session.id, agent, text, messageId }, { timeoutMs: 2 * PATIENCE_MS });
  return Object.assign(session, { say });
}

/** Resolves once so many calls wait for approval. @returns them, in the order of the plan. */
export function untilAsked(session: Session, count: number): Promise<readonly PendingApproval[]> {
  return eventually(`${count} calls of ${session.id} to wait for approval`, async () => {
    const asked = approvalsOf(await session.pending());
    return asked.length === count ? asked : undefined;
  });
}

export function approvalsOf(pending: readonly PendingItem[]): readonly PendingApproval[] {
  return pending.flatMap(({ approval }) => (approval ? [approval] : []));
}

/** What ran in a session. */
export const ranIn = ({ id }: Session): readonly Ran[] => ran.filter(({ sessionId }) => sessionId === id);

/** Looks for what no session may have in any of its runs. @returns them. */
export async function inspect(session: Session): Promise<readonly SessionRun[]> {
  const runs = await runsOf(stage.temporal, session.id);
  for (const { history } of runs) expect(failedTasks(history)).toEqual([]);
  expect(await stage.replayAll(runs.map(({ runId: workflowId, history }) => ({ workflowId, history })))).toEqual({});
  const items = await session.wholeTranscript();
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
  const ended = items.flatMap((item) => (item.kind === 'outcome' ? [item.callId] : []));
  expect(ended.sort()).toEqual(asked.sort());
  return runs;
}
