/** How many calls of a step run at once. Plain code. */
import { MAX_RESULT_BYTES_AT_ONCE } from './activity-options';
import { isToRun, type StepCall } from './running-step';
import type { SessionState } from './session-state';

/** How many may run at once: as the agent says, and so few that the largest of them, each with the longest result it may have, come back within one message. */
export function lanesFor(state: SessionState, calls: readonly StepCall[], parallel: number): number {
  const most = Math.max(1, Math.min(parallel, calls.length));
  // What was planned by versions without limits runs as it did.
  if (state.policy?.limits === undefined) return most;
  const sizes = calls.map(({ call }) => (isToRun(call) ? call.policy.maxResultBytes : 0)).sort((a, b) => b - a);
  let lanes = 0;
  for (let bytes = 0; lanes < most; lanes += 1) {
    bytes += sizes[lanes] ?? 0;
    if (bytes > MAX_RESULT_BYTES_AT_ONCE) break;
  }
  return Math.max(1, lanes);
}
