/** The activity `result.check`, which runs where the agent that delegated has its workers: whether what came back is what was asked for. Nothing takes effect by it. */
import { Context } from '@temporalio/activity';
import type { Registry } from '../../agents/registry';
import type { EngineActivities } from '../../workflows/contracts/activities';
import { inertLine } from '../../workflows/contracts/display';
import { FAILURE_TYPES } from '../../workflows/contracts/failures';
import { canonicalJson } from '../../workflows/contracts/json';
import { acceptArguments } from '../model/accept-arguments';
import { openSchema } from '../model/tool-schema';
import { checkResultInput } from './check-input';
import { waitInRollout, type Clock } from './in-rollout';

/** Longest problem told, characters. */
const MAX_PROBLEM = 2_000;

/**
 * @returns the activity. It throws ApplicationFailure of a registered type: `BadActivityInput` (final), `ToolMissing` (with the delay before the next attempt; once
 * a deploy is over the result is refused).
 */
export function createResultCheckActivity(
  parts: { readonly registry: Registry } & Clock,
): EngineActivities['result.check'] {
  return async (input) => {
    checkResultInput(input);
    const { agent, delegate: name, value } = input;
    const delegation = parts.registry.agent(agent)?.delegates.get(name);
    if (!delegation) {
      const problem = `the agent ${agent} has no delegation ${name}`;
      waitInRollout(FAILURE_TYPES.toolMissing, problem, Context.current().info, parts);
      return { kind: 'refused', problem };
    }
    const { output } = delegation;
    if (output === undefined) return { kind: 'accepted', value };
    const schema = openSchema({ name, input: output });
    // As arguments are read: what loses nothing is mended, and the input form is kept.
    const read = await acceptArguments({ input: output, effect: 'idempotent' }, schema, canonicalJson(value));
    return read.ok
      ? { kind: 'accepted', value: read.args }
      : { kind: 'refused', problem: inertLine(read.problem, MAX_PROBLEM) };
  };
}
