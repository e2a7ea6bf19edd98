/** A clerk on a stage of its own, for sessions that go on in run after run: what it does can fail, be undone and take its time. */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import type { ConversationItem, SendResult, Session, SessionOptions } from '../../client';
import type { ContinueAfter } from '../../workflows/contracts';
import { callsTool, callsTools, says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import { runsOf, type SessionRun } from '../../testing/run-chain';
import { Gate } from './gate';
import { failedTasks } from './history';
import { PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

/** What was done and undone at the destination, in order. */
export const done: string[] = [];
/** Names whose payment fails in a way that says nothing, so often. */
export const shaky = new Map<string, number>();
export let gate = new Gate();
export let model: ScriptedOpenAI;
export let stage: Stage;

const input = z.object({ name: z.string() });
const shakily = (what: string, name: string): { did: string } => {
  const left = shaky.get(name) ?? 0;
  shaky.set(name, left - 1);
  if (left > 0) throw new Error('the connection broke');
  done.push(`${what} ${name}`);
  return { did: `${what} ${name}` };
};
const clerk = defineAgent({
  name: 'clerk',
  instructions: 'You write things down and take money.',
  model: 'gpt-5-mini',
  limits: { steps: 500, parallelCalls: 4 },
  tools: [
    defineTool({
      name: 'note',
      description: 'Writes something down.',
      effect: 'idempotent',
      input: z.object({ name: z.string(), size: z.int().optional() }),
      run: ({ name, size = 0 }) => {
        done.push(`note ${name}`);
        return { noted: name, filler: 'x'.repeat(size) };
      },
    }),
    defineTool({
      name: 'pay',
      description: 'Takes a payment that cannot be asked about.',
      effect: 'at-most-once',
      input,
      run: ({ name }) => shakily('pay', name),
      compensate: { effect: 'at-most-once', run: ({ name }) => shakily('refund', `${name}!`) },
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
export function useClerk(): void {
  beforeAll(async () => {
    model = await startScriptedOpenAI({
      script: {
        name: 'clerk',
        turns: [],
        fallback: ({ user, position }) => {
          const [, tool = '', from = '', count = '1', size = '0'] =
            /^(\w+) (\S+)(?: x(\d+))?(?: of (\d+))?$/.exec(user) ?? [];
          const name = (index: number) => `${from}.${index}`;
          if (tool === 'note' && position < Number(count)) {
            return callsTool('note', { name: name(position + 1), ...(size === '0' ? {} : { size: Number(size) }) });
          }
          if ((tool === 'pay' || tool === 'wait') && position === 0) {
            return callsTools(
              ...Array.from({ length: Number(count) }, (_, index) => ({ tool, arguments: { name: name(index + 1) } })),
            );
          }
          return says(`did ${user}`);
        },
      },
    });
    stage = await startStage({ agents: [clerk], modelUrl: model.url });
  });

  beforeEach(() => {
    done.length = 0;
    shaky.clear();
    gate = new Gate();
  });

  afterEach(() => gate.open());

  afterAll(async () => {
    await stage?.stop();
    await model?.stop();
  });
}

export const sending = { timeoutMs: 2 * PATIENCE_MS };

/** A session that goes on in a new run so soon. */
export function newSession(continueAfter: ContinueAfter, limits?: SessionOptions['limits']): Talk {
  const session = stage.client.session(uniqueName('continued'));
  const say: Talk['say'] = (text, messageId = uniqueName('m')) =>
    stage.client.send({ sessionId: session.id, agent: 'clerk', continueAfter, limits, text, messageId }, sending);
  return Object.assign(session, { say });
}

type Talk = Session & { say(text: string, messageId?: string): Promise<SendResult> };

/** Looks for what no session may have in any of its runs. @returns them. */
export async function inspect(session: Session): Promise<readonly SessionRun[]> {
  const runs = await runsOf(stage.temporal, session.id);
  for (const { history } of runs) expect(failedTasks(history)).toEqual([]);
  expect(await stage.replayAll(runs.map(({ runId: workflowId, history }) => ({ workflowId, history })))).toEqual({});
  const items = await session.wholeTranscript();
  const asked = items.flatMap((item) => (item.kind === 'assistant' ? (item.calls ?? []).map(({ id }) => id) : []));
  expect(
    outcomes(items)
      .map(({ callId }) => callId)
      .sort(),
  ).toEqual(asked.sort());
  return runs;
}

export const outcomes = (items: readonly ConversationItem[]) =>
  items.flatMap((item) => (item.kind === 'outcome' ? [item] : []));
export const numbered = (what: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${what}.${index + 1}`);
