/**
 * Everything the client throws on purpose. Each error has a `code`, which programs may rely on, and a message of one clear
 * sentence: what was wrong, what was expected, what to do. Anything else that comes out of the client is a bug.
 */
import type { SessionStatusName } from '../workflows/contracts';

export type HoldfastErrorCode =
  | 'BAD_CONFIG'
  | 'CLIENT_CLOSED'
  | 'SERVER_UNAVAILABLE'
  | 'SERVER_REFUSED'
  | 'NO_WORKER'
  | 'DEADLINE_EXCEEDED'
  | 'INVALID_REQUEST'
  | 'SESSION_EXISTS'
  | 'SESSION_NOT_FOUND'
  | 'SESSION_CLOSED'
  | 'SESSION_CLOSING'
  | 'SESSION_CANCELLED'
  | 'SESSION_FAILED'
  | 'TRANSCRIPT_UNAVAILABLE'
  | 'REFUSED'
  | 'ALREADY_DECIDED'
  | 'STALE_DECISION'
  | 'NOT_AUTHORIZED'
  | 'MESSAGE_ID_REUSED'
  | 'AGENT_MISMATCH'
  | 'QUEUE_FULL';

export abstract class HoldfastError extends Error {
  abstract readonly code: HoldfastErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Options, environment or configuration file cannot be used as they are. */
export class BadConfig extends HoldfastError {
  readonly code = 'BAD_CONFIG';
}

/** `close` was called on this client before the answer came. What was asked for may still happen. */
export class ClientClosed extends HoldfastError {
  readonly code = 'CLIENT_CLOSED';

  constructor(options?: ErrorOptions) {
    super('this client was closed, so it makes no further calls; connect again', options);
  }
}

/** No Temporal server answers at `address`. */
export class ServerUnavailable extends HoldfastError {
  readonly code = 'SERVER_UNAVAILABLE';

  constructor(
    readonly address: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The server answers and says no: namespace, permission, search attributes, a request it cannot take. */
export class ServerRefused extends HoldfastError {
  readonly code = 'SERVER_REFUSED';
}

/** Nobody works on the task queue. */
export class NoWorker extends HoldfastError {
  readonly code = 'NO_WORKER';

  constructor(
    readonly taskQueue: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The time given ran out. What was asked for may still happen; with `messageId` the same message can be asked for again. */
export class DeadlineExceeded extends HoldfastError {
  readonly code = 'DEADLINE_EXCEEDED';

  constructor(
    message: string,
    readonly messageId?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Refused by the client itself, before anything was sent. */
export class InvalidRequest extends HoldfastError {
  readonly code = 'INVALID_REQUEST';
}

/** `startSession` with the id of a session that is open, or was. */
export class SessionExists extends HoldfastError {
  readonly code = 'SESSION_EXISTS';

  constructor(
    readonly sessionId: string,
    options?: ErrorOptions,
  ) {
    super(`a session ${sessionId} exists already or has existed; send to it, or start one under another id`, options);
  }
}

export class SessionNotFound extends HoldfastError {
  readonly code = 'SESSION_NOT_FOUND';

  constructor(
    readonly sessionId: string,
    namespace: string,
    options?: ErrorOptions,
  ) {
    super(
      `there is no session ${sessionId} in the namespace ${namespace}; it was never started, or its retention is over`,
      options,
    );
  }
}

/** The session ended, and the message was not answered before it did. */
export class SessionClosed extends HoldfastError {
  readonly code = 'SESSION_CLOSED';

  constructor(
    readonly sessionId: string,
    readonly status: SessionStatusName,
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`session ${sessionId} has ended (${status}: ${reason}); start a new one under another id`, options);
  }
}

/** The session is ending at this moment and takes no more messages. */
export class SessionClosing extends HoldfastError {
  readonly code = 'SESSION_CLOSING';
}

/** `result` of a session that was cancelled. */
export class SessionCancelled extends HoldfastError {
  readonly code = 'SESSION_CANCELLED';

  constructor(
    readonly sessionId: string,
    options?: ErrorOptions,
  ) {
    super(`session ${sessionId} was cancelled, so it has no result`, options);
  }
}

/** `result` of a session whose input no version could read, or that an operator terminated. */
export class SessionFailed extends HoldfastError {
  readonly code = 'SESSION_FAILED';

  constructor(
    readonly sessionId: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`session ${sessionId} failed: ${reason}`, options);
  }
}

/** A part of the conversation is stored where this client cannot read it, or is not what was stored. The message says where it is. */
export class TranscriptUnavailable extends HoldfastError {
  readonly code = 'TRANSCRIPT_UNAVAILABLE';

  constructor(
    readonly sessionId: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The session refused the message without being touched by it. */
export class Refused extends HoldfastError {
  readonly code = 'REFUSED';
}

/** Somebody decided on the call before; it stays as it was decided. */
export class AlreadyDecided extends HoldfastError {
  readonly code = 'ALREADY_DECIDED';

  constructor(
    message: string,
    /** As far as the session said it. `at`: ms since the epoch. */
    readonly decided: {
      readonly call?: 'approved' | 'rejected';
      readonly by?: readonly string[];
      readonly at?: number;
      readonly argsHash?: string;
    } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The decision is about other arguments than those that wait now: look again, and decide on what is there. */
export class StaleDecision extends HoldfastError {
  readonly code = 'STALE_DECISION';
}

/** Whoever decides may not: no valid signature, the wrong role, the session's own user, twice the same person. The call still waits. */
export class NotAuthorized extends HoldfastError {
  readonly code = 'NOT_AUTHORIZED';
}

/** The message id was used before with other content. */
export class MessageIdReused extends HoldfastError {
  readonly code = 'MESSAGE_ID_REUSED';
}

/** The message names an agent that is not the session's. */
export class AgentMismatch extends HoldfastError {
  readonly code = 'AGENT_MISMATCH';
}

/** Too many messages wait in the session. */
export class QueueFull extends HoldfastError {
  readonly code = 'QUEUE_FULL';
}
