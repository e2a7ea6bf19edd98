/** Which failures of workflow tasks are a fault. */
import { TAKEN_IN_AGAIN } from '../workflows/contracts';

/** `UNHANDLED_COMMAND`: a close met an event that had just come in, and the server had the task done again. Part of its protocol. */
const CLOSE_MET_AN_EVENT = 1;

/** @param failed as a history has it. @returns false where a task was only to be done again. */
export function isFault(failed: {
  readonly cause?: unknown;
  readonly failure?: { readonly message?: string | null } | null;
}): boolean {
  return Number(failed.cause) !== CLOSE_MET_AN_EVENT && failed.failure?.message !== TAKEN_IN_AGAIN;
}
