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

/**
 * How long another agent that a session was begun for is looked for, ms, and the wait between two attempts: while workers are rolled over one by one, some do not know an
 * agent that others hand over to already. Short, since a user waits, and mostly there is none.
 */
const FIRST_WINDOW_MS = 10_000;
const FIRST_WAIT_MS = 2_000;

/** @param attempt that found none, from 1. @returns ms until the next. */
export function rolloutWait(attempt: number): number {
  return ROLLOUT_WAITS[Math.min(attempt, ROLLOUT_WAITS.length) - 1] as number;
}

/**
 * @param waitedMs since the call was first scheduled.
 * @throws ApplicationFailure `UnknownAgent` with details `[{ names }]`. Retryable where the session has run with the agent before, or
 *   another session handed over to it, and the window of that is not over: then this worker is taken for one side of a deploy in progress.
 */
export function findAgent(registry: Registry, input: ModelCallInput, attempt: number, waitedMs: number): Agent {
  const agent = registry.agent(input.agent);
  if (agent) return agent;
  const names = registry.agentNames;
  const message = `there is no agent named ${JSON.stringify(input.agent)}; the agents of this worker are: ${names.join(', ') || 'none'}`;
  const hasRun = input.definitionHash !== undefined;
  const windowMs = hasRun ? TOOL_DEFAULTS.rolloutWindowMs : input.child === undefined ? 0 : FIRST_WINDOW_MS;
  const deploying = waitedMs < windowMs;
  throw ApplicationFailure.create({
    type: FAILURE_TYPES.unknownAgent,
    message,
    nonRetryable: !deploying,
    details: [{ names: [...names] }],
    ...(deploying ? { nextRetryDelay: hasRun ? rolloutWait(attempt) : FIRST_WAIT_MS } : {}),
  });
}
