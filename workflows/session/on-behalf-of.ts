/** For whom a session works, as activities are told it. Plain code. */
import type { SessionState } from './session-state';
import type { CallOwner } from './undoable-call';

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

/** Whose call it is, as its tool was told when it ran: a closed child's is undone, and said what became of, by its parent. */
export function whoseCall(
  state: SessionState,
  { callId, owner }: { readonly callId: string; readonly owner?: CallOwner },
): CallOwner & { readonly root?: string; readonly tenant?: string; readonly user?: string } {
  const { input, sessionId, keyNamespace } = state;
  const whose = owner ?? { agent: input.agent, sessionId, keyNamespace, callId };
  const root = owner ? { root: input.child?.root ?? sessionId } : rootOf(state);
  return {
    agent: whose.agent,
    sessionId: whose.sessionId,
    keyNamespace: whose.keyNamespace,
    callId: whose.callId,
    ...root,
    ...onBehalfOf(state),
  };
}
