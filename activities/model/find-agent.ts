/** The agent a session asks for, or why it cannot be had on this worker. */
import { ApplicationFailure } from '@temporalio/common';
import type { Agent } from '../../agents/define-agent';
import { TOOL_DEFAULTS } from '../../agents/policies';
import type { Registry } from '../../agents/registry';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { ModelCallInput } from '../../workflows/contracts/model';

/**
 * Waits between the attempts that find no agent, ms: soon at first, and together a rollout window (10 min) within the 8 attempts
 * that a model call has.
 */
const ROLLOUT_WAITS = [5_000, 10_000, 30_000, 60_000, 120_000, 180_000, 200_000] as const;

/** @param attempt that found none, from 1. @returns ms until the next. */
export function rolloutWait(attempt: number): number {
  return ROLLOUT_WAITS[Math.min(attempt, ROLLOUT_WAITS.length) - 1] as number;
}

/**
 * @param waitedMs since the call was first scheduled.
 * @throws ApplicationFailure `UnknownAgent` with details `[{ names }]`. Retryable only where the session has run with the agent before
 *   and the window is not over: then this worker is taken for one side of a deploy in progress.
 */
export function findAgent(registry: Registry, input: ModelCallInput, attempt: number, waitedMs: number): Agent {
  const agent = registry.agent(input.agent);
  if (agent) return agent;
  const names = registry.agentNames;
  const message = `there is no agent named ${JSON.stringify(input.agent)}; the agents of this worker are: ${names.join(', ') || 'none'}`;
  const deploying = input.definitionHash !== undefined && waitedMs < TOOL_DEFAULTS.rolloutWindowMs;
  throw ApplicationFailure.create({
    type: FAILURE_TYPES.unknownAgent,
    message,
    nonRetryable: !deploying,
    details: [{ names: [...names] }],
    ...(deploying ? { nextRetryDelay: rolloutWait(attempt) } : {}),
  });
}
