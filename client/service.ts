/**
 * The Temporal client with what every call of ours needs: a deadline, tries again while the server is away or busy, and errors
 * that say what to do.
 */
import type { Client, Connection } from '@temporalio/client';
import { pause, RETRY_BACKOFF, type Clock } from './deadline';
import { DeadlineExceeded, HoldfastError, NoWorker, ServerRefused, ServerUnavailable, SessionNotFound } from './errors';
import type { Lifetime } from './lifetime';
import { refusalError } from './refusals';
import { readServiceFailure, type ServiceFailure } from './service-failure';
import { findPollers, noWorkerSentence } from './task-queue';
import type { ReadStoredPart } from './transcript';

export interface Service {
  readonly client: Client;
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
  /** Where sessions are started. */
  readonly taskQueue: string;
  readonly clock: Clock;
  readonly lifetime: Lifetime;
  /** Absent: earlier runs are asked for what they stored. */
  readonly readStoredPart?: ReadStoredPart;
}

/** What a call is about, for its errors. */
export interface CallSubject {
  /** In words, after "while": `reading the status of session s1`. */
  readonly doing: string;
  readonly sessionId?: string;
  readonly taskQueue?: string;
  /** Said in errors after which the same message may be sent again. */
  readonly messageId?: string;
}

/** Longest wait for an answer to a small question (status, a page of the transcript, an act), ms. */
export const CALL_TIMEOUT_MS = 15_000;

/** A call that ended this long before its deadline did not end by it: a server or proxy that went away gives the same codes. */
const EARLY_MS = 250;

/**
 * Makes one call of Temporal's client that ends by `deadline` (ms since the epoch) and with this client.
 * @throws ClientClosed, or what the Temporal client throws.
 */
export function callOnce<T>(service: Service, deadline: number, call: () => Promise<T>): Promise<T> {
  const { client, connection, lifetime } = service;
  return lifetime.run(connection, () => client.withDeadline(deadline, call));
}

/** True where trying again may help: the server is away or busy, or the call was cut off long before its deadline. */
export function mayTryAgain(failure: ServiceFailure, now: number, deadline: number): boolean {
  return failure.kind === 'retry' || (failure.kind === 'deadline' && now < deadline - EARLY_MS);
}

/**
 * How long a query waits before it is asked again, ms; doubled each time. The server loses one now and then, when the session closes or
 * its worker goes away under it, and would let it wait for as long as it may; the longest replay takes seconds.
 */
export const QUERY_TRY_MS = 4_000;

/**
 * Makes one call, again and again while the server is away or busy, until `deadline` (ms since the epoch).
 * @param tryMs for calls that may be made twice: longest wait of the first try, doubled each time; absent: until the deadline.
 * @throws HoldfastError
 */
export async function callService<T>(
  service: Service,
  subject: CallSubject,
  deadline: number,
  call: () => Promise<T>,
  tryMs = Number.POSITIVE_INFINITY,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await callOnce(service, Math.min(deadline, service.clock.now() + tryMs * 2 ** (attempt - 1)), call);
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      const failure = readServiceFailure(error);
      const again = mayTryAgain(failure, service.clock.now(), deadline);
      if (again && (await pause(service.clock, RETRY_BACKOFF, attempt, deadline))) continue;
      throw await toHoldfastError(service, subject, failure, error);
    }
  }
}

/** @returns the error to throw for a failure that ends a call. */
export async function toHoldfastError(
  service: Service,
  subject: CallSubject,
  failure: ServiceFailure,
  cause: unknown,
): Promise<Error> {
  if (cause instanceof HoldfastError) return cause;
  const repeat =
    subject.messageId === undefined
      ? ''
      : `; send it again with the message id ${subject.messageId}, it is never taken twice`;
  switch (failure.kind) {
    case 'retry':
      return new ServerUnavailable(
        service.address,
        `the Temporal server at ${service.address} stayed away while ${subject.doing} (${failure.message})${repeat}`,
        { cause },
      );
    case 'deadline':
    case 'no_poller':
      return explainTimeout(service, subject, repeat, cause);
    case 'not_found':
      return subject.sessionId === undefined
        ? new ServerRefused(`the server found nothing while ${subject.doing}`, { cause })
        : new SessionNotFound(subject.sessionId, service.namespace, { cause });
    case 'namespace_not_found':
      return new ServerRefused(
        `the server at ${service.address} has no namespace ${failure.namespace}; name one with --namespace or TEMPORAL_NAMESPACE`,
        { cause },
      );
    case 'denied':
      return new ServerRefused(
        `the server at ${service.address} denied the call while ${subject.doing} (${failure.message}); check the API key and the namespace`,
        { cause },
      );
    case 'invalid':
    case 'query_failed':
      return new ServerRefused(
        `the server refused the call while ${subject.doing}: ${explainInvalid(failure.message)}`,
        { cause },
      );
    case 'refused':
      return refusalError(failure.type, failure.message, cause);
    case 'already_started':
    case 'closed_underway':
    case 'other':
      return cause instanceof Error ? cause : new Error(`unexpected error while ${subject.doing}`, { cause });
  }
}

async function explainTimeout(service: Service, subject: CallSubject, repeat: string, cause: unknown): Promise<Error> {
  const taskQueue = subject.taskQueue ?? (await findTaskQueue(service, subject.sessionId));
  const pollers = await findPollers(service, taskQueue);
  if (pollers?.count === 0) {
    return new NoWorker(taskQueue, `${noWorkerSentence(service, taskQueue)}${repeat}`, { cause });
  }
  const ago = pollers?.lastPollAgoMs;
  const stale =
    ago === undefined || ago < 70_000
      ? ''
      : ` (the last worker on ${taskQueue} polled ${Math.round(ago / 1000)} s ago)`;
  return new DeadlineExceeded(`the time ran out while ${subject.doing}${stale}${repeat}`, subject.messageId, { cause });
}

async function findTaskQueue(service: Service, sessionId: string | undefined): Promise<string> {
  if (sessionId === undefined) return service.taskQueue;
  try {
    const handle = service.client.workflow.getHandle(sessionId);
    return (await callOnce(service, Date.now() + 2_000, () => handle.describe())).taskQueue;
  } catch {
    return service.taskQueue;
  }
}

/** The one refusal of a start that a new installation meets, with its remedy. */
function explainInvalid(message: string): string {
  return /search attribute/i.test(message)
    ? `${message}; register the product's search attributes with \`temporal operator search-attribute create\` (a worker that refuses to start prints the commands)`
    : message;
}
