/**
 * How a message gets its answer, whatever happens in between: the server restarts, the run continues as new, the session is busy, or
 * it closed. Plain code over a small port, so that its tests need no server. The message id stays the same all along: the
 * session recognises it and never takes it twice.
 */
import {
  FAILURE_TYPES,
  type AnswerResult,
  type PendingItem,
  type SendRequest,
  type SendResult,
} from '../workflows/contracts';
import { FOLLOW_BACKOFF, pause, RETRY_BACKOFF, type Clock } from './deadline';
import { HoldfastError, Refused, SessionClosed } from './errors';
import { refusalError } from './refusals';
import type { SessionEnd } from './session-end';
import { mayTryAgain } from './service';
import { readServiceFailure, type ServiceFailure } from './service-failure';

/** What sending needs of the world; each call ends by `deadline` (ms since the epoch). */
export interface SendPort {
  readonly clock: Clock;
  readonly sessionId: string;
  /** One update (with start, where one was asked for). Throws what the Temporal client throws. */
  update(request: SendRequest, updateId: string, deadline: number): Promise<SendResult>;
  /** The query `answer`. Throws HoldfastError. */
  answer(messageId: string, deadline: number): Promise<AnswerResult>;
  /** How the session ended; undefined while it is open. Throws HoldfastError (`SessionNotFound` too). */
  findEnd(deadline: number): Promise<SessionEnd | undefined>;
  /** A new id for an update. */
  mintUpdateId(): string;
  /** The error for a failure that ends the sending. */
  explain(failure: ServiceFailure, cause: unknown): Promise<Error>;
}

/** A run that is to end does so within seconds. How often one and the same is asked again, ever more seldom: some 30 s in all. */
const MAX_TRIES_OF_A_RUN = 20;
/** A closing session is closed within about a second. */
const MAX_CLOSING_TRIES = 4;

/**
 * @param follow true: an answer `queued` is followed by query until the message is answered, or a person is needed first; false: it is returned.
 * @param deadline ms since the epoch.
 * @returns every kind but `continued`; `queued` with `follow` only where an earlier turn waits for a person. `with_person` is returned as it is: the query
 *   `answer` has the person's reply later.
 * @throws HoldfastError
 */
export async function sendMessage(
  port: SendPort,
  request: SendRequest,
  follow: boolean,
  deadline: number,
): Promise<SendResult> {
  // The same update id over tries after a server failure: they meet the update that is already waiting instead of adding another.
  let updateId = port.mintUpdateId();
  let closingTries = 0;
  // A turn may go on through any number of runs, so only those tries count that found the same one.
  let run: number | undefined;
  let triesOfRun = 0;
  for (let attempt = 1; ; attempt += 1) {
    const tried = await tryOnce(port, request, updateId, closingTries < MAX_CLOSING_TRIES, deadline);
    if (tried.kind === 'result') {
      const { result } = tried;
      if (result.kind === 'queued' && follow) {
        const followed = await followAnswer(port, request, deadline);
        if (followed) return followed;
      } else if (result.kind !== 'continued') {
        return result;
      }
      const found = result.kind === 'continued' ? result.run : undefined;
      triesOfRun = found === undefined || found === run ? triesOfRun + 1 : 1;
      run = found;
      if (triesOfRun > MAX_TRIES_OF_A_RUN) throw givesUp(port.sessionId, request.messageId);
    }
    if (tried.kind === 'closing') closingTries += 1;
    if (tried.kind !== 'away') updateId = port.mintUpdateId();
    if (!(await pause(port.clock, RETRY_BACKOFF, tried.kind === 'result' ? triesOfRun : attempt, deadline))) {
      throw await (tried.kind === 'away'
        ? port.explain(tried.failure, tried.cause)
        : port.explain({ kind: 'deadline' }, undefined));
    }
  }
}

/** What came of one try, where it was not the end. */
type Try =
  | { readonly kind: 'result'; readonly result: SendResult }
  /** The server is away or busy: whether the update arrived is not known. */
  | { readonly kind: 'away'; readonly failure: ServiceFailure; readonly cause: unknown }
  /** The run this was sent to is over, and the session goes on in another. */
  | { readonly kind: 'run_over' }
  /** The session is about to close. */
  | { readonly kind: 'closing' };

async function tryOnce(
  port: SendPort,
  request: SendRequest,
  updateId: string,
  mayBeClosing: boolean,
  deadline: number,
): Promise<Try> {
  try {
    return { kind: 'result', result: await port.update(request, updateId, deadline) };
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    const failure = readServiceFailure(cause);
    if (mayTryAgain(failure, port.clock.now(), deadline)) return { kind: 'away', failure, cause };
    switch (failure.kind) {
      case 'already_started':
      case 'closed_underway':
      case 'not_found': {
        const end = await port.findEnd(deadline);
        return end
          ? { kind: 'result', result: await answerOfClosed(port, request, end, deadline) }
          : { kind: 'run_over' };
      }
      case 'refused': {
        if (failure.type !== FAILURE_TYPES.sessionClosing || !mayBeClosing) {
          throw refusalError(failure.type, failure.message, cause);
        }
        const end = await port.findEnd(deadline);
        return end
          ? { kind: 'result', result: await answerOfClosed(port, request, end, deadline) }
          : { kind: 'closing' };
      }
      case 'retry':
      case 'deadline':
      case 'no_poller':
      case 'namespace_not_found':
      case 'denied':
      case 'invalid':
      case 'query_failed':
      case 'other':
        throw await port.explain(failure, cause);
    }
  }
}

function givesUp(sessionId: string, messageId: string): Refused {
  return new Refused(
    `session ${sessionId} was to go on in another run and did not, over ${MAX_TRIES_OF_A_RUN} tries to send it the message ${messageId}; look at it in the Web UI`,
  );
}

/** @returns undefined when the session does not know the message, so that it must be sent again. */
async function followAnswer(port: SendPort, request: SendRequest, deadline: number): Promise<SendResult | undefined> {
  for (let look = 1; ; look += 1) {
    if (!(await pause(port.clock, FOLLOW_BACKOFF, look, deadline)))
      throw await port.explain({ kind: 'deadline' }, undefined);
    const found = await port.answer(request.messageId, deadline);
    if (found.kind === 'unknown_message') return undefined;
    if (found.kind === 'answered' && found.answer.kind !== 'queued') return found.answer;
    if (found.kind === 'in_progress' && found.pending) return heldUp(found, found.pending);
  }
}

/** A person is needed, which may take days: nobody waits for that, and the message keeps its place. */
function heldUp(
  { messageId, ahead }: Extract<AnswerResult, { kind: 'in_progress' }>,
  pending: readonly PendingItem[],
): SendResult {
  const person = pending.find((item) => item.kind === 'with_person');
  if (person) return { kind: 'with_person', messageId, person: person.by ?? 'a person' };
  if (ahead !== undefined) return { kind: 'queued', messageId, ahead };
  const [first] = pending;
  return { kind: 'waiting_for_human', messageId, turn: first?.call?.turn ?? first?.approval?.turn ?? 0, pending };
}

/** A closed session still answers for the messages it had answered. */
async function answerOfClosed(
  port: SendPort,
  request: SendRequest,
  end: SessionEnd,
  deadline: number,
): Promise<SendResult> {
  const found = end.status === 'failed' ? undefined : await port.answer(request.messageId, deadline);
  if (found?.kind === 'answered') return found.answer;
  throw new SessionClosed(port.sessionId, end.status, end.message ?? end.reason);
}
