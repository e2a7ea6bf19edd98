/**
 * A deploy under open sessions (scenario S20): prompt, tool schema and policy change and a tool is gone, while sessions wait for their
 * user and while one is in the middle of a turn. All go on, and their histories replay on a worker that knows none of it.
 */
import { z } from 'zod';
import { defineAgent, defineTool, type Agent } from '../../agents';
import { callsTool, callsTools, says, startScriptedOpenAI, type ScriptedOpenAI } from '../../testing';
import {
  MODEL_CALL_ACTIVITY,
  type DefinitionRecord,
  type ModelTurn,
  type ToolCallReport,
} from '../../workflows/contracts';
import { replayAll, type NamedHistory } from '../replay/replay';
import { Gate } from './gate';
import { activities, failedTasks, fetchHistory, type History } from './history';
import { rebuildRequests } from './rebuild-requests';
import { PATIENCE_MS, startStage, uniqueName, type Stage } from './stage';

const gate = new Gate();
const effects: string[] = [];

/** Yesterday's agent. One call at a time, so that the deploy comes between two calls of one step. */
const before = defineAgent({
  name: 'clerk',
  instructions: 'You are the clerk of yesterday.',
  model: 'gpt-5-mini',
  limits: { parallelCalls: 1, steps: 5 },
  tools: [
    defineTool({
      name: 'file_form',
      description: 'Files a form.',
      effect: 'idempotent',
      input: z.object({ form: z.string() }),
      run: async ({ form }) => {
        if (form === 'slow') await gate.pass();
        effects.push(`filed ${form}`);
        return { filed: form };
      },
    }),
    defineTool({
      name: 'shred',
      description: 'Shreds a form.',
      effect: 'idempotent',
      rolloutWindow: '600ms',
      input: z.object({ form: z.string() }),
      run: ({ form }) => {
        effects.push(`shredded ${form}`);
        return { shredded: form };
      },
    }),
    defineTool({
      name: 'stamp',
      description: 'Stamps a form.',
      effect: 'read',
      input: z.object({ colour: z.string() }),
      run: ({ colour }) => ({ colour }),
    }),
  ],
});

/** Today's: other words, a stricter schema for `stamp`, another policy for `file_form`, no `shred`. */
const after = defineAgent({
  name: 'clerk',
  instructions: 'You are the clerk of today.',
  model: 'gpt-5-mini',
  limits: { parallelCalls: 4, steps: 7 },
  tools: [
    defineTool({
      name: 'file_form',
      description: 'Files a form, for good.',
      effect: 'idempotent',
      retry: { attempts: 7 },
      timeout: '5s',
      input: z.object({ form: z.string(), copies: z.number().default(1) }),
      run: ({ form, copies }) => {
        effects.push(`filed ${form} x${copies}`);
        return { filed: form, copies };
      },
    }),
    defineTool({
      name: 'stamp',
      description: 'Stamps a form.',
      effect: 'read',
      input: z.object({ colour: z.enum(['red', 'blue']) }),
      run: ({ colour }) => ({ colour }),
    }),
  ],
});

let model: ScriptedOpenAI;
let stage: Stage;

beforeAll(async () => {
  model = await startScriptedOpenAI({
    script: {
      name: 'clerk',
      turns: [
        {
          user: 'work',
          answers: [
            callsTools(
              { tool: 'file_form', arguments: { form: 'slow' } },
              { tool: 'shred', arguments: { form: 'slow' } },
              { tool: 'stamp', arguments: { colour: 'green' } },
              { tool: 'file_form', arguments: { form: 'next' } },
            ),
            (request) => says(request.results.map(({ tool, text }) => `${tool}: ${text}`).join('\n')),
          ],
        },
        { user: 'file', answers: [callsTool('file_form', { form: 'quick' }), says('Filed.')] },
        {
          user: 'shred',
          answers: [callsTool('shred', { form: 'quick' }), (request) => says(request.results[0]?.text ?? '')],
        },
      ],
    },
  });
  stage = await startStage({ agents: [before], modelUrl: model.url });
});

