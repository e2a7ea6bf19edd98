/** Calls of which nobody knows whether they happened, as a person is shown them, and what the session's status is while they wait. Plain code. */
import type { JsonObject } from '../contracts/json';
import type { PendingItem } from '../contracts/messages';
import { RESOLVE_UPDATE } from '../contracts/names';
import type { OpenStatus } from '../contracts/session';
import type { CallPolicy, LedgerRef, UnresolvedCall } from '../contracts/tool';
import type { SessionState } from './session-state';

/** Longer arguments are shown by their beginning: `send` answers with all that waits, and a payload may have 2 MB. */
const MAX_SHOWN_ARGS = 16_384;

export interface WaitingCall {
  /** `call`: of the turn that runs, which goes on only when this is decided. `undo`: a compensation, which holds nothing up. */
  readonly kind: 'call' | 'undo';
  /** `<call>.undo` for a compensation. */
  readonly callId: string;
  readonly tool: string;
  readonly turn: number;
  readonly step: number;
  readonly summary: string;
  readonly args: JsonObject;
  /** Why nobody knows whether it happened, in words. */
  readonly message: string;
  /** ms since the epoch. */
  readonly since: number;
  readonly row: UnresolvedCall;
  readonly policy: CallPolicy;
  readonly ledger: LedgerRef;
}

/** @returns `args` where they are short, else their beginning. */
export function shownArgs(args: JsonObject): JsonObject {
  const text = JSON.stringify(args);
  return text.length <= MAX_SHOWN_ARGS ? args : { $cut: text.slice(0, MAX_SHOWN_ARGS) };
}

/** Calls that hold the running turn up. */
export function callsInDoubt(state: SessionState): readonly WaitingCall[] {
  return [...state.unresolved.values()].filter(({ kind }) => kind === 'call');
}

export function pendingItems(calls: Iterable<WaitingCall>): readonly PendingItem[] {
  return [...calls].map((call): PendingItem => ({
    kind: 'unresolved',
    id: call.callId,
    summary: call.summary,
    since: call.since,
    unblockedBy: RESOLVE_UPDATE,
    call: {
      callId: call.callId,
      tool: call.tool,
      turn: call.turn,
      step: call.step,
      args: call.args,
      message: call.message,
      row: call.row,
    },
  }));
}

/** Where an open session stands: what waits for a person comes first, but a compensation in doubt does not hold a turn up. */
export function standing(state: SessionState): { readonly status: OpenStatus; readonly reason?: string } {
  const waiting = state.active ? callsInDoubt(state) : [...state.unresolved.values()];
  const [first] = waiting;
  if (first) {
    const more = waiting.length > 1 ? ` (and ${waiting.length - 1} more)` : '';
    return { status: 'waiting_for_human', reason: `a person must say whether ${first.summary} happened${more}` };
  }
  if (state.active) return { status: 'running' };
  return { status: 'waiting_for_user', reason: state.restReason };
}
