/**
 * Acts on a session that may be about to go on in another run: one that met a run which was just closing is done again in the next. Only for
 * what may be done twice: acts are known by their ids, and a second cancel changes nothing.
 */
import { pause, RETRY_BACKOFF } from './deadline';
import { SessionClosed, SessionNotFound } from './errors';
import { callService, type CallSubject, type Service } from './service';
import { readServiceFailure } from './service-failure';
import { findSessionEnd } from './session-end';

/**
 * @param deadline ms since the epoch.
 * @throws SessionClosed where the session has ended, SessionNotFound, and other HoldfastErrors.
 */
export async function overRuns<T>(
  service: Service,
  subject: CallSubject & { readonly sessionId: string },
  deadline: number,
  call: () => Promise<T>,
): Promise<T> {
  const { sessionId } = subject;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await callService(service, subject, deadline, call);
    } catch (error) {
      if (!isRunOver(error)) throw error;
      const end = await findSessionEnd(service, sessionId, deadline);
      if (end) throw new SessionClosed(sessionId, end.status, end.message ?? end.reason, { cause: error });
      if (!(await pause(service.clock, RETRY_BACKOFF, attempt, deadline))) throw error;
    }
  }
}

/** The run that the call met has closed; whether the session has, is another question. */
function isRunOver(error: unknown): boolean {
  return error instanceof SessionNotFound || readServiceFailure(error).kind === 'closed_underway';
}
