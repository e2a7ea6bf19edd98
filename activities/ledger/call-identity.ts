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
