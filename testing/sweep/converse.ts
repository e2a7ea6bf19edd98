/** Plays the user of a run, and the person who is asked what became of a call. */
import { setTimeout as wait } from 'node:timers/promises';
import { Refused, type Session, type SessionClient } from '../../client';
import type { PendingItem, SendResult } from '../../workflows/contracts/messages';
import type { SweepPlan, SweepWorld } from './plan';

export interface ConversationParts {
  readonly client: SessionClient;
  readonly agent: string;
  readonly plan: SweepPlan;
  readonly world: SweepWorld;
  readonly sessionId: string;
  /** ms since the epoch. */
  readonly deadline: number;
}

/** The session waits for what a sweep cannot give it. */
export class NobodyToAsk extends Error {
  override readonly name = 'NobodyToAsk';
}

/** How long a call may be listed as waiting after it was decided on, and how often is looked. */
const LOOK_EVERY_MS = 50;

/**
 * Sends the plan's messages, each when the one before is answered.
 * @throws NobodyToAsk, HoldfastError
 */
export async function converse(parts: ConversationParts): Promise<readonly SendResult[]> {
  const { client, agent, plan, sessionId, deadline } = parts;
  const answers: SendResult[] = [];
  for (const [index, text] of plan.messages.entries()) {
    const message = { ...plan.session, sessionId, agent, text, messageId: `m-${index + 1}` };
    let answer = await client.send(message, { timeoutMs: left(deadline) });
    while (answer.kind === 'waiting_for_human') {
      await decide(parts);
      answer = await client.send(message, { timeoutMs: left(deadline) });
    }
    answers.push(answer);
  }
  return answers;
}

/** Decides on every call that waits. A worker may die of it, so each decision is made again, under the same id, until it was taken. */
async function decide(parts: ConversationParts): Promise<void> {
  const { client, sessionId, deadline } = parts;
  const session = client.session(sessionId);
  for (const item of await session.pending({ timeoutMs: left(deadline) })) {
    const { call } = item;
    if (!call)
      throw new NobodyToAsk(
        `the session waits for a person (${item.kind}), and a sweep decides on calls in doubt only`,
      );
    const decision = await askWorld(parts.world, item);
    // The same call may come to be in doubt again, and then it is another decision.
    const actId = `sweep.${call.callId}.${call.row.attempts}`;
    try {
      await session.resolve(call.callId, { ...decision, actId, by: 'sweep', timeoutMs: left(deadline) });
    } catch (error) {
      // It may wait no more, which is what was wanted.
      if (!(error instanceof Refused) || (await stillWaits(session, call.callId, left(deadline)))) throw error;
    }
  }
  await wait(LOOK_EVERY_MS);
}

async function stillWaits(session: Session, callId: string, timeoutMs: number): Promise<boolean> {
  return (await session.pending({ timeoutMs })).some((item) => item.call?.callId === callId);
}

async function askWorld(world: SweepWorld, item: PendingItem) {
  if (world.resolve) return world.resolve(item);
  throw new NobodyToAsk(
    `nobody knows whether ${item.call?.tool} happened (${item.call?.message}), and the world of the plan has no resolve() that finds out`,
  );
}

function left(deadline: number): number {
  return Math.max(1, deadline - Date.now());
}
