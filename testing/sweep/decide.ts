/** Plays the people who are asked in a run: what became of a call, whether it may run, and how a session goes on that holds still. */
import { setTimeout as wait } from 'node:timers/promises';
import { HoldfastError, type HoldfastErrorCode, type Session } from '../../client';
import type { PendingApproval, PendingItem } from '../../workflows/contracts/messages';
import type { SweepWorld } from './plan';

/** The session waits for what a sweep cannot give it. */
export class NobodyToAsk extends Error {
  override readonly name = 'NobodyToAsk';
}

/** How long a call may be listed as waiting after it was decided on, and how often is looked. */
const LOOK_EVERY_MS = 50;

/** Decides on everything that waits. A worker may die of it, so each decision is made again, under the same id, until it was taken. */
export async function decideAll(session: Session, world: SweepWorld, deadline: number): Promise<void> {
  for (const item of await pendingOf(session, deadline)) {
    if (item.kind === 'unresolved') await resolve(session, world, item, deadline);
    else await decide(session, world, item, deadline);
  }
  await wait(LOOK_EVERY_MS);
}

/**
 * Does an act until it was taken: who does it may not have heard, since the worker died meanwhile.
 * @throws HoldfastError where it is refused for another reason, or not taken by `deadline`.
 */
export async function untilTaken<T>(deadline: number, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof HoldfastError) || !UNHEARD.includes(error.code) || Date.now() > deadline) throw error;
    }
    await wait(LOOK_EVERY_MS);
  }
}

/** Nobody knows whether it was taken, or there was nobody to take it. */
const UNHEARD: readonly HoldfastErrorCode[] = ['DEADLINE_EXCEEDED', 'NO_WORKER', 'SERVER_UNAVAILABLE'];

async function decide(session: Session, world: SweepWorld, item: PendingItem, deadline: number): Promise<void> {
  if (!world.decide) {
    throw new NobodyToAsk(
      `the session waits for a person (${item.kind}: ${item.summary}), and the world of the plan has no decide()`,
    );
  }
  const said = await untilTaken(deadline, async () => world.decide?.(item, session));
  const { approval } = item;
  if (!said || !approval) return;
  const { callId, argsHash } = approval;
  const { decision, by, args, reason } = said;
  // Others may have been approved, or edited, since: that is another decision.
  const actId = `sweep.${callId}.${by}.${argsHash.slice(0, 8)}.${decision}`;
  try {
    await untilTaken(deadline, () =>
      session.decide(callId, { decision, argsHash, by, args, reason, actId, timeoutMs: left(deadline) }),
    );
  } catch (error) {
    // It may wait no more, or for others, which is what was wanted.
    if (!(error instanceof HoldfastError) || (await stillWaits(session, approval, by, deadline))) throw error;
  }
}

/** Waits with the same arguments for somebody who said nothing yet. */
async function stillWaits(
  session: Session,
  { callId, argsHash }: PendingApproval,
  by: string,
  deadline: number,
): Promise<boolean> {
  return (await pendingOf(session, deadline)).some(
    ({ approval }) =>
      approval?.callId === callId &&
      approval.argsHash === argsHash &&
      !approval.approvedBy.some((approver) => approver.by === by),
  );
}

async function resolve(session: Session, world: SweepWorld, item: PendingItem, deadline: number): Promise<void> {
  const { call } = item;
  if (!call) throw new NobodyToAsk(`the session waits for a person (${item.kind}), and names no call`);
  if (!world.resolve) {
    throw new NobodyToAsk(
      `nobody knows whether ${call.tool} happened (${call.message}), and the world of the plan has no resolve() that finds out`,
    );
  }
  const decision = await world.resolve(item);
  // The same call may come to be in doubt again, and then it is another decision.
  const actId = `sweep.${call.callId}.${call.row.attempts}`;
  try {
    await session.resolve(call.callId, { ...decision, actId, by: 'sweep', timeoutMs: left(deadline) });
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'REFUSED') throw error;
    const waits = (await pendingOf(session, deadline)).some((other) => other.call?.callId === call.callId);
    // It may wait no more, which is what was wanted.
    if (waits) throw error;
  }
}

function pendingOf(session: Session, deadline: number): Promise<readonly PendingItem[]> {
  return session.pending({ timeoutMs: left(deadline) });
}

function left(deadline: number): number {
  return Math.max(1, deadline - Date.now());
}
