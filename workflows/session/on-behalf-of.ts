/** For whom a session works, as activities are told it. Plain code. */
import type { SessionState } from './session-state';

/** @returns tenant and user of the session, without what is absent. */
export function onBehalfOf({ input: { tenant, user } }: Pick<SessionState, 'input'>): {
  readonly tenant?: string;
  readonly user?: string;
} {
  return { ...(tenant === undefined ? {} : { tenant }), ...(user === undefined ? {} : { user }) };
}

/** @returns in a child the first session's id, which is what tools and rules are told the session is. */
export function rootOf({ input: { child } }: Pick<SessionState, 'input'>): { readonly root?: string } {
  return child ? { root: child.root } : {};
}
