/** What a tool's throw means. */
import { LedgerUnavailable } from '../ledger/port';

/** Longest words of a tool told to the model or kept, UTF-16 units. */
const MAX_WORDS = 4000;

/** Words of an error for the model and for people; never its stack or cause. */
export function messageOf(error: unknown): string {
  const message = (error as { message?: unknown } | null | undefined)?.message;
  const text = typeof message === 'string' ? message : String(error);
  return asText(text.length > MAX_WORDS ? `${text.slice(0, MAX_WORDS)}…` : text);
}

/** Halves of surrogate pairs, as a cut leaves them, have no UTF-8 form: replaced by U+FFFD. */
export function asText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

export type Throw =
  /** For the model; nothing was applied. */
  | { readonly kind: 'tool_error'; readonly message: string }
  /** The ledger went away under the body: not the body's failure. */
  | { readonly kind: 'ledger_unavailable'; readonly error: unknown }
  /** `applied` is what the tool promises of this attempt. */
  | { readonly kind: 'failure'; readonly applied: 'no' | 'maybe'; readonly message: string; readonly error: unknown };

/** By name and not by class: a tool may be built against another copy of the package than the worker. */
export function classifyThrow(error: unknown): Throw {
  const name = (error as { name?: unknown } | null | undefined)?.name;
  const message = messageOf(error) || (typeof name === 'string' ? name : 'an error without words');
  if (name === 'ToolError') return { kind: 'tool_error', message };
  if (error instanceof LedgerUnavailable) return { kind: 'ledger_unavailable', error };
  return { kind: 'failure', applied: name === 'NotApplied' ? 'no' : 'maybe', message, error };
}
