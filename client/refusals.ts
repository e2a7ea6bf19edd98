/** What a session refuses, as typed errors: the failure types of the contracts, with the session's own words. */
import { FAILURE_TYPES } from '../workflows/contracts';
import { AgentMismatch, MessageIdReused, QueueFull, Refused, SessionClosing, type HoldfastError } from './errors';

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
    default:
      return new Refused(message, { cause });
  }
}
