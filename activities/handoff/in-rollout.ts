/** What this worker does not have: while a deploy may be in progress another one is left to answer. */
import type { Info } from '@temporalio/activity';
import { TOOL_DEFAULTS } from '../../agents/policies';
import type { FailureType } from '../../workflows/contracts/failures';
import { rolloutWait } from '../model/find-agent';
import { retryable } from '../tools/retry-failures';

export interface Clock {
  /** ms since the epoch, for the rollout window; default `Date.now`. */
  readonly now?: () => number;
}

/**
 * Returns once nobody is to be waited for any more.
 * @throws ApplicationFailure of the type, with the delay before the next attempt.
 */
export function waitInRollout(
  type: FailureType,
  problem: string,
  { scheduledTimestampMs, attempt }: Pick<Info, 'scheduledTimestampMs' | 'attempt'>,
  { now = Date.now }: Clock,
): void {
  if (now() - scheduledTimestampMs >= TOOL_DEFAULTS.rolloutWindowMs) return;
  throw retryable(type, `${problem}; if a deploy is in progress another worker has it`, rolloutWait(attempt));
}
