/** Kept sessions in which people decide: on calls that nobody knows the end of, on undoing one, and on stopping a turn; also over many runs. */
import { z } from 'zod';
import { defineAgent, defineTool } from '../../agents';
import type { Session, SessionOptions } from '../../client';
import { callsTools, says, type Script } from '../../testing';
import { Gate } from '../session/gate';
import { eventually, PATIENCE_MS, uniqueName, type Stage } from '../session/stage';
import type { Scenario } from './scenarios';

const script: Script = {
  name: 'cashier',
  turns: [
    {
      user: 'pay twice',
      answers: [
        callsTools({ tool: 'pay', arguments: { name: 'shaky' } }, { tool: 'pay', arguments: { name: 'sound' } }),
        says('Paid.'),
      ],
    },
    {
      user: 'pay and wait',
      answers: [
        callsTools({ tool: 'pay', arguments: { name: 'sound' } }, { tool: 'pay', arguments: { name: 'other' } }),
        callsTools({ tool: 'wait', arguments: {} }),
        says('Waited.'),
      ],
    },
    {
      user: 'pay one after the other',
      answers: [
        ...['first', 'second', 'third', 'fourth'].map((name) => callsTools({ tool: 'pay', arguments: { name } })),
        says('Paid, one after the other.'),
      ],
    },
  ],
  fallback: () => says('Yes?'),
};

/** A session with a cashier whose payment `shaky` fails once without saying anything, and whose refunds do where `shakyRefund` says so. */
function withCashier(
  name: string,
  play: (session: Session, stage: Stage, gate: Gate) => Promise<void>,
  shakyRefund = false,
): Scenario {
  const gate = new Gate();
  const failed = new Set<string>();
  const once = (what: string, fails: boolean) => {
    if (!fails || failed.has(what)) return;
    failed.add(what);
    throw new Error('the connection broke');
  };
  const cashier = defineAgent({
    name: 'cashier',
    instructions: 'You take money.',
    model: 'gpt-5-mini',
    tools: [
      defineTool({
        name: 'pay',
        description: 'Takes a payment that cannot be asked about.',
        effect: 'at-most-once',
        input: z.object({ name: z.string() }),
        run: ({ name: who }) => {
          once('pay', who === 'shaky');
          return { paid: who };
        },
        compensate: ({ name: who }) => {
          once('refund', shakyRefund);
          return { refunded: who };
        },
      }),
      defineTool({
        name: 'wait',
        description: 'Takes its time.',
        effect: 'idempotent',
        input: z.object({}),
        run: async () => {
          await gate.pass();
          return {};
        },
      }),
    ],
  });
  return {
    name,
    script,
    agents: () => [cashier],
    play: async (stage) => {
      const session = stage.client.session(uniqueName(name));
      await play(session, stage, gate);
      return session.id;
    },
  };
}

const say = (stage: Stage, session: Session, text: string, messageId: string, options: Partial<SessionOptions> = {}) =>
  stage.client.send(
    { ...options, sessionId: session.id, agent: 'cashier', text, messageId },
    { timeoutMs: PATIENCE_MS },
  );

async function waitingCall(session: Session): Promise<string> {
  const [item] = await eventually('a call to wait', async () => {
    const found = await session.pending();
    return found.length > 0 ? found : undefined;
  });
  return item?.id ?? '';
}

/** Id of the call that succeeded last. */
async function lastPaid(session: Session): Promise<string> {
  const items = await session.wholeTranscript();
  const found = items.findLast((item) => item.kind === 'outcome' && item.outcome.kind === 'succeeded');
  return found?.kind === 'outcome' ? found.callId : '';
}

async function end(session: Session): Promise<void> {
  await session.end({ actId: 'end-1' });
  await session.result({ timeoutMs: PATIENCE_MS });
}

export function waitingScenarios(): readonly Scenario[] {
  return [
    withCashier('resolved-as-applied', async (session, stage) => {
      await say(stage, session, 'pay twice', 'm-1');
      const callId = await waitingCall(session);
      await say(stage, session, 'hello', 'm-2');
      await session.resolve(callId, { as: 'applied', result: { paid: 'shaky' }, actId: 'r-1', by: 'ada' });
      await say(stage, session, 'pay twice', 'm-1');
      await say(stage, session, 'hello', 'm-2');
      await end(session);
    }),
    withCashier('resolved-as-absent', async (session, stage) => {
      await say(stage, session, 'pay twice', 'm-1');
      const callId = await waitingCall(session);
      await session.resolve(callId, { as: 'absent', actId: 'r-1', by: 'ada', reason: 'not in the books' });
      await say(stage, session, 'pay twice', 'm-1');
      await end(session);
    }),
    withCashier('given-up-by-the-end', async (session, stage) => {
      await say(stage, session, 'pay twice', 'm-1');
      await waitingCall(session);
      await end(session);
    }),
    withCashier(
      'undone',
      async (session, stage) => {
        await say(stage, session, 'pay twice', 'm-1');
        await session.resolve(await waitingCall(session), { as: 'give_up', actId: 'r-1' });
        await say(stage, session, 'pay twice', 'm-1');
        await session.undo(await lastPaid(session), { actId: 'u-1', by: 'ada' });
        await session.resolve(await waitingCall(session), { as: 'absent', actId: 'r-2' });
        await eventually('rest', async () => (await session.status()).status === 'waiting_for_user' || undefined);
        await say(stage, session, 'hello', 'm-2');
        await end(session);
      },
      true,
    ),
    // In the middle of turns and between them; what was said is stored; a call waits in one run and is decided in a later one, and so is its compensation.
    withCashier(
      'continued',
      async (session, stage) => {
        const soon = { continueAfter: { events: 40 } };
        const runOf = async () => (await session.status()).run ?? 1;
        const untilNextRun = async (text: string, messageId: string) => {
          for (const before = await runOf(); (await runOf()) === before;) {
            await say(stage, session, text, messageId, soon);
          }
        };
        await say(stage, session, `keep this in mind: ${'x'.repeat(132_000)}`, 'm-1', soon);
        await say(stage, session, 'pay one after the other', 'm-2', soon);
        await say(stage, session, 'pay twice', 'm-3', soon);
        const callId = await waitingCall(session);
        await untilNextRun('pay twice', 'm-3');
        await session.resolve(callId, { as: 'applied', result: { paid: 'shaky' }, actId: 'r-1', by: 'ada' });
        await say(stage, session, 'pay twice', 'm-3', soon);
        await session.undo(await lastPaid(session), { actId: 'u-1', by: 'ada' });
        await untilNextRun('pay one after the other', 'm-2');
        await session.resolve(await waitingCall(session), { as: 'absent', actId: 'r-2' });
        await eventually('rest', async () => (await session.status()).status === 'waiting_for_user' || undefined);
        await say(stage, session, 'hello', 'm-4', soon);
        await end(session);
      },
      true,
    ),
    withCashier('turn-stopped', async (session, stage, gate) => {
      const first = say(stage, session, 'pay and wait', 'm-1');
      await gate.reached();
      await session.stop({ actId: 's-1', by: 'ada', reason: 'wrong customer', onStop: 'compensate' });
      gate.open();
      await first;
      await say(stage, session, 'hello', 'm-2');
      await end(session);
    }),
  ];
}
