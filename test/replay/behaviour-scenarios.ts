/** Kept sessions that show what turns are made of: calls in parallel, refusals, repairs, limits, failures, a deploy. */
import { z } from 'zod';
import { defineAgent, defineTool, NotApplied, ToolError, type Agent } from '../../agents';
import type { SendResult } from '../../client';
import { callsTool, callsTools, failsWith, says, type Script } from '../../testing';
import { Gate } from '../session/gate';
import { PATIENCE_MS, uniqueName, type Stage } from '../session/stage';
import type { Scenario } from './scenarios';

const count = defineTool({
  name: 'count',
  description: 'Counts something.',
  effect: 'read',
  input: z.object({ what: z.string() }),
  run: ({ what }) => ({ what, count: what.length }),
});

const store = defineTool({
  name: 'store',
  description: 'Stores something.',
  effect: 'idempotent',
  retry: { initialInterval: '20ms' },
  key: ({ what }) => what,
  input: z.object({ what: z.string() }),
  run: ({ what }, { attempt }) => {
    if (what === 'never') throw new ToolError('that is not kept here');
    if (what === 'later' && attempt === 1) throw new NotApplied('the shelf was busy');
    if (what === 'broken') throw new Error('the shelf fell');
    return { stored: what };
  },
});

const keeper = defineAgent({
  name: 'keeper',
  instructions: ({ turn }) => `You keep a store. This is turn ${turn}.`,
  model: 'gpt-5-mini',
  limits: { steps: 3, parallelCalls: 2 },
  tools: [count, store],
});

const calls = (tool: string, ...whats: readonly string[]) => whats.map((what) => ({ tool, arguments: { what } }));

const script: Script = {
  name: 'keeper',
  turns: [
    {
      user: 'all at once',
      answers: [
        callsTools(
          ...calls('count', 'apples', 'pears'),
          ...calls('store', 'apples', 'never', 'later', 'broken'),
          ...calls('stor', 'typo'),
          { tool: 'store', arguments: { what: 7 } },
          ...calls('store', 'apples'),
        ),
        says('All of it is done.'),
      ],
    },
    {
      user: 'cut off',
      answers: [{ kind: 'text', text: 'I was go', finishReason: 'length' }, says('I was going to say this.')],
    },
    {
      user: 'for ever',
      answers: [1, 2, 3, 4].map((step) => (step < 4 ? callsTool('count', { what: `${step}` }) : says('So far: 3.'))),
    },
    { user: 'refuse', answers: [failsWith(400, 'the request was refused')] },
    { user: 'work', answers: [callsTools(...calls('wait', 'x'), ...calls('remove', 'x')), says('Worked.')] },
  ],
  fallback: (request) => says(`You said: ${request.user}`),
};

/** Sends these one after the other. */
async function talk(stage: Stage, agent: string, texts: readonly string[], mode?: 'task'): Promise<string> {
  const sessionId = uniqueName(agent);
  for (const text of texts) await send(stage, sessionId, agent, text, mode);
  return sessionId;
}

function send(stage: Stage, sessionId: string, agent: string, text: string, mode?: 'task'): Promise<SendResult> {
  return stage.client.send({ sessionId, agent, text, ...(mode ? { mode } : {}) }, { timeoutMs: PATIENCE_MS });
}

/** An agent in two versions: the second lacks a tool and has other words. */
function deployed(): { readonly old: Agent; readonly current: Agent; readonly gate: Gate } {
  const gate = new Gate();
  const input = z.object({ what: z.string() });
  const wait = defineTool({
    name: 'wait',
    description: 'Waits.',
    effect: 'idempotent',
    input,
    run: async ({ what }) => {
      await gate.pass();
      return { waited: what };
    },
  });
  const remove = defineTool({
    name: 'remove',
    description: 'Removes.',
    effect: 'idempotent',
    rolloutWindow: '300ms',
    input,
    run: () => ({ removed: true }),
  });
  const common = { name: 'moving', model: 'gpt-5-mini' } as const;
  return {
    old: defineAgent({ ...common, instructions: 'Before.', limits: { parallelCalls: 1 }, tools: [wait, remove] }),
    current: defineAgent({ ...common, instructions: 'After.', tools: [wait] }),
    gate,
  };
}

export function behaviourScenarios(): readonly Scenario[] {
  const common = { script, agents: () => [keeper] };
  const moving = deployed();
  return [
    {
      ...common,
      name: 'turns-of-every-kind',
      play: (stage) => talk(stage, 'keeper', ['hello', 'all at once', 'cut off', 'for ever', 'refuse', 'good bye']),
    },
    { ...common, name: 'task', play: (stage) => talk(stage, 'keeper', ['all at once'], 'task') },
    { ...common, name: 'task-stopped', play: (stage) => talk(stage, 'keeper', ['refuse'], 'task') },
    { ...common, name: 'unknown-agent', play: (stage) => talk(stage, 'nobody', ['hello']) },
    {
      ...common,
      name: 'crowd',
      play: async (stage) => {
        const sessionId = uniqueName('crowd');
        await Promise.all(
          Array.from({ length: 8 }, (_, index) => send(stage, sessionId, 'keeper', `message ${index}`)),
        );
        return sessionId;
      },
    },
    {
      ...common,
      name: 'bad-signals-and-input',
      play: async (stage) => {
        const sessionId = await talk(stage, 'keeper', ['hello']);
        const handle = stage.temporal.workflow.getHandle(sessionId);
        await handle.signal('intervention', { actId: 7 });
        await handle.signal('intervention', 'end');
        await handle.signal('nobody-knows-this', null);
        await send(stage, sessionId, 'keeper', 'still there');
        return sessionId;
      },
    },
    {
      script,
      name: 'deploy-in-mid-turn',
      agents: () => [moving.old],
      play: async (stage) => {
        const sessionId = uniqueName('moving');
        const answering = send(stage, sessionId, 'moving', 'work');
        await moving.gate.reached();
        const next = await stage.startWorker({ agents: [moving.current] });
        const drained = stage.worker.stop();
        moving.gate.open();
        await Promise.all([drained, answering]);
        await send(stage, sessionId, 'moving', 'hello');
        await next.stop();
        return sessionId;
      },
    },
  ];
}
