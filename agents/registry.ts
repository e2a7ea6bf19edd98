/** The agents of one worker, by name. Looked up in Maps only: a name from outside never reaches an object's prototype. */
import type { Agent } from './define-agent';
import type { Tool } from './define-tool';
import type { Delegation, Handoff } from './handoffs';
import { missingAtFirst } from './state-schema';

export interface Registry {
  agent(name: string): Agent | undefined;
  tool(agent: string, name: string): Tool | undefined;
  readonly agentNames: readonly string[];
  /** Names of the ledgers that tools declare, without the default one. */
  readonly ledgerNames: readonly string[];
}

/**
 * @throws TypeError for two agents of one name, transactional tools without a ledger, `releases` that cross ledgers, and handoffs and delegations to agents, or with
 * tools of theirs, that are not there, or whose state can never be what they are given.
 */
export function createRegistry(agents: readonly Agent[]): Registry {
  const byName = new Map<string, Agent>();
  const ledgerNames = new Set<string>();
  for (const agent of agents) {
    if (byName.has(agent.name)) throw new TypeError(`two agents are named ${JSON.stringify(agent.name)}`);
    byName.set(agent.name, agent);
    for (const tool of agent.tools.values()) {
      checkTool(agent, tool);
      if (tool.ledger !== undefined) ledgerNames.add(tool.ledger);
    }
  }
  for (const agent of agents)
    for (const target of [...agent.handoffs.values(), ...agent.delegates.values()]) checkTarget(agent, target, byName);
  return {
    agent: (name) => byName.get(name),
    tool: (agent, name) => byName.get(agent)?.tools.get(name),
    agentNames: [...byName.keys()].sort(),
    ledgerNames: [...ledgerNames].sort(),
  };
}

/** An agent with a task queue of its own is known there, and nothing is held against one of its name that is here. */
function checkTarget(agent: Agent, target: Handoff | Delegation, byName: ReadonlyMap<string, Agent>): void {
  const { kind, to, taskQueue, map, grants = {} } = target;
  const here = `agent ${JSON.stringify(agent.name)}, ${kind} to ${JSON.stringify(to)}`;
  const other = byName.get(to);
  if (!other) {
    if (taskQueue !== undefined) return;
    throw new TypeError(
      `${here}: this worker has no agent of that name; its agents are: ${[...byName.keys()].sort().join(', ')}. Give it to the worker too, or say where its workers are (taskQueue)`,
    );
  }
  if (taskQueue !== undefined) return;
  const missing = agent.state === undefined && map === undefined ? missingAtFirst(other.state) : [];
  if (missing.length > 0) {
    throw new TypeError(
      `${here}: it can never be made: the state of ${JSON.stringify(to)} needs ${missing.join(', ')}, and ${JSON.stringify(agent.name)} declares no state that has it, nor the ${kind} a map. Make it optional there, or give one of them`,
    );
  }
  const known = [...other.tools.keys(), ...other.handoffs.keys(), ...other.delegates.keys()];
  for (const field of ['only', 'without'] as const) {
    const strange = grants[field]?.find((name) => !known.includes(name));
    if (strange === undefined) continue;
    throw new TypeError(
      `${here}: ${field === 'only' ? 'tools' : field} names ${JSON.stringify(strange)}, which is no tool of that agent; its tools are: ${known.sort().join(', ') || 'none'}`,
    );
  }
}

function checkTool(agent: Agent, tool: Tool): void {
  const here = `agent ${JSON.stringify(agent.name)}, tool ${JSON.stringify(tool.name)}`;
  if (tool.effect === 'transactional' && tool.ledger === undefined) {
    throw new TypeError(
      `${here}: a transactional tool names the ledger that lives in its data's database (ledger: ledgerNamed(...))`,
    );
  }
  if (tool.releases) {
    const released = agent.tools.get(tool.releases.tool);
    if (!released?.key) {
      throw new TypeError(
        `${here}: releases names the tool ${JSON.stringify(tool.releases.tool)}, which this agent has not or which declares no key`,
      );
    }
    if (released.ledger !== tool.ledger) {
      throw new TypeError(
        `${here}: releases effects of ${JSON.stringify(released.name)}, whose ledger is another one; both must be in the same, to commit together`,
      );
    }
  }
}
