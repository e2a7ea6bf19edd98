/** What waits for people in a session's children, as the session itself shows it: under ids that say where. Plain code. */
import type { PendingItem } from '../contracts/messages';
import { openRecords } from './children';
import { withPath } from './family-ids';
import type { SessionState } from './session-state';
import { shareOf, shownArgs, shownWords, type Share } from './waiting-call';

/** All that waits in children, and below them. @param others how many items are shown beside: the more there are, the less is shown of each. */
export function familyPending({ family }: Pick<SessionState, 'family'>, others = 0): readonly PendingItem[] {
  const found = openRecords(family).flatMap(({ child, pending }) => pending.map((item) => [child, item] as const));
  const share = shareOf(found.length + others);
  return found.map(([child, item]) => ofChild(child, item, share));
}

/** True while the running turn goes on only once a person acts on something in a child. */
export function familyWaits({ family, active }: Pick<SessionState, 'family' | 'active'>): boolean {
  return active !== undefined && openRecords(family).some(({ waits }) => waits);
}

/** An item as the child's parent shows it. @param child its path, from where it is shown. */
export function ofChild(child: string, item: PendingItem, share: Share): PendingItem {
  const { approval, call } = item;
  return {
    ...item,
    id: withPath(child, item.id),
    child: item.child === undefined ? child : `${child}/${item.child}`,
    ...(approval
      ? {
          approval: {
            ...approval,
            callId: withPath(child, approval.callId),
            args: shownArgs(approval.args, share.args),
            terms: { ...approval.terms, reason: shownWords(approval.terms.reason, share.words) },
          },
        }
      : {}),
    ...(call
      ? {
          call: {
            ...call,
            callId: withPath(child, call.callId),
            args: shownArgs(call.args, share.args),
            message: shownWords(call.message, share.words),
          },
        }
      : {}),
  };
}
