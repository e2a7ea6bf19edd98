/** What a tool activity throws: each has a registered type, and those that a retry can mend say when to try again. */
import { ApplicationFailure } from '@temporalio/common';
import { FAILURE_TYPES, type FailureType } from '../../workflows/contracts/failures';
import type { CallPolicy } from '../../workflows/contracts/tool';
import { asText } from './throws';

/** Longest message in a failure: it is kept in history with each attempt. */
const MAX_MESSAGE = 2000;

/**
 * Up to half of the wait is random, so that calls that failed together do not come back together.
 * @param random 0 to 1; for tests.
 */
export function jittered(ms: number, random = Math.random()): number {
  return Math.round(ms * (0.5 + random / 2));
}

/** Wait before the next attempt, ms, by the policy of the call. */
export function backoffMs(policy: CallPolicy, failures: number): number {
  return jittered(
    Math.min(policy.maxIntervalMs, policy.initialIntervalMs * policy.backoff ** Math.max(0, failures - 1)),
  );
}

export function retryable(type: FailureType, message: string, nextRetryDelayMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: asText(message.slice(0, MAX_MESSAGE)),
    nonRetryable: false,
    nextRetryDelay: Math.max(1, Math.round(nextRetryDelayMs)),
  });
}

export function badInput(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: FAILURE_TYPES.badInput,
    message: asText(message.slice(0, MAX_MESSAGE)),
    nonRetryable: true,
  });
}

/** Somebody else is at the call. The wait grows, so that a long call does not use up the attempts. */
export function leaseHeld(message: string, attempt: number, atLeastMs: number): ApplicationFailure {
  const growing = Math.min(30_000, 1_000 * 1.5 ** Math.max(0, attempt - 1));
  return retryable(FAILURE_TYPES.leaseHeld, message, Math.max(atLeastMs, jittered(growing)));
}
