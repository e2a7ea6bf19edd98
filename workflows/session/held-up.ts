/** Whether the running turn waits for a person, and what for, as people are shown it. Plain code. */
import type { PendingItem } from '../contracts/messages';
import { INTERVENE_UPDATE } from '../contracts/names';
import type { Asking } from './bounding';
import { limitWords } from './limits';
import type { SessionState } from './session-state';
import { callsInDoubt, pendingItems } from './waiting-call';

/** True while the running turn goes on only once a person acts: nobody waits for its answer meanwhile. */
export function heldUp(state: SessionState): boolean {
  return askingOf(state) !== undefined || callsInDoubt(state).length > 0;
}

/** What the running turn waits for. */
export function turnPending(state: SessionState): readonly PendingItem[] {
  return [...limitItems(state), ...pendingItems(callsInDoubt(state))];
}

/** All that waits for a person: also compensations in doubt, which hold no turn up. */
export function allPending(state: SessionState): readonly PendingItem[] {
  return [...limitItems(state), ...pendingItems(state.unresolved.values())];
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
