/**
 * The floor: a workflow whose model activity is followed by a child workflow that begins with a model activity of its own. Tiny payloads, nothing kept,
 * nothing checked. Bundled by itself when the bench runs.
 */
import { proxyActivities, startChild, workflowInfo } from '@temporalio/workflow';
import type { Kind, Part } from './cast';
import type { FloorActivities } from './floor-activities';

export interface FloorFamilyInput {
  readonly kind: Kind;
  /** ms; as the Holdfast side has it. */
  readonly heartbeatMs: number;
}

/** @returns what the user is told. */
export async function floorDesk(input: FloorFamilyInput): Promise<string> {
  await ask(input, 'desk');
  const child = await startChild(floorClerk, { workflowId: `${workflowInfo().workflowId}/h1`, args: [input] });
  const answer = await child.result();
  return input.kind === 'transfer' ? answer : ask(input, 'desk again');
}

export function floorClerk(input: FloorFamilyInput): Promise<string> {
  return ask(input, 'clerk');
}

function ask({ kind, heartbeatMs }: FloorFamilyInput, part: Part): Promise<string> {
  const { ask: send } = proxyActivities<FloorActivities>({
    startToCloseTimeout: '60s',
    heartbeatTimeout: heartbeatMs,
    retry: { initialInterval: '500ms' },
  });
  return send({ kind, part });
}
