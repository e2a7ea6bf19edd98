/** Calls that can be undone, and what came of it so far. Plain data. */
import type { CallPolicy, LedgerRef } from '../contracts/tool';
import type { ChildRecord } from './children';
import type { SessionState } from './session-state';
import { withPath } from './family-ids';
import { isUndoable } from './report-check';

/** A call that succeeded and whose tool declares `compensate`. */
export interface UndoableCall {
  /** Of a child's call with the path of the child: `h1:<call>`. */
  readonly callId: string;
  readonly tool: string;
  readonly summary: string;
  readonly turn: number;
  readonly step: number;
  readonly policy: CallPolicy;
  readonly ledger: LedgerRef;
  /** Absent: it was not undone, as far as anybody knows. */
  readonly undo?: 'underway' | 'done';
  /** How often it was tried in vain: the next try is another call to the ledger, which would answer a repeat with the failure. */
  readonly undoneInVain?: number;
  /** Set where it is of a child that is closed: whose it is. */
  readonly owner?: CallOwner;
}

/** What a call of a child is known by to the ledger and to the agent's worker. */
export interface CallOwner {
  readonly agent: string;
  readonly sessionId: string;
  readonly keyNamespace: string;
  /** The call's id in its own session. */
  readonly callId: string;
}

/** @param undo `in vain`: it ended, and is known not to have undone anything. */
export function withUndo(call: UndoableCall, undo: UndoableCall['undo'] | 'in vain'): UndoableCall {
  if (undo !== 'in vain') return { ...call, undo };
  return { ...call, undo: undefined, undoneInVain: (call.undoneInVain ?? 0) + 1 };
}

/** @returns a closed child's call as its parent keeps it; undefined where it cannot be read. */
export function ownedUndoable(
  { sessionId, keyNamespace, turn }: Pick<SessionState, 'sessionId' | 'keyNamespace' | 'turn'>,
  { child, agent, taskQueue, turns }: Pick<ChildRecord, 'child' | 'agent' | 'taskQueue' | 'turns'>,
  given: unknown,
): UndoableCall | undefined {
  if (!isUndoable(given)) return undefined;
  const call = given;
  const own: CallOwner = {
    agent,
    sessionId: `${sessionId}/${child}`,
    keyNamespace: `${keyNamespace}/${child}`,
    callId: call.callId,
  };
  const { policy, owner } = call;
  return {
    ...call,
    callId: withPath(child, call.callId),
    turn: turns[call.turn - 1] ?? turn,
    policy: policy.taskQueue === undefined && taskQueue !== undefined ? { ...policy, taskQueue } : policy,
    owner: owner ?? own,
  };
}
