/** Who a handoff is to, and on which terms: where the agent's workers are, what it may use, whom it hands back to in its turn. Plain code. */
import type { Grants, TransferProposal } from '../contracts/handoff';
import type { JsonObject } from '../contracts/json';
import type { ChildRecord } from './children';
import type { SessionState } from './session-state';

export interface Target {
  /** True: the session's own agent. */
  readonly isOwn: boolean;
  /** True: whoever hands over. */
  readonly isSelf: boolean;
  /** Absent: the session's own. */
  readonly taskQueue?: string;
  /** What the handoff grants, and what whoever it comes from may use. */
  readonly grants?: Grants;
  readonly senderGrants?: Grants;
  /** The child that it comes from, and that control goes back to; absent: the session's own agent. */
  readonly sender?: string;
  /** Agent that control goes back to, where that is not the one that hands over. */
  readonly back?: string;
  /** Own part of the state, where it is not what is handed over: as whoever control goes back to left it. */
  readonly own?: JsonObject;
}

/** Name of the engine's tool by which a child returns the user to whoever handed them over. */
const HAND_BACK = 'hand_back';

/** @param ours task queue of the session. @param sender the child that hands over; absent: the session's own agent does. */
export function targetOf(
  { input, family }: Pick<SessionState, 'input' | 'family'>,
  ours: string,
  { tool, to, taskQueue, grants }: TransferProposal,
  sender?: ChildRecord,
): Target {
  if (sender && tool === HAND_BACK) {
    const origin = sender.sender === undefined ? undefined : family.records.get(sender.sender);
    if (!origin) return { isOwn: true, isSelf: false };
    // It goes on as it was begun, with what it might use then, and hands back to whom it would have handed back.
    const { contract, taskQueue: where, sender: before, own } = origin;
    return {
      isOwn: false,
      isSelf: false,
      ...(where === undefined ? {} : { taskQueue: where }),
      ...(contract.grants ? { senderGrants: contract.grants } : {}),
      ...(before === undefined ? {} : { sender: before }),
      ...(own === undefined ? {} : { own }),
      back: contract.back ?? contract.from,
    };
  }
  // Another team's agent names its own neighbours: they are where its workers are.
  const named = taskQueue ?? sender?.taskQueue ?? ours;
  const where = named === ours ? undefined : named;
  const isSelf = to === (sender?.agent ?? input.agent) && where === sender?.taskQueue;
  return {
    isOwn: to === input.agent && where === undefined,
    isSelf,
    ...(where === undefined ? {} : { taskQueue: where }),
    ...(grants ? { grants } : {}),
    ...(sender?.contract.grants ? { senderGrants: sender.contract.grants } : {}),
    ...(sender ? { sender: sender.child } : {}),
  };
}