afterAll(async () => {
  gate.open();
  await stage?.stop();
  await model?.stop();
});

const send = (sessionId: string, text: string) =>
  stage.client.send({ sessionId, agent: 'clerk', text }, { timeoutMs: PATIENCE_MS });

/** The definitions a session recorded, in order. */
function definitionsIn(history: History): readonly DefinitionRecord[] {
  return activities(history)
    .filter(({ type }) => type === MODEL_CALL_ACTIVITY)
    .flatMap(({ result }) => (result as ModelTurn | undefined)?.definition ?? []);
}

test('open sessions and one in mid-turn finish under the new definition, which is recorded once', async () => {
  const idle = Array.from({ length: 50 }, () => uniqueName('idle'));
  const filed = await Promise.all(idle.map((sessionId) => send(sessionId, 'file')));
  expect(filed.map((answer) => answer.kind === 'reply' && answer.text)).toEqual(idle.map(() => 'Filed.'));
  const busy = uniqueName('busy');
  const answering = send(busy, 'work');
  await gate.reached();

  // The new worker comes up while the old one still holds a call; the old one drains with it.
  const deployed = await stage.startWorker({ agents: [after] satisfies readonly Agent[] });
  const drained = stage.worker.stop();
  gate.open();
  await drained;

  const answer = await answering;
  expect(answer).toMatchObject({ kind: 'reply', turn: 1 });
  const lines = answer.kind === 'reply' ? answer.text.split('\n') : [];
  expect(lines[0]).toContain('{"filed":"slow"}');
  expect(lines[1]).toMatch(
    /^shred: .*shred was not run: agent clerk has no tool shred\. The tools that exist: file_form, stamp\./,
  );
  expect(lines[2]).toMatch(/^stamp: .*stamp was not run: .*colour/);
  expect(lines[3]).toContain('{"filed":"next","copies":1}');
  expect(effects.filter((effect) => effect.includes('slow') || effect.includes('next'))).toEqual([
    'filed slow',
    'filed next x1',
  ]);

  const busyHistory = await fetchHistory(stage.temporal, busy);
  expect(
    activities(busyHistory)
      .filter(({ type }) => type !== MODEL_CALL_ACTIVITY)
      .map(({ type, result }) => {
        const { outcome } = result as ToolCallReport;
        return [type, outcome.kind, outcome.kind === 'rejected' ? outcome.reason : ''];
      }),
  ).toEqual([
    ['file_form', 'succeeded', ''],
    ['shred', 'rejected', 'tool_missing'],
    ['stamp', 'rejected', 'invalid_arguments'],
    ['file_form', 'succeeded', ''],
  ]);
  await send(busy, 'file');

  // The model has not noticed that the tool is gone.
  const refused = await Promise.all(idle.map((sessionId) => send(sessionId, 'shred')));
  for (const each of refused)
    expect(each).toHaveProperty('text', expect.stringMatching(/There is no tool named .*shred/));

  const histories: NamedHistory[] = [];
  for (const workflowId of [busy, ...idle]) {
    histories.push({ workflowId, history: await fetchHistory(stage.temporal, workflowId) });
  }
  const sent = new Set(model.requests().map(({ body }) => body.toString('utf8')));
  for (const { workflowId, history } of histories) {
    const definitions = definitionsIn(history);
    expect(definitions.map(({ instructions }) => instructions)).toEqual([before.instructions, after.instructions]);
    expect(definitions.map(({ policy }) => policy.steps)).toEqual([5, 7]);
    expect(definitions.map(({ tools }) => tools.map(({ name }) => name))).toEqual([
      ['file_form', 'shred', 'stamp'],
      ['file_form', 'stamp'],
    ]);
    expect(rebuildRequests(history).filter(({ body }) => !sent.has(body))).toEqual([]);
    if (workflowId !== busy) expect(activities(history).map(({ type }) => type)).not.toContain('shred');
    expect(failedTasks(history)).toEqual([]);
  }
  expect(await replayAll(histories)).toEqual({});
  await deployed.stop();
});
