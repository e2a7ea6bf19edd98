/** How many calls of a step run at once. */
import type { SessionPolicy } from '../../../workflows/contracts/model';
import type { PlannedCall, ToolCallReport } from '../../../workflows/contracts/tool';
import { apply, newSession } from '../../../workflows/session/session-state';
import { runCalls } from '../../../workflows/session/tool-calls';
import { NO_CHILDREN } from './no-children';
import { plannedCall, POLICY, SUCCEEDED } from './scripted-session';

const WITH_LIMITS: Partial<SessionPolicy> = { limits: {} };

/** Runs calls whose results may have so many bytes each. @returns the most bytes and the most calls that were in flight at once. */
async function inFlight(sizes: readonly number[], parallel: number, policy: Partial<SessionPolicy> = WITH_LIMITS) {
  const state = newSession('session-1', { v: 1, agent: 'clerk' }, 'ns', 0);
  state.policy = { steps: 10, repairs: 3, parallelCalls: parallel, ...policy };
  const calls = sizes.map((maxResultBytes, index): PlannedCall => ({
    ...plannedCall(`t1.s1.c${index}`),
    policy: { ...POLICY, maxResultBytes },
  }));
  apply(state, { kind: 'calls_planned', calls }, 0);
  const most = { bytes: 0, calls: 0 };
  const running = new Set<number>();
  const end = await runCalls(state, parallel, {
    now: () => 0,
    stopping: () => false,
    continuing: () => false,
    holdBack: () => Promise.reject(new Error('nothing is in doubt')),
    askPeople: () => [],
    hold: { wait: () => undefined },
    family: NO_CHILDREN.family,
    callTool: async ({ id }): Promise<ToolCallReport> => {
      const index = Number(id.slice('t1.s1.c'.length));
      running.add(index);
      const bytes = [...running].reduce((sum, each) => sum + (sizes[each] ?? 0), 0);
      most.bytes = Math.max(most.bytes, bytes);
      most.calls = Math.max(most.calls, running.size);
      await new Promise((resolve) => setImmediate(resolve));
      running.delete(index);
      return SUCCEEDED;
    },
  });
  expect(end).toBe('done');
  expect(state.items.map((item) => item.kind === 'outcome' && item.callId)).toEqual(calls.map(({ id }) => id));
  return most;
}

it.each([
  ['all that the agent allows, of ordinary ones', Array<number>(12).fill(32_768), 8, 8],
  ['six, of 400 KB each', Array<number>(12).fill(400_000), 12, 6],
  ['one, where each may have more than all together should', Array<number>(3).fill(3_000_000), 3, 1],
  ['so many as fit with the largest of them', [32_768, 2_000_000, 32_768, 400_000, 200_000], 5, 2],
])('runs at once %s', async (_, sizes, parallel, calls) => {
  const most = await inFlight(sizes, parallel);
  expect(most.calls).toBe(calls);
  expect(most.bytes).toBeLessThanOrEqual(Math.max(2_500_000, ...sizes));
});

it('runs calls of a plan that was made before there were limits as it did then', async () => {
  expect(await inFlight(Array<number>(12).fill(400_000), 12, {})).toMatchObject({ calls: 12 });
});
