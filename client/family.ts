/** Ids in a family of sessions: the first session, its children under paths below it (`<id>/h1`, `<id>/h1/h2`), and calls in those. Plain. */
import { CHILD_PATH_PATTERN, SESSION_ID_PATTERN, type PendingItem } from '../workflows/contracts';
import { InvalidRequest } from './errors';

/** @param path below the session: `h1`, `h1/h2`. @throws InvalidRequest for what is no path of a child. */
export function childSessionId(sessionId: string, path: string): string {
  const [, ...above] = sessionId.split('/');
  if (!CHILD_PATH_PATTERN.test([...above, path].join('/'))) {
    throw new InvalidRequest(
      `the path of a child must be like h1 or h1/h2, as status and pending show it, got ${JSON.stringify(path.slice(0, 60))}`,
    );
  }
  return `${sessionId}/${path}`;
}

/** @returns the first session's id, and the path below it; undefined for what is no child's session id. */
export function splitChildId(sessionId: string): { readonly first: string; readonly path: string } | undefined {
  const at = sessionId.indexOf('/');
  const [first, path] = [sessionId.slice(0, Math.max(0, at)), sessionId.slice(at + 1)];
  return SESSION_ID_PATTERN.test(first) && CHILD_PATH_PATTERN.test(path) ? { first, path } : undefined;
}

/** @param id of a call, or of something that waits: `h1:c1`. @returns the path of the child that it is in, where it is in one, and the id that it has there. */
export function splitCallId(id: string): { readonly child?: string; readonly callId: string } {
  const at = id.indexOf(':');
  const child = id.slice(0, Math.max(0, at));
  return CHILD_PATH_PATTERN.test(child) ? { child, callId: id.slice(at + 1) } : { callId: id };
}

/** Something that waits in a child, as the session above it lists it. @param path of the child, below that session. */
export function asListedAbove(item: PendingItem, path: string): PendingItem {
  const { child, approval, call } = item;
  const above = (id: string): string => `${path}${child === undefined ? ':' : '/'}${id}`;
  return {
    ...item,
    id: above(item.id),
    child: child === undefined ? path : `${path}/${child}`,
    ...(approval ? { approval: { ...approval, callId: above(approval.callId) } } : {}),
    ...(call ? { call: { ...call, callId: above(call.callId) } } : {}),
  };
}

/** @throws InvalidRequest for a child: its parent answers for it, and would not know of what is done behind its back. */
export function assertFirstSession(sessionId: string): void {
  const found = splitChildId(sessionId);
  if (!found) return;
  const { first, path } = found;
  throw new InvalidRequest(
    `${sessionId} is a child, which is only read: act on the first session ${first}, which lists what waits in it under ids that begin with ${path}:`,
  );
}
