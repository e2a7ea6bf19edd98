/** How a service answers a request: decided from the request and the journal alone. */
import type { JournalRow, ServiceEffect } from './journal';

export interface ServiceRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body as JSON; undefined without one, or where it is not JSON. */
  readonly body: unknown;
}

export interface ServiceReply<Effect extends ServiceEffect> extends Pick<JournalRow<Effect>, 'decision' | 'effect'> {
  readonly status: number;
  readonly body: unknown;
}

export function refused(status: number, error: string, message: string): ServiceReply<never> {
  return { decision: 'refused', status, body: { error, message } };
}
