/** Calls of which nobody knows whether they happened, as a person is shown them, and what the session's status is while they wait. Plain code. */
import type { JsonObject } from '../contracts/json';
import type { PendingItem } from '../contracts/messages';
import { RESOLVE_UPDATE } from '../contracts/names';
import type { OpenStatus } from '../contracts/session';
import type { CallPolicy, LedgerRef, UnresolvedCall } from '../contracts/tool';
import { openRecords } from './children';
import { askingWords, isOfFamily } from './limits';
import { askedCalls } from './running-step';
import type { SessionState } from './session-state';
import type { CallOwner } from './undoable-call';

/** Longer arguments are shown by their beginning. */
const MAX_SHOWN_ARGS = 16_384;
/** Longer words too: a tool's error may have 4,000 characters. */
const MAX_SHOWN_WORDS = 5_000;
/**
 * Arguments of all that waits, and as much again of words, in UTF-16 units, of at most 3 bytes each. `send` answers with all of it to each of the four who
 * may wait; a payload may have 2 MB, and a message to the server 4 MB.
 */
const MAX_SHOWN_IN_ALL = 131_072;

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
  /** Set for the compensation of a call of a child that is closed: whose it is, with the compensation's own id there. */
  readonly owner?: CallOwner;
}

export function shownArgs(args: JsonObject, max: number): JsonObject {
  const text = JSON.stringify(args);
  return text.length <= max ? args : { $cut: text.slice(0, max).replace(/\p{Surrogate}$/u, '') };
}

export function shownWords(words: string, max: number): string {
  return words.length <= max ? words : `${words.slice(0, max - 1).replace(/\p{Surrogate}$/u, '')}…`;
}

/** Calls that hold the running turn up. */
export function callsInDoubt(state: SessionState): readonly WaitingCall[] {
  return [...state.unresolved.values()].filter(({ kind }) => kind === 'call');
}

/** How much is shown of the arguments, and of the words, of something that waits; UTF-16 units. */
export interface Share {
  readonly args: number;
  readonly words: number;
}

/** @param count of all that waits: of each so much less is shown as there are more. */
export function shareOf(count: number): Share {
  const share = Math.floor(MAX_SHOWN_IN_ALL / Math.max(1, count));
  return { args: Math.min(MAX_SHOWN_ARGS, share), words: Math.min(MAX_SHOWN_WORDS, Math.floor(share / 2)) };
}

/** @returns what people are shown of `calls`. */
export function pendingItems(calls: Iterable<WaitingCall>, share?: Share): readonly PendingItem[] {
  const all = [...calls];
  const { args, words } = share ?? shareOf(all.length);
  return all.map((call): PendingItem => ({
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
      args: shownArgs(call.args, args),
      message: shownWords(call.message, words),
      row:
        call.row.lastError === undefined ? call.row : { ...call.row, lastError: shownWords(call.row.lastError, words) },
    },
  }));
}

/** Where an open session stands: what waits for a person comes first, but a compensation in doubt does not hold a turn up. */
export function standing(state: SessionState): { readonly status: OpenStatus; readonly reason?: string } {
  const { person, paused } = state;
  if (person) return { status: 'waiting_for_human', reason: `${person.by} has taken over` };
  if (paused) return { status: 'waiting_for_human', reason: `paused by ${paused.by}` };
  const { asking } = state.bounding;
  const asked = askedCalls(state.runningStep);
  if (state.active && asked[0]) {
    const { call, approving } = asked[0];
    const more = asked.length > 1 ? ` (and ${asked.length - 1} more)` : '';
    return { status: 'waiting_for_human', reason: `people must approve ${(approving.edited ?? call).summary}${more}` };
  }
  if (state.active && asking) {
    return isOfFamily(asking.bound)
      ? { status: 'running', reason: askingWords(asking) }
      : { status: 'waiting_for_human', reason: askingWords(asking) };
  }
  const inChildren = state.active ? openRecords(state.family).filter(({ waits }) => waits) : [];
  const [waitingChild] = inChildren;
  if (waitingChild) {
    const what = waitingChild.pending[0]?.summary ?? 'something';
    return { status: 'waiting_for_human', reason: `people decide on ${what} for the agent ${waitingChild.agent}` };
  }
  const waiting = state.active ? callsInDoubt(state) : [...state.unresolved.values()];
  const [first] = waiting;
  if (first) {
    const more = waiting.length > 1 ? ` (and ${waiting.length - 1} more)` : '';
    return { status: 'waiting_for_human', reason: `a person must say whether ${first.summary} happened${more}` };
  }
  if (state.active) return { status: 'running' };
  return { status: 'waiting_for_user', reason: state.restReason };
}
