/** Errors of sessions, as the desk's pages say them. */
import { HoldfastError, type HoldfastErrorCode } from '../../client';

export interface Problem {
  readonly status: 403 | 404 | 409 | 500 | 503;
  /** For people. */
  readonly sentence: string;
  /** It was about something that is not there any more. */
  readonly isStale?: true;
}

const UNREACHABLE: ReadonlySet<HoldfastErrorCode> = new Set([
  'SERVER_UNAVAILABLE',
  'SERVER_REFUSED',
  'NO_WORKER',
  'DEADLINE_EXCEEDED',
  'CLIENT_CLOSED',
]);

/** @param error whatever was thrown. What is no error of a session is not shown: it may say more than is meant for whoever looks. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof HoldfastError)) return { status: 500, sentence: 'Something is wrong with this desk.' };
  const { code, message } = error;
  if (UNREACHABLE.has(code)) return { status: 503, sentence: `Sessions cannot be asked at the moment: ${message}` };
  switch (code) {
    case 'SESSION_NOT_FOUND':
      return { status: 404, sentence: 'There is no such session.' };
    case 'STALE_DECISION':
      return {
        status: 409,
        isStale: true,
        sentence: 'This changed meanwhile, so nothing was decided. Below is what waits now: look at it again.',
      };
    case 'ALREADY_DECIDED':
      return { status: 409, sentence: `Nothing was changed: ${message}` };
    case 'NOT_AUTHORIZED':
      return { status: 403, sentence: `You may not decide on this: ${message}` };
    default:
      return { status: 409, sentence: message };
  }
}
