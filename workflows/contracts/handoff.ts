/**
 * The two signals between a session and its child. Declared before handoffs exist, because their names and shapes are in the
 * histories of both sides.
 */
import type { Json } from './json';
import type { PendingItem, SendResult } from './messages';
import type { SessionStatusName, UsageTotals } from './session';

/** Parent to child: a message or an act on somebody's behalf. */
export interface Relay {
  readonly relayId: string;
  readonly act: 'send' | 'decide' | 'resolve' | 'intervene' | 'park';
  readonly payload: Json;
}

/** Child to parent: the answer to a relay, or news without one. A signal does not say who sent it, so this does. */
export interface Report {
  /** `SessionInput.childPath` of the sender: a parent may have several children at once. */
  readonly child: string;
  /** Counts the child's reports from 1: one that comes late must not put an older status over a newer one. */
  readonly seq: number;
  readonly relayId?: string;
  readonly result?: SendResult;
  readonly pending: readonly PendingItem[];
  readonly status: SessionStatusName;
  readonly usage: UsageTotals;
}
