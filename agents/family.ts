/** What an agent declares of its session's state and of other agents, brought into the form that the engine holds. */
import type { z } from 'zod';
import { amountProblem, wordsFor } from '../workflows/contracts/check-limits';
import type { SessionPolicy } from '../workflows/contracts/model';
import type { Tool } from './define-tool';
import { delegateTo, handoffTo, type AgentRef, type Delegation, type Handoff } from './handoffs';
import { MAX_PARALLEL_CHILDREN, STATE_TOKENS } from './policies';
import { stateProblem } from './state-schema';

/** Names of the tools that the engine offers beside an agent's own. */
export const UPDATE_STATE_TOOL = 'update_state';
export const HAND_BACK_TOOL = 'hand_back';
export const GIVE_RESULT_TOOL = 'give_result';
export const ENGINE_TOOLS: readonly string[] = [UPDATE_STATE_TOOL, HAND_BACK_TOOL, GIVE_RESULT_TOOL];

export interface AgentFamily {
  /**
   * The agent's own part of the session's state, an object schema. It begins as `{}`, and each change must leave a value that passes; so what is not known
   * from the beginning is optional. What is kept is what the schema takes, not what it makes of it. Refinements are not async.
   */
  readonly state?: z.ZodObject;
  /** Most tokens that the state may take in a request, 200 to 20,000. Default 1,500. */
  readonly stateTokens?: number;
  /** Agents that the user may be handed over to; those of another agent as they are (`...agent`). */
  readonly handoffs?: readonly (AgentRef | Handoff)[] | ReadonlyMap<string, Handoff>;
  /** Agents that may be asked. */
  readonly delegates?: readonly (AgentRef | Delegation)[] | ReadonlyMap<string, Delegation>;
  /** How deep delegations may nest, counted from the first session, 1 to 10. Default 3. */
  readonly maxDelegationDepth?: number;
  /** How many children of a session may be open at once, 1 to 50. Default 8. */
  readonly maxOpenChildren?: number;
}

export interface Family {
  readonly state?: z.ZodObject;
  /** By the name of its tool. */
  readonly handoffs: ReadonlyMap<string, Handoff>;
  readonly delegates: ReadonlyMap<string, Delegation>;
  readonly policy: Pick<SessionPolicy, 'state' | 'children'>;
}

const DEFAULT_DEPTH = 3;
const DEFAULT_OPEN = 8;

/**
 * @param here names the agent in the error.
 * @throws TypeError that names the agent and the field.
 */
export function familyOf(
  spec: AgentFamily & { readonly name: string },
  tools: ReadonlyMap<string, Tool>,
  here: string,
): Family {
  const fail = (problem: string | null): void => {
    if (problem !== null) throw new TypeError(`${here}: ${problem}`);
  };
  const { state, stateTokens, maxDelegationDepth, maxOpenChildren } = spec;
  fail(stateProblem(state));
  fail(amountProblem(stateTokens, 'stateTokens', { unit: 'whole number of tokens', from: 200, to: 20_000 }));
  fail(amountProblem(maxDelegationDepth, 'maxDelegationDepth', { unit: 'whole number', from: 1, to: 10 }));
  fail(amountProblem(maxOpenChildren, 'maxOpenChildren', { unit: 'whole number', from: 1, to: 50 }));
  const handoffs = listOf(spec.handoffs, `${here}: handoffs`, 'handoff', handoffTo);
  const delegates = listOf(spec.delegates, `${here}: delegates`, 'delegation', delegateTo);
  const own = handoffs.find(({ to }) => to === spec.name);
  if (own !== undefined) fail(`handoffs names the agent itself, which has the user already (${own.toolName})`);
  checkNames(tools, handoffs, delegates, here);
  const hasChildren = handoffs.length + delegates.length > 0;
  const childless = [maxDelegationDepth, maxOpenChildren].findIndex((value) => value !== undefined);
  if (!hasChildren && childless >= 0)
    fail(`${childless === 0 ? 'maxDelegationDepth' : 'maxOpenChildren'} is for agents with handoffs or delegates`);
  const keepsState =
    state !== undefined ||
    stateTokens !== undefined ||
    hasChildren ||
    [...tools.values()].some(({ usesState }) => usesState === true);
  return {
    ...(state === undefined ? {} : { state }),
    handoffs: new Map(handoffs.map((handoff) => [handoff.toolName, handoff])),
    delegates: new Map(delegates.map((delegation) => [delegation.toolName, delegation])),
    policy: {
      // Only where it is declared: the policy is part of the definition, whose hash history keeps.
      ...(keepsState ? { state: { maxTokens: stateTokens ?? STATE_TOKENS } } : {}),
      ...(hasChildren
        ? {
            children: {
              depth: maxDelegationDepth ?? DEFAULT_DEPTH,
              atOnce: maxOpenChildren ?? DEFAULT_OPEN,
              perStep: MAX_PARALLEL_CHILDREN,
            },
          }
        : {}),
    },
  };
}

function listOf<T extends Handoff | Delegation>(
  list: unknown,
  place: string,
  kind: T['kind'],
  make: (agent: AgentRef) => T,
): readonly T[] {
  const given: unknown = list instanceof Map ? [...list.values()] : list;
  if (given === undefined) return [];
  if (!Array.isArray(given)) throw new TypeError(`${place} must be a list, got ${wordsFor(given)}`);
  return (given as readonly (AgentRef | T | undefined)[]).map((one, index) => {
    const made = (one as { kind?: unknown } | null | undefined)?.kind;
    if (made === kind) return one as T;
    if (made === 'handoff' || made === 'delegation') {
      throw new TypeError(
        `${place}[${index}] is a ${made}, made by ${made === 'handoff' ? 'handoffTo' : 'delegateTo'}; here it takes an agent, a name, or what ${make.name} returns`,
      );
    }
    try {
      return make(one as AgentRef);
    } catch (error) {
      throw new TypeError(`${place}[${index}]: ${error instanceof Error ? error.message : 'unknown error'}`, {
        cause: error,
      });
    }
  });
}

/** Providers know tools by their names alone. */
function checkNames(
  tools: ReadonlyMap<string, Tool>,
  handoffs: readonly Handoff[],
  delegates: readonly Delegation[],
  here: string,
): void {
  const taken = new Map<string, string>(ENGINE_TOOLS.map((name) => [name, 'a tool of the engine']));
  const named = [
    ...[...tools.keys()].map((name) => ({ name, what: 'a tool', from: 'tools' })),
    ...handoffs.map(({ toolName, to }) => ({ name: toolName, what: `the handoff to ${to}`, from: 'handoffs' })),
    ...delegates.map(({ toolName, to }) => ({ name: toolName, what: `the delegation to ${to}`, from: 'delegates' })),
  ];
  for (const { name, what, from } of named) {
    const other = taken.get(name);
    if (other !== undefined) {
      throw new TypeError(
        `${here}: ${from}: ${what} would be named ${JSON.stringify(name)}, which is the name of ${other}; give one of them another name${from === 'tools' ? '' : ' (toolName)'}`,
      );
    }
    taken.set(name, what);
  }
}
