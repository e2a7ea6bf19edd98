/** Whether an agent takes over what it was given: said with the first model call of its session, before anything is sent. */
import type { Agent } from '../../agents/define-agent';
import type { ModelCallInput, ModelDecision } from '../../workflows/contracts/model';
import type { StateDoc } from '../../workflows/contracts/state';
import { ownProblem } from '../handoff/own-part';

/** @returns undefined where it takes over, has done so before, or has nothing to take over. */
export function refusalOf(
  agent: Agent,
  { child, definitionHash }: ModelCallInput,
  { own }: StateDoc,
): Extract<ModelDecision, { kind: 'refuse' }> | undefined {
  if (child === undefined || definitionHash !== undefined) return undefined;
  const problem = ownProblem(agent, own);
  return problem === null
    ? undefined
    : { kind: 'refuse', problem: `what the agent ${child.from} handed over does not fit ${agent.name}: ${problem}` };
}
