/** What names a call and its runner in the ledger: the same for tool calls and model calls. */
import { hostname } from 'node:os';

/** The ledger of tools that name none, and of all model calls. */
export const DEFAULT_LEDGER = 'default';

/** This process, for people. */
export const OWNER = `${hostname()}:${process.pid}`;

/** Key of a call's row, and of a tool call at its destination. */
export function callKeyOf(call: { readonly keyNamespace: string; readonly callId: string }): string {
  return `${call.keyNamespace}/${call.callId}`;
}

export function callIdOf(callKey: string): string {
  return callKey.slice(callKey.lastIndexOf('/') + 1);
}

/** What comes before the call's id: the session's namespace, and the child's path where there is one. */
export function namespaceOf(callKey: string): string {
  return callKey.slice(0, Math.max(0, callKey.lastIndexOf('/')));
}

/** How the keys of all branches of a model call begin. */
export function branchesOf(callKey: string): string {
  return `${callKey}~`;
}

/** The key of a model call whose own key holds the answer to another conversation. Call ids hold no `~`. @param digest of the conversation. */
export function branchKeyOf(callKey: string, digest: string): string {
  return `${branchesOf(callKey)}${digest.slice(0, 16)}`;
}

/** The key of the call that a branch branches off; any other key as it is. */
export function unbranched(callKey: string): string {
  const at = callKey.indexOf('~', callKey.lastIndexOf('/') + 1);
  return at < 0 ? callKey : callKey.slice(0, at);
}
