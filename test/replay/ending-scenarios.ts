/** Kept sessions that end: asked to, cancelled, with something in flight, and with input that cannot be read. */
import { z } from 'zod';
import { defineAgent, defineTool, NotApplied } from '../../agents';
import { callsTools, says, type Script } from '../../testing';
import { Gate } from '../session/gate';
import { eventually, PATIENCE_MS, uniqueName, type Stage } from '../session/stage';
import type { Scenario } from './scenarios';

const script: Script = {
  name: 'porter',
  turns: [
    {
      user: 'carry',
      answers: [
        callsTools(
          { tool: 'carry', arguments: { what: 'a trunk' } },
          { tool: 'look', arguments: {} },
          { tool: 'retry', arguments: {} },
        ),
        says('Carried.'),
      ],
    },
  ],
  fallback: () => says('Yes?'),
};

/** A scenario in which `act` comes while an effect, a read and a call between two attempts are open. */
function inMidTurn(name: string, act: (stage: Stage, sessionId: string) => Promise<unknown>): Scenario {
  const gate = new Gate();
  const failedOnce = new Gate();
  const porter = defineAgent({
    name: 'porter',
    instructions: 'You carry things.',
    model: 'gpt-5-mini',
    tools: [
      defineTool({
        name: 'carry',
        description: 'Carries something.',
        effect: 'idempotent',
        input: z.object({ what: z.string() }),
        run: async ({ what }) => {
          await gate.pass();
          return { carried: what };
        },
      }),
      defineTool({
        name: 'look',
        description: 'Looks around. That it is to stop, it hears long after the session has ended.',
        effect: 'read',
        heartbeatTimeout: '60s',
        input: z.object({}),
        run: async (_args, { signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return {};
        },
      }),
      defineTool({
        name: 'retry',
        description: 'Fails once, and would be run again in a minute.',
        effect: 'idempotent',
        retry: { initialInterval: '60s', maxInterval: '60s' },
        input: z.object({}),
        run: () => {
          failedOnce.open();
          throw new NotApplied('not now');
        },
      }),
    ],
  });
  return {
    name,
    script,
    agents: () => [porter],
    play: async (stage) => {
      const sessionId = uniqueName(name);
      const carrying = stage.client.send(
        { sessionId, agent: 'porter', text: 'carry', messageId: 'm-1' },
        { timeoutMs: PATIENCE_MS },
      );
      await gate.reached();
      await failedOnce.pass();
      const session = stage.client.session(sessionId);
      const waiting = session.send({ text: 'and then', messageId: 'm-2' }, { timeoutMs: PATIENCE_MS });
      await eventually('the second message to wait', async () => (await session.status()).queued === 1 || undefined);
      await act(stage, sessionId);
      gate.open();
      await Promise.all([carrying, waiting]);
      await session.result({ timeoutMs: PATIENCE_MS }).catch(() => undefined);
      return sessionId;
    },
  };
}

export function endingScenarios(): readonly Scenario[] {
  const quiet = defineAgent({ name: 'quiet', instructions: 'You wait.', model: 'gpt-5-mini' });
  return [
    inMidTurn('ended-in-mid-turn', (stage, sessionId) =>
      stage.client.session(sessionId).end({ actId: 'end-1', by: 'ada', reason: 'closing time' }),
    ),
    inMidTurn('cancelled-in-mid-turn', (stage, sessionId) => stage.client.session(sessionId).cancel()),
    inMidTurn('ended-by-signal', (stage, sessionId) =>
      stage.temporal.workflow.getHandle(sessionId).signal('intervention', { actId: 's-1', act: 'end' }),
    ),
    {
      name: 'ended-while-idle',
      script,
      agents: () => [quiet],
      play: async (stage) => {
        const sessionId = uniqueName('idle');
        await stage.client.send({ sessionId, agent: 'quiet', text: 'hello' }, { timeoutMs: PATIENCE_MS });
        await stage.client.session(sessionId).end({ actId: 'end-1' });
        await stage.client.session(sessionId).result({ timeoutMs: PATIENCE_MS });
        return sessionId;
      },
    },
    {
      name: 'unreadable-input',
      script,
      agents: () => [quiet],
      play: async (stage) => {
        const workflowId = uniqueName('unreadable');
        const handle = await stage.temporal.workflow.start('agentSession', {
          workflowId,
          taskQueue: stage.taskQueue,
          args: [{ v: 99, agent: 'quiet' }],
        });
        await handle.result().catch(() => undefined);
        return workflowId;
      },
    },
  ];
}
