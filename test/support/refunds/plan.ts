/**
 * The sweep of the refunds' agent, with people in it: `holdfast sweep refunds --script dist/test/support/refunds/plan.js`. One refund is approved with
 * less than was asked for, one is rejected; a write-off is asked for while the session is paused, and approved by two.
 */
import path from 'node:path';
import type { PendingItem, Session } from '../../../client';
import type { SweepDecision, SweepPlan } from '../../../testing';
import { readRegister } from './register';
import { REFUND_MESSAGE, refundsScript, WRITE_OFF_MESSAGE } from './script';

export const sweep: SweepPlan = {
  agentsModule: path.join(__dirname, 'agent.js'),
  script: refundsScript,
  messages: [REFUND_MESSAGE, WRITE_OFF_MESSAGE, 'Thank you.'],
  acts: async (session, answered) => {
    if (answered !== 1) return;
    await session.note('The customer called twice.', { by: 'ada', actId: 'note-1' });
    await session.pause({ by: 'ada', actId: 'pause-1', reason: 'lunch' });
  },
  openWorld: async (folder) => {
    const file = path.join(folder, 'register.jsonl');
    return {
      env: { REFUNDS_REGISTER: file },
      snapshot: async () =>
        readRegister(file)
          .map(({ deed, order, cents, approvedBy }) => ({ deed, order, cents, approvedBy: [...approvedBy] }))
          // What needs no approval runs beside what was approved.
          .sort((one, other) => one.order.localeCompare(other.order)),
      decide: decideOnRefunds,
      close: async () => undefined,
    };
  },
};

/**
 * Plays the people: nobody decides before the calls beside have run, and they decide one after the other, so that all runs are alike. What runs beside
 * may end between two looks, so that alone does not keep the second from being decided on first.
 */
export async function decideOnRefunds(item: PendingItem, session: Session): Promise<SweepDecision | undefined> {
  if (item.kind === 'paused') {
    await session.resume({ by: 'ada', actId: 'resume-1' });
    return undefined;
  }
  const { approval } = item;
  if (!approval) throw new Error(`nobody knows what to do about ${item.kind}: ${item.summary}`);
  const { recent } = await session.status();
  const runs = recent.some(({ kind, outcome }) => kind === 'tool' && (outcome === undefined || outcome === 'running'));
  if (runs) return undefined;
  const { order, cents } = approval.args;
  if (approval.tool === 'write_off')
    return { decision: 'approve', by: approval.approvedBy.length === 0 ? 'ada' : 'bob' };
  if (order === '8') {
    const first = (await session.pending()).some((other) => other.approval?.args.order === '7');
    return first ? undefined : { decision: 'reject', by: 'bob', reason: 'it was delivered, the neighbour has it' };
  }
  return { decision: 'edit', by: 'ada', args: { order: '7', cents: Number(cents) / 2 }, reason: 'half of it came' };
}
