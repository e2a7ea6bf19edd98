/** Kept sessions with people in the loop: calls that they approve, change, reject or let pass, sessions that they hold, and users who write meanwhile. */
import { z } from 'zod';
import { defineAgent, defineTool, type Agent, type AgentSpec } from '../../agents';
import type { PendingApproval, Session, SessionOptions } from '../../client';
import { callsTools, says, type Script } from '../../testing';
import { Gate } from '../session/gate';
import { eventually, PATIENCE_MS, uniqueName, type Stage } from '../session/stage';
import type { Scenario } from './scenarios';

const pay = (name: string) => ({ tool: 'pay', arguments: { name, cents: 500 } });
const script: Script = {
  name: 'treasurer',
  turns: [
    {
      user: 'pay four',
      answers: [
        callsTools(
          pay('one'),
          pay('two'),
          pay('three'),
          { tool: 'look', arguments: { name: 'around' } },
          {
            tool: 'pay_two',
            arguments: { name: 'four', cents: 900 },
          },
        ),
        says('Paid what was approved.'),
      ],
    },
    { user: 'pay once more', answers: [callsTools(pay('five')), says('Paid again.')] },
    {
      user: 'pay in time',
      answers: [
        callsTools(
          { tool: 'pay_soon', arguments: { name: 'six', cents: 1 } },
          { tool: 'pay_or_not', arguments: { name: 'seven', cents: 1 } },
        ),
        says('Nobody was there.'),
      ],
    },
    { user: 'wait', answers: [callsTools({ tool: 'wait', arguments: { name: 'here' } }), says('Waited.')] },
  ],
  fallback: ({ user }) => says(`You said: ${user}`),
};

const input = z.object({ name: z.string(), cents: z.int() });

function treasurer(gate: Gate, more: Partial<AgentSpec>): Agent {
  const payment = { description: 'Pays.', effect: 'idempotent', input, run: () => ({ paid: true }) } as const;
  const named = z.object({ name: z.string() });
  return defineAgent({
    name: 'treasurer',
    instructions: 'You pay.',
    model: 'gpt-5-mini',
    tools: [
      defineTool({
        ...payment,
        name: 'pay',
        approval: { when: 'always', amount: ({ cents }) => cents, unit: 'cents' },
      }),
      defineTool({ ...payment, name: 'pay_two', approval: { when: 'always', approvals: 2 } }),
      defineTool({
        ...payment,
        name: 'pay_soon',
        approval: {
          when: 'always',
          deadline: '2s',
          reminders: ['1s'],
          escalate: [{ deadline: '1s', atDeadline: 'approve' }],
        },
      }),
      defineTool({
        ...payment,
        name: 'pay_or_not',
        approval: { when: 'always', deadline: '1s', atDeadline: 'reject' },
      }),
      defineTool({ name: 'look', description: 'Looks.', effect: 'read', input: named, run: () => 'nothing' }),
      defineTool({
        name: 'wait',
        description: 'Takes its time.',
        effect: 'idempotent',
        input: named,
        run: async () => {
          await gate.pass();
          return {};
        },
      }),
    ],
    ...more,
  });
}

interface Talk {
  readonly session: Session;
  readonly gate: Gate;
  readonly say: (text: string, messageId: string) => ReturnType<Stage['client']['send']>;
  /** What waits for approval, once so many do. */
  readonly asked: (count: number) => Promise<readonly PendingApproval[]>;
}

function withTreasurer(
  name: string,
  play: (talk: Talk) => Promise<void>,
  more: {
    readonly agent?: Partial<AgentSpec>;
    readonly session?: Partial<SessionOptions>;
    readonly latencyMs?: number;
  } = {},
): Scenario {
  const gate = new Gate();
  return {
    name,
    script,
    latencyMs: more.latencyMs,
    agents: () => [treasurer(gate, more.agent ?? {})],
    play: async (stage) => {
      const session = stage.client.session(uniqueName(name));
      await play({
        session,
        gate,
        say: (text, messageId) =>
          stage.client.send(
            { ...more.session, sessionId: session.id, agent: 'treasurer', text, messageId },
            { timeoutMs: PATIENCE_MS },
          ),
        asked: (count) =>
          eventually(`${count} calls to wait for approval`, async () => {
            const found = (await session.pending()).flatMap(({ approval }) => (approval ? [approval] : []));
            return found.length === count ? found : undefined;
          }),
      });
      await session.end({ actId: 'end-1' });
      await session.result({ timeoutMs: PATIENCE_MS });
      return session.id;
    },
  };
}

