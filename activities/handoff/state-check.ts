/** The activity `state.check`: whether an agent's own part of the session's state may be changed so. Nothing takes effect by it. */
import { Context } from '@temporalio/activity';
import type { Agent } from '../../agents/define-agent';
import type { Registry } from '../../agents/registry';
import type { EngineActivities, StateCheckInput, StateCheckReport } from '../../workflows/contracts/activities';
import { inertLine } from '../../workflows/contracts/display';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import type { JsonObject } from '../../workflows/contracts/json';
import { mergePatch } from '../../workflows/contracts/state';
import { checkStateInput } from './check-input';
import { waitInRollout, type Clock } from './in-rollout';
import { knownMembers, ownPatchProblem, ownProblem } from './own-part';

/** Longest problem told, characters. */
const MAX_PROBLEM = 1_000;

/**
 * @returns the activity. It throws ApplicationFailure of a registered type: `BadActivityInput` (final), `UnknownAgent` (with the delay before the next attempt;
 * once a deploy is over the change is refused).
 */
export function createStateCheckActivity(
  parts: { readonly registry: Registry } & Clock,
): EngineActivities['state.check'] {
  return async (input) => {
    checkStateInput(input);
    const agent = parts.registry.agent(input.agent);
    if (agent) return check(agent, input);
    const problem = `there is no agent named ${JSON.stringify(input.agent)}`;
    waitInRollout(FAILURE_TYPES.unknownAgent, problem, Context.current().info, parts);
    return { kind: 'refused', problem };
  };
}

function check(agent: Agent, { own, patch, lenient }: StateCheckInput): StateCheckReport {
  if (lenient) return { kind: 'accepted', patch: fitting(agent, own, patch) };
  const problem = ownPatchProblem(agent, own, patch);
  return problem === null ? { kind: 'accepted', patch } : { kind: 'refused', problem: inertLine(problem, MAX_PROBLEM) };
}

/** What of a patch fits: all of what the agent knows, or nothing. */
function fitting(agent: Agent, own: JsonObject, patch: JsonObject): JsonObject {
  const known = knownMembers(agent, patch);
  return ownProblem(agent, mergePatch(own, known)) === null ? known : {};
}
