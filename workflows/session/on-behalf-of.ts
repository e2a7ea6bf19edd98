/** For whom a session works, as activities are told it. Plain code. */
import type { SessionState } from './session-state';

/** @returns tenant and user of the session, without what is absent. */
export function onBehalfOf({ input: { tenant, user } }: Pick<SessionState, 'input'>): {
  readonly tenant?: string;
  readonly user?: string;
} {
  return { ...(tenant === undefined ? {} : { tenant }), ...(user === undefined ? {} : { user }) };
}

/**
 * @param isOfChild of a call that a closed child made: that was told so, wherever it is undone.
 * @returns in a child the first session's id, which is what tools and rules are told the session is.
 */
export function rootOf(
  { sessionId, input: { child } }: Pick<SessionState, 'sessionId' | 'input'>,
  isOfChild = false,
): { readonly root?: string } {
  if (child) return { root: child.root };
  return isOfChild ? { root: sessionId } : {};
}
