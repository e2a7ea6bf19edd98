/** Kept families: users who are handed over and come back, agents that are asked, refusals, and runs that end with children at work. */
import { z } from 'zod';
import { defineAgent, defineTool, delegateTo, handoffTo, type Agent } from '../../agents';
import type { PendingItem, SendResult, Session, SessionOptions } from '../../client';
import { callsTool, callsTools, says, type Script, type ScriptTurn } from '../../testing';
import { eventually, PATIENCE_MS, uniqueName, type Stage } from '../session/stage';
import type { Scenario } from './scenarios';

const FRONT = /^You are the front desk\./;
const ORDERS = /^You are the orders desk\./;
const CLERK = /^You are a clerk\./;

const toOrders = (about: string) => callsTool('transfer_to_orders', { reason: about, request: about });
const handBack = callsTool('hand_back', { reason: 'done', request: 'go on' });
const pay = (name: string) => ({ tool: 'pay', arguments: { name } });

const turns: readonly ScriptTurn[] = [
  {
    system: FRONT,
    user: 'where is my order',
    answers: [
      callsTool('update_state', { own: { order: 7 }, established: [{ text: 'It is order 7.' }], opened: ['tell'] }),
      toOrders('an order'),
    ],
  },
  {
    system: ORDERS,
    user: 'where is my order',
    answers: [callsTools(pay('duty'), { tool: 'look', arguments: { name: 'order 7' } }), says('It is on its way.')],
  },
  { system: ORDERS, user: 'thank you', answers: [callsTool('update_state', { met: ['o1'] }), handBack] },
  { system: FRONT, user: 'thank you', answers: [says('You are welcome.')] },
  {
    system: FRONT,
    user: 'ask around',
    answers: [
      callsTools(
        { tool: 'ask_clerk', arguments: { task: 'count' } },
        { tool: 'ask_clerk', arguments: { task: 'pay' } },
        { tool: 'ask_clerk', arguments: { task: 'fail' } },
      ),
      says('That is all they found.'),
    ],
  },
  {
    system: CLERK,
    user: /count/,
    answers: [callsTool('give_result', { total: 'many' }), callsTool('give_result', { total: 3 }), says('Given.')],
  },
  {
    system: CLERK,
    user: /pay/,
    answers: [callsTools(pay('fee')), callsTool('give_result', { total: 1 }), says('Paid.')],
  },
  { system: CLERK, user: /fail/, answers: [says('I do not know.'), says('Still not.'), says('No.'), says('Never.')] },
  {
    system: FRONT,
    user: 'hand me over',
    answers: [
      callsTool('transfer_to_strict', { reason: 'r', request: 'r' }),
      callsTool('transfer_to_nobody', { reason: 'r', request: 'r' }),
      says('I stay with you.'),
    ],
  },
];

const script: Script = { name: 'desks', turns, fallback: ({ user }) => says(`You said: ${user}`) };

function desks(): readonly Agent[] {
  const named = z.object({ name: z.string() });
  const payment = defineTool({
    name: 'pay',
    description: 'Pays.',
    effect: 'idempotent',
    approval: 'always',
    input: named,
    run: ({ name }) => ({ paid: name }),
  });
  const look = defineTool({
    name: 'look',
    description: 'Looks.',
    effect: 'read',
    usesState: true,
    input: named,
    run: ({ name }, { state }) => {
      state?.establish(`${name} was sent`);
      return 'sent';
    },
  });
  const common = { model: 'gpt-5-mini', tools: [payment, look] } as const;
  const own = z.object({ order: z.int().optional() });
  return [
    defineAgent({
      ...common,
      name: 'front',
      instructions: 'You are the front desk.',
      state: own,
      handoffs: ['orders', 'strict', handoffTo('nobody', { taskQueue: 'nobody-is-here', acceptWithin: '1s' })],
      delegates: [delegateTo('clerk', { output: z.object({ total: z.int() }) })],
    }),
    defineAgent({ ...common, name: 'orders', instructions: 'You are the orders desk.', state: own }),
    defineAgent({ ...common, name: 'clerk', instructions: 'You are a clerk.', limits: { onLimit: 'stop' } }),
    // What it is handed never fits it.
    defineAgent({
      ...common,
      name: 'strict',
      instructions: 'You are strict.',
      state: z.object({ order: z.int().min(9) }),
    }),
  ];
}

function withDesks(
  name: string,
  play: (talk: Talk, stage: Stage) => Promise<void>,
  options: Partial<SessionOptions> = {},
): Scenario {
  return {
    name,
    script,
    agents: desks,
    play: async (stage) => {
      const session = stage.client.session(uniqueName(name));
      const send = (text: string) => {
        const messageId = text.replaceAll(' ', '-');
        const message = { sessionId: session.id, agent: 'front', messageId, text, ...options };
        return stage.client.send(message, { timeoutMs: PATIENCE_MS });
      };
      await play({ session, send }, stage);
      return session.id;
    },
  };
}

interface Talk {
  readonly session: Session;
  readonly send: (text: string) => Promise<SendResult>;
}

const by = { by: 'ada' };

/** Sends, and decides on what waits until there is an answer. */
async function say({ session, send }: Talk, text: string): Promise<void> {
  const answer = await send(text);
  if (answer.kind === 'reply') return;
  await eventually('the recorded answer', async () => {
    for (const item of await session.pending()) await approve(session, item);
    return (await session.answer(answer.messageId)).kind === 'answered' ? true : undefined;
  });
}

async function end({ session }: Talk): Promise<void> {
  await session.end(by);
  await session.result({ timeoutMs: PATIENCE_MS });
}

async function approve(session: Session, { id, approval }: PendingItem): Promise<void> {
  if (!approval) return;
  const { argsHash } = approval;
  await session.approve(id, { ...by, argsHash, actId: `approve.${id}` });
}

export function familyScenarios(): readonly Scenario[] {
  return [
    withDesks('handed-over', async (talk) => {
      const { session } = talk;
      await say(talk, 'where is my order');
      await session.patchState({ established: [{ text: 'The user is a friend.' }] }, { ...by, actId: 'p-1' });
      await session.note('Be kind.', { ...by, actId: 'n-1' });
      await say(talk, 'thank you');
      await end(talk);
    }),
    withDesks('delegated', async (talk) => {
      await say(talk, 'ask around');
      await end(talk);
    }),
    withDesks('handed-over-in-vain', async (talk) => {
      await say(talk, 'hand me over');
      await end(talk);
    }),
    withDesks(
      'family-continued',
      async (talk) => {
        const words = ['where is my order', 'one', 'two', 'three', 'four', 'thank you', 'ask around', 'five', 'six'];
        for (const text of words) await say(talk, text);
        await end(talk);
      },
      { continueAfter: { events: 30 } },
    ),
    withDesks('family-cancelled', async (talk, { temporal }) => {
      const { session } = talk;
      await talk.send('where is my order');
      await eventually('the call in the child to wait', async () =>
        (await session.pending()).length > 0 ? true : undefined,
      );
      await temporal.workflow.getHandle(session.id).cancel();
      await session.result({ timeoutMs: PATIENCE_MS }).catch(() => undefined);
    }),
  ];
}
