/**
 * The time of a session's first model call. How long a call may take is the session's to say, as the activity's own timeout; but of the agent's bounds it
 * knows only once a call has brought them.
 */
import type { Limits } from '../../workflows/contracts/limits';
import type { ModelDecision } from '../../workflows/contracts/model';

export interface FirstDeadline {
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
  readonly decision: Extract<ModelDecision, { kind: 'limit' }>;
  isOver(): boolean;
}

/**
 * @param limits that the session does not know.
 * @param scheduledAt when the call was scheduled, ms since the epoch: all its attempts together have this time.
 * @returns undefined where there is no bound.
 */
export function firstDeadline({ call, turn, session }: Limits, scheduledAt: number): FirstDeadline | undefined {
  const all = [call, turn, session].flatMap((bounds) => bounds?.wallClockMs ?? []);
  if (all.length === 0) return undefined;
  const left = Math.min(...all);
  const rest = () => scheduledAt + left - Date.now();
  return {
    // Node's timers take 24 days at most.
    signal: AbortSignal.timeout(Math.min(Math.max(0, rest()), 2 ** 31 - 1)),
    decision: { kind: 'limit', bound: 'wallClockMs', needed: left + 1, left },
    isOver: () => rest() <= 0,
  };
}
