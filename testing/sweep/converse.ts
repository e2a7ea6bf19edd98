/** Plays the user of a run. */
import type { SendResult } from '../../workflows/contracts/messages';
import type { SessionClient } from '../../client';
import { decideAll, untilTaken } from './decide';
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

/**
 * Sends the plan's messages, each when the one before is answered; where people are waited for, they decide.
 * @throws NobodyToAsk, HoldfastError
 */
export async function converse(parts: ConversationParts): Promise<readonly SendResult[]> {
  const { client, agent, plan, world, sessionId, deadline } = parts;
  const session = client.session(sessionId);
  const answers: SendResult[] = [];
  for (const [index, text] of plan.messages.entries()) {
    const message = { ...plan.session, sessionId, agent, text, messageId: `m-${index + 1}` };
    let answer = await client.send(message, { timeoutMs: left(deadline) });
    while (waitsForPeople(answer)) {
      await decideAll(session, world, deadline);
      answer = await client.send(message, { timeoutMs: left(deadline) });
    }
    answers.push(answer);
    if (plan.acts) await untilTaken(deadline, async () => plan.acts?.(session, index + 1));
  }
  return answers;
}

/** `queued` too: the client follows a message until it is answered, or somebody else is waited for first. */
function waitsForPeople({ kind }: SendResult): boolean {
  return kind === 'waiting_for_human' || kind === 'queued' || kind === 'with_person';
}

function left(deadline: number): number {
  return Math.max(1, deadline - Date.now());
}
