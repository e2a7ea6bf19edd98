/** How a session ended, read from its workflow; works without any worker. */
import { WorkflowFailedError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import { isPlainObject, type EndStatus, type SessionResult } from '../workflows/contracts';
import { callService, type Service } from './service';

export interface SessionEnd {
  readonly status: EndStatus;
  readonly reason: string;
  readonly message?: string;
  /** Present for `completed` and `stopped`. */
  readonly result?: SessionResult;
}

/** A run that continued as new is not the newest any more: the session goes on in the next. */
const OPEN: ReadonlySet<string> = new Set(['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW']);

/**
 * Says how the session ended; undefined while it is open.
 * @throws HoldfastError, `SessionNotFound` too.
 */
export async function findSessionEnd(
  service: Service,
  sessionId: string,
  deadline: number,
): Promise<SessionEnd | undefined> {
  const handle = service.client.workflow.getHandle(sessionId);
  const subject = { doing: `looking up session ${sessionId}`, sessionId };
  const description = await callService(service, subject, deadline, () => handle.describe());
  if (OPEN.has(description.status.name)) return undefined;
  return waitForEnd(service, sessionId, deadline);
}

/**
 * Waits until the session ends, over continued runs.
 * @throws HoldfastError
 */
export async function waitForEnd(service: Service, sessionId: string, deadline: number): Promise<SessionEnd> {
  const handle = service.client.workflow.getHandle(sessionId);
  const subject = { doing: `waiting for session ${sessionId} to end`, sessionId };
  return callService(service, subject, deadline, async () => {
    try {
      return readResult(await handle.result());
    } catch (error) {
      if (error instanceof WorkflowFailedError) return readFailure(error);
      throw error;
    }
  });
}

function readResult(result: unknown): SessionEnd {
  if (!isPlainObject(result) || (result.status !== 'completed' && result.status !== 'stopped')) {
    return {
      status: 'failed',
      reason: 'its result cannot be read; does this client use the same payload codecs as the worker?',
    };
  }
  const read = result as unknown as SessionResult;
  return { status: read.status, reason: read.reason, message: read.message, result: read };
}

function readFailure(error: WorkflowFailedError): SessionEnd {
  const { cause } = error;
  if (cause instanceof CancelledFailure) return { status: 'cancelled', reason: 'cancelled' };
  return { status: 'failed', reason: cause?.message ?? error.message };
}
