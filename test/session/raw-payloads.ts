/** Payloads sent past every client, straight to the server. */
import { randomUUID } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import { PATIENCE_MS, within, type Stage } from './stage';

export const bytes = (text: string) => Buffer.from(text, 'utf8');

export const payload = (encoding: string, data: Buffer, more: Record<string, Buffer> = {}): Payload => ({
  metadata: { encoding: bytes(encoding), ...more },
  data,
});

export const json = (text: string) => payload('json/plain', bytes(text));

/** @returns what the session answered: a failure's type and words, or that it succeeded. */
export async function sendRawUpdate(
  { temporal }: Stage,
  workflowId: string,
  name: string,
  args: readonly Payload[],
): Promise<string> {
  const response = await within(
    PATIENCE_MS,
    `the answer to a malformed ${name}`,
    temporal.workflowService.updateWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId },
      waitPolicy: { lifecycleStage: 3 },
      request: {
        meta: { updateId: randomUUID(), identity: 'test' },
        input: { name, args: { payloads: [...args] } },
      },
    }),
  );
  const failure = response.outcome?.failure;
  return failure ? `${failure.applicationFailureInfo?.type ?? ''}: ${failure.message}` : 'succeeded';
}

export async function startRawSession(
  { temporal, taskQueue }: Stage,
  workflowId: string,
  args: readonly Payload[],
): Promise<void> {
  await temporal.workflowService.startWorkflowExecution({
    namespace: 'default',
    workflowId,
    workflowType: { name: 'agentSession' },
    taskQueue: { name: taskQueue },
    input: { payloads: [...args] },
    requestId: randomUUID(),
    identity: 'test',
  });
}