/** Decides on the four of `pay four`: one each way. */
async function decideOnFour({ session, asked }: Talk): Promise<void> {
  const [one, two, three, four] = await asked(4);
  if (!one || !two || !three || !four) throw new Error('four calls were to wait');
  await session.approve(one.callId, { ...hashOf(one), by: 'ada', actId: 'd-1', standing: { upTo: 600 } });
  await session.edit(two.callId, { name: 'two', cents: 250 }, { ...hashOf(two), by: 'ada', actId: 'd-2' });
  await session.reject(three.callId, { ...hashOf(three), by: 'bob', actId: 'd-3', reason: 'not this one' });
  await session.approve(four.callId, { ...hashOf(four), by: 'ada', actId: 'd-4' });
  // Refused: somebody decided before, and the same person twice.
  await session.approve(three.callId, { ...hashOf(three), by: 'ada', actId: 'd-5' }).catch(() => undefined);
  await session.approve(four.callId, { ...hashOf(four), by: 'Ada', actId: 'd-6' }).catch(() => undefined);
  await session.approve(four.callId, { ...hashOf(four), by: 'bob', actId: 'd-7' });
}

const hashOf = ({ argsHash }: PendingApproval) => ({ argsHash });

export function peopleScenarios(): readonly Scenario[] {
  return [
    withTreasurer('approvals', async (talk) => {
      const { session, say } = talk;
      await say('pay four', 'm-1');
      await decideOnFour(talk);
      await say('pay four', 'm-1');
      // By the decision that stands, which is then taken back.
      await say('pay once more', 'm-2');
      await session.revoke('d-1', { by: 'ada', actId: 'r-1' });
      await say('hello', 'm-3');
    }),
    withTreasurer('approval-deadlines', async ({ say, session }) => {
      await say('pay in time', 'm-1');
      await eventually('the answer', async () => (await session.answer('m-1')).kind === 'answered' || undefined);
    }),
    withTreasurer(
      'approvals-continued',
      async (talk) => {
        const { session, say, asked } = talk;
        await say('pay four', 'm-1');
        const [, two, , four] = await asked(4);
        await session.approve(four?.callId ?? '', { argsHash: four?.argsHash ?? '', by: 'cleo', actId: 'd-0' });
        const untilNextRun = async () => {
          const { run } = await session.status();
          await eventually('the next run', async () => {
            await say('pay four', 'm-1');
            return (await session.status()).run !== run || undefined;
          });
        };
        await untilNextRun();
        await session.edit(
          two?.callId ?? '',
          { name: 'two', cents: 1 },
          { argsHash: two?.argsHash ?? '', by: 'bob', actId: 'd-1' },
        );
        await untilNextRun();
        for (const { callId, argsHash } of await asked(3)) {
          await session.approve(callId, { argsHash, by: 'ada', actId: `d-${callId}` });
        }
        await say('pay four', 'm-1');
      },
      { session: { continueAfter: { updates: 4 } } },
    ),
    withTreasurer('held-by-people', async ({ session, say, asked }) => {
      await say('hello', 'm-1');
      await session.pause({ by: 'ada', actId: 'a-1', reason: 'lunch' });
      await say('pay once more', 'm-2');
      await session.note('The user is in a hurry.', { by: 'ada', actId: 'a-2' });
      await session.resume({ by: 'ada', actId: 'a-3' });
      const [five] = await asked(1);
      await session.takeOver({ by: 'bob', actId: 'a-4' });
      await say('is anybody there?', 'm-3');
      await session.speak('This is bob. I look into it.', { by: 'bob', actId: 'a-5' });
      await say('is anybody there?', 'm-3');
      await session
        .reject(five?.callId ?? '', { argsHash: five?.argsHash ?? '', by: 'bob', actId: 'a-6' })
        .catch(() => undefined);
      await session.handBack({ by: 'bob', actId: 'a-7' });
      await say('thank you', 'm-4');
    }),
    withTreasurer(
      'steered',
      async ({ session, say, gate }) => {
        const first = say('wait', 'm-1');
        await gate.reached();
        const second = say('and hurry', 'm-2');
        await untilTaken(session, 'm-2');
        gate.open();
        await Promise.all([first, second]);
      },
      { agent: { messages: 'steer' } },
    ),
    withTreasurer(
      'interrupted',
      async ({ session, say }) => {
        // What the agent says of messages is known from its first answer on.
        await say('hello', 'm-1');
        const first = say('hello again', 'm-2');
        await eventually(
          'the model to be asked',
          async () => (await session.status()).recent.length === 2 || undefined,
        );
        const second = say('stop that', 'm-3');
        await Promise.all([first, second]);
      },
      { agent: { messages: 'interrupt' }, latencyMs: 1_500 },
    ),
    withTreasurer(
      'withdrawn',
      async ({ say, asked }) => {
        await say('pay once more', 'm-1');
        await asked(1);
        await say('never mind', 'm-2');
        await say('pay once more', 'm-1');
      },
      { agent: { messages: 'steer', whileWaiting: 'withdraw' } },
    ),
  ];
}

async function untilTaken(session: Session, messageId: string): Promise<void> {
  await eventually(`${messageId} to be taken`, async () => {
    const answer = await session.answer(messageId).catch(() => undefined);
    return (answer && answer.kind !== 'unknown_message') || undefined;
  });
}
