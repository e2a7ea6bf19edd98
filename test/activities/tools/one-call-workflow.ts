/** A workflow that makes one tool call and returns its report; for real-server.test.ts. */
import { proxyActivities } from '@temporalio/workflow';
import type { ToolActivity } from '../../../workflows/contracts/activities';
import type { ToolCallInput, ToolCallReport } from '../../../workflows/contracts/tool';

export async function oneCall(input: ToolCallInput): Promise<ToolCallReport> {
  const tools = proxyActivities<Record<string, ToolActivity>>({
    startToCloseTimeout: '10s',
    heartbeatTimeout: input.policy.heartbeatMs,
    retry: { maximumAttempts: input.policy.attempts + 20 },
  });
  const call = tools[input.tool];
  if (!call) throw new Error('a proxy has every name');
  return call(input);
}
