/** What a session refuses, as typed errors: the failure types of the contracts, with the session's own words. */
import { ApplicationFailure } from '@temporalio/common';
import { FAILURE_TYPES, isPlainObject } from '../workflows/contracts';
import {
  AgentMismatch,
  AlreadyDecided,
  MessageIdReused,
  NotAuthorized,
  QueueFull,
  Refused,
  SessionClosing,
  StaleDecision,
  type HoldfastError,
} from './errors';

/** @param type a failure `type`; one this version does not know is `Refused`. */
export function refusalError(type: string, message: string, cause: unknown): HoldfastError {
  switch (type) {
    case FAILURE_TYPES.messageIdReused:
      return new MessageIdReused(message, { cause });
    case FAILURE_TYPES.agentMismatch:
      return new AgentMismatch(message, { cause });
    case FAILURE_TYPES.sessionClosing:
      return new SessionClosing(message, { cause });
    case FAILURE_TYPES.queueFull:
      return new QueueFull(message, { cause });
    case FAILURE_TYPES.alreadyDecided:
      return new AlreadyDecided(message, decidedIn(cause), { cause });
    case FAILURE_TYPES.staleDecision:
      return new StaleDecision(message, { cause });
    case FAILURE_TYPES.notAuthorized:
      return new NotAuthorized(message, { cause });
    default:
      return new Refused(message, { cause });
  }
}

function decidedIn(cause: unknown): AlreadyDecided['decided'] {
  const { call, by, at, argsHash } = detailsIn(cause);
  return {
    ...(call === 'approved' || call === 'rejected' ? { call } : {}),
    ...(Array.isArray(by) && by.every((name) => typeof name === 'string') ? { by } : {}),
    ...(typeof at === 'number' ? { at } : {}),
    ...(typeof argsHash === 'string' ? { argsHash } : {}),
  };
}

/** What a session says beside its words; it may be of another version. */
function detailsIn(error: unknown): Record<string, unknown> {
  const failure = error instanceof Error && !(error instanceof ApplicationFailure) ? error.cause : error;
  const [details] = failure instanceof ApplicationFailure ? (failure.details ?? []) : [];
  return isPlainObject(details) ? details : {};
}
