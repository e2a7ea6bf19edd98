/** What tells a page from a later one: equal where nothing that the page shows has changed. */
import { createHash } from 'node:crypto';
import type { PendingItem } from '../../workflows/contracts';
import type { SessionLook, WaitingList } from './source';

/** @returns a few characters that name this state of the list. */
export function listVersion({ entries, unread, more }: WaitingList): string {
  return digest([entries.map(({ sessionId, item }) => [sessionId, itemState(item)]), unread, more]);
}

/** @returns a few characters that name this state of a session. */
export function sessionVersion({ status, pending }: SessionLook): string {
  const { recent, refused, standing = [], paused, person, queued, conversationLength, step, turn, active } = status;
  const last = recent.slice(-5).map(({ id, outcome }) => [id, outcome]);
  return digest([
    [status.status, status.since, turn, step, queued, conversationLength, refused],
    [paused, person, standing.map(({ actId }) => actId), last, active],
    pending.map(itemState),
  ]);
}

/** @returns a few characters that name what is known of something that waits: a decision on an earlier state is one on something else. */
export function itemVersion(item: PendingItem): string {
  return digest(itemState(item));
}

function itemState({ kind, id, since, until, limit, approval, call, by }: PendingItem): unknown {
  const { argsHash, stage, approvedBy = [], terms } = approval ?? {};
  return [
    [kind, id, since, until, by, limit, call?.row.attempts],
    [argsHash, stage, terms?.approvals, approvedBy.map(({ actId }) => actId)],
  ];
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);
}
