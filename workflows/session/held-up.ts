/** Whether the running turn waits for a person, and what for, as people are shown it. Plain code. */
import { inertLine } from '../contracts/display';
import type { PendingItem } from '../contracts/messages';
import { INTERVENE_UPDATE } from '../contracts/names';
import type { Hold } from '../contracts/session';
import { approvalItem } from './approval-items';
import type { Asking } from './bounding';
import { familyPending, familyWaits } from './family-pending';
import { limitWords } from './limits';
import { askedCall, askedCalls } from './running-step';
import type { SessionState } from './session-state';
import { callsInDoubt, pendingItems, shareOf, type WaitingCall } from './waiting-call';

/** True while the running turn goes on only once a person acts: nobody waits for its answer meanwhile. */
export function heldUp(state: SessionState): boolean {
  const { paused, person, runningStep } = state;
  if (paused ?? person ?? askingOf(state)) return true;
  return askedCalls(runningStep).length > 0 || callsInDoubt(state).length > 0 || familyWaits(state);
}

/** What the running turn waits for. */
export function turnPending(state: SessionState): readonly PendingItem[] {
  return pendingOf(state, callsInDoubt(state));
}

/** All that waits for a person: also compensations in doubt, which hold no turn up. */
export function allPending(state: SessionState): readonly PendingItem[] {
  return pendingOf(state, [...state.unresolved.values()]);
}

/** What waits of one call, with all of its arguments. */
export function callPending(state: SessionState, callId: string): readonly PendingItem[] {
  const share = { args: Infinity, words: Infinity };
  const inDoubt = [...state.unresolved.values()].filter((call) => call.callId === callId);
  const asked = askedCall(state.runningStep, callId);
  return [
    ...(asked ? [approvalItem(state, asked, share)] : []),
    ...pendingItems(inDoubt, share),
    ...familyPending(state).filter(({ id }) => id === callId),
  ];
}

function pendingOf(state: SessionState, inDoubt: readonly WaitingCall[]): readonly PendingItem[] {
  const asked = askedCalls(state.runningStep);
  const share = shareOf(asked.length + inDoubt.length);
  return [
    ...limitItems(state),
    ...asked.map((call) => approvalItem(state, call, share)),
    ...pendingItems(inDoubt, share),
    ...familyPending(state, asked.length + inDoubt.length),
    ...holdItem('paused', state.paused),
    ...holdItem('with_person', state.person),
  ];
}

/** The bound that the running turn waits for. */
export function askingOf({ active, bounding }: SessionState): Asking | undefined {
  return active ? bounding.asking : undefined;
}

function limitItems(state: SessionState): readonly PendingItem[] {
  const asking = askingOf(state);
  if (!asking) return [];
  const { since, until, ...limit } = asking;
  return [
    {
      kind: 'limit',
      id: asking.bound,
      summary: limitWords(asking),
      since,
      unblockedBy: INTERVENE_UPDATE,
      limit,
      ...(until === undefined ? {} : { until }),
    },
  ];
}

/** The session holds still until somebody lets go of it. */
function holdItem(kind: 'paused' | 'with_person', hold: Hold | undefined): readonly PendingItem[] {
  if (!hold) return [];
  const { by, since, reason } = hold;
  const words = kind === 'paused' ? `paused by ${by}` : `${by} has taken over`;
  const why = reason === undefined ? '' : `: ${reason}`;
  return [{ kind, id: kind, summary: inertLine(`${words}${why}`), since, unblockedBy: INTERVENE_UPDATE, by }];
}
