/** Calls that can be undone, and what came of it so far. Plain data. */
import type { CallPolicy, LedgerRef } from '../contracts/tool';

/** A call that succeeded and whose tool declares `compensate`. */
export interface UndoableCall {
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
}

/** @param undo `in vain`: it ended, and is known not to have undone anything. */
export function withUndo(call: UndoableCall, undo: UndoableCall['undo'] | 'in vain'): UndoableCall {
  if (undo !== 'in vain') return { ...call, undo };
  return { ...call, undo: undefined, undoneInVain: (call.undoneInVain ?? 0) + 1 };
}
