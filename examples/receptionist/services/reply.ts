/** How a service answers a request: decided from the request and the journal alone. */
import type { JournalRow } from './journal';

export interface ServiceRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The body as JSON; undefined without one, or where it is not JSON. */
  readonly body: unknown;
}

export interface ServiceReply extends Pick<JournalRow, 'decision' | 'effect'> {
  readonly status: number;
  readonly body: unknown;
}

export function refused(status: number, error: string, message: string): ServiceReply {
  return { decision: 'refused', status, body: { error, message } };
}
